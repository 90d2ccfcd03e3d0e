using Remote.Actors;

namespace Remote;

/// <summary>
/// Why a message to another node, or from one, could not be delivered. See <see cref="DeadLetterReason"/> for those of the actor core.
/// </summary>
public static class RemoteDeadLetterReasons
{
    /// <summary>The user lane of the endpoint was full.</summary>
    public static DeadLetterReason QueueFull { get; } = new(nameof(QueueFull));

    /// <summary>The lane was at its critical level and its policy sheds load there.</summary>
    public static DeadLetterReason Shed { get; } = new(nameof(Shed));

    /// <summary>The message was the oldest in a full lane and made room for a newer one.</summary>
    public static DeadLetterReason DroppedOldest { get; } = new(nameof(DroppedOldest));

    /// <summary>No serializer knows the type of the message, or the one that does failed.</summary>
    public static DeadLetterReason NotSerializable { get; } = new(nameof(NotSerializable));

    /// <summary>Remote itself failed at the message, and neither its serializer nor the peer. Please report it; see the log.</summary>
    public static DeadLetterReason InternalError { get; } = new(nameof(InternalError));

    /// <summary>The message is larger than <see cref="RemoteOptions.MaxMessageBytes"/>.</summary>
    public static DeadLetterReason TooLarge { get; } = new(nameof(TooLarge));

    /// <summary>An envelope from a peer had an index, length or text that is not valid.</summary>
    public static DeadLetterReason Malformed { get; } = new(nameof(Malformed));

    /// <summary>A message from a peer named a type or serializer that this node does not know.</summary>
    public static DeadLetterReason UnknownType { get; } = new(nameof(UnknownType));

    /// <summary>This node has the peer on its block list, or the peer this node.</summary>
    public static DeadLetterReason Blocked { get; } = new(nameof(Blocked));

    /// <summary>The target is an internal process that other nodes may not reach.</summary>
    public static DeadLetterReason Forbidden { get; } = new(nameof(Forbidden));

    /// <summary>The endpoint closed with the message still queued.</summary>
    public static DeadLetterReason EndpointClosed { get; } = new(nameof(EndpointClosed));

    /// <summary>The endpoint of the address closed a moment ago and takes no messages yet.</summary>
    public static DeadLetterReason Quarantined { get; } = new(nameof(Quarantined));

    /// <summary>There is no connection at the moment, and the outage policy lets nothing wait for it.</summary>
    public static DeadLetterReason NotConnected { get; } = new(nameof(NotConnected));

    /// <summary>The control lane was full, which closes the endpoint.</summary>
    public static DeadLetterReason ControlOverflow { get; } = new(nameof(ControlOverflow));

    /// <summary>
    /// The link ended before the peer acknowledged the message: it may have been delivered. It is not sent again, for nothing is ever
    /// delivered twice.
    /// </summary>
    public static DeadLetterReason DeliveryUnknown { get; } = new(nameof(DeliveryUnknown));

    /// <summary>The peer ended the stream twice over the batch that held the message: it is taken out, so that others go on.</summary>
    public static DeadLetterReason RejectedByPeer { get; } = new(nameof(RejectedByPeer));

    /// <summary>The node that the message was accepted for was replaced by a new incarnation on the same address.</summary>
    public static DeadLetterReason IncarnationEnded { get; } = new(nameof(IncarnationEnded));

    /// <summary>The reason for the dead letters of an endpoint that ends like this.</summary>
    internal static DeadLetterReason Of(EndpointTerminatedReason why) => why switch
    {
        EndpointTerminatedReason.Shutdown => DeadLetterReason.Shutdown,
        EndpointTerminatedReason.Blocked => Blocked,
        EndpointTerminatedReason.ControlOverflow => ControlOverflow,
        EndpointTerminatedReason.IncarnationEnded => IncarnationEnded,
        _ => EndpointClosed,
    };
}
