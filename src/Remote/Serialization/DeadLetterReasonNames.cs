using System.Text;
using Remote.Actors;

namespace Remote;

/// <summary>
/// The dead-letter reasons that travel between nodes. A closed list: a reason is a metric tag, and a peer must not invent thousands.
/// </summary>
internal static class DeadLetterReasonNames
{
    private static readonly Dictionary<string, DeadLetterReason> Known = new[]
    {
        DeadLetterReason.Stopped,
        DeadLetterReason.MailboxFull,
        DeadLetterReason.Shutdown,
        DeadLetterReason.Expired,
        RemoteDeadLetterReasons.QueueFull,
        RemoteDeadLetterReasons.Shed,
        RemoteDeadLetterReasons.DroppedOldest,
        RemoteDeadLetterReasons.NotSerializable,
        RemoteDeadLetterReasons.InternalError,
        RemoteDeadLetterReasons.TooLarge,
        RemoteDeadLetterReasons.Malformed,
        RemoteDeadLetterReasons.UnknownType,
        RemoteDeadLetterReasons.Blocked,
        RemoteDeadLetterReasons.Forbidden,
        RemoteDeadLetterReasons.EndpointClosed,
        RemoteDeadLetterReasons.Quarantined,
        RemoteDeadLetterReasons.NotConnected,
        RemoteDeadLetterReasons.ControlOverflow,
        RemoteDeadLetterReasons.DeliveryUnknown,
        RemoteDeadLetterReasons.RejectedByPeer,
        RemoteDeadLetterReasons.IncarnationEnded,
    }.ToDictionary(reason => reason.Name, StringComparer.Ordinal);

    private static readonly int MaxLength = Known.Keys.Max(name => name.Length);

    /// <summary>The name to write; <see langword="null"/> for none, which means that there is no such process.</summary>
    internal static string? OnWire(DeadLetterReason reason) => Known.ContainsKey(reason.Name) ? reason.Name : null;

    /// <summary>The reason that was read. Without one, an answer means in every implementation that there is no such process.</summary>
    internal static DeadLetterReason Find(ReadOnlySpan<byte> name) =>
        name.Length is > 0 && name.Length <= MaxLength && Known.TryGetValue(Encoding.ASCII.GetString(name), out var known)
            ? known
            : DeadLetterReason.NoSuchProcess;
}
