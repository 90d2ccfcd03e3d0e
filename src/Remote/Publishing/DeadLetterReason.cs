namespace Remote;

/// <summary>Why a message could not be delivered. Compared by name.</summary>
public readonly struct DeadLetterReason : IEquatable<DeadLetterReason>
{
    private readonly string? _name;

    /// <summary>Creates a reason of one's own.</summary>
    /// <param name="name">A short name in Pascal case, from a small fixed set: it is used as a metric tag.</param>
    public DeadLetterReason(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _name = name;
    }

    /// <summary>There is no such process. Also the value of <c>default</c>.</summary>
    public static DeadLetterReason NoSuchProcess { get; } = new(nameof(NoSuchProcess));

    /// <summary>
    /// What the message was sent to is no address of a node: <see cref="RemoteDeadLetterEvent.Detail"/> says what is wrong with it.
    /// </summary>
    public static DeadLetterReason InvalidAddress { get; } = new(nameof(InvalidAddress));

    /// <summary>The actor ended before it took the message.</summary>
    public static DeadLetterReason Stopped { get; } = new(nameof(Stopped));

    /// <summary>The mailbox of the actor refused the message.</summary>
    public static DeadLetterReason MailboxFull { get; } = new(nameof(MailboxFull));

    /// <summary>This node has not started yet, and knows no other one.</summary>
    public static DeadLetterReason NotStarted { get; } = new(nameof(NotStarted));

    /// <summary>The node shuts down, or has.</summary>
    public static DeadLetterReason Shutdown { get; } = new(nameof(Shutdown));

    /// <summary>Its deadline was over before anybody worked on it, or it is a request that its caller gave up before it was sent.</summary>
    public static DeadLetterReason Expired { get; } = new(nameof(Expired));

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

    /// <summary>
    /// The target is not for other nodes: an internal process, or an actor that is local only. Or it is something that the node does not let this peer
    /// do.
    /// </summary>
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

    /// <summary>The name of the reason.</summary>
    public string Name => _name ?? nameof(NoSuchProcess);

    /// <summary>The reason for the dead letters of an endpoint that ends like this.</summary>
    internal static DeadLetterReason Of(EndpointTerminatedReason why) => why switch
    {
        EndpointTerminatedReason.Shutdown => Shutdown,
        EndpointTerminatedReason.Blocked => Blocked,
        EndpointTerminatedReason.ControlOverflow => ControlOverflow,
        EndpointTerminatedReason.IncarnationEnded => IncarnationEnded,
        _ => EndpointClosed,
    };

    /// <inheritdoc/>
    public bool Equals(DeadLetterReason other) => Name == other.Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DeadLetterReason other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Whether two reasons have the same name.</summary>
    public static bool operator ==(DeadLetterReason left, DeadLetterReason right) => left.Equals(right);

    /// <summary>Whether two reasons have different names.</summary>
    public static bool operator !=(DeadLetterReason left, DeadLetterReason right) => !left.Equals(right);
}
