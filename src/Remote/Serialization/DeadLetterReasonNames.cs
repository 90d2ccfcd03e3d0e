using System.Text;

namespace Remote;

/// <summary>
/// The dead-letter reasons that travel between nodes. A closed list: a reason is a metric tag, and a peer must not invent thousands.
/// </summary>
internal static class DeadLetterReasonNames
{
    private static readonly Dictionary<string, DeadLetterReason> Known = new[]
    {
        DeadLetterReason.InvalidAddress,
        DeadLetterReason.Stopped,
        DeadLetterReason.MailboxFull,
        DeadLetterReason.Shutdown,
        DeadLetterReason.NotStarted,
        DeadLetterReason.Expired,
        DeadLetterReason.QueueFull,
        DeadLetterReason.Shed,
        DeadLetterReason.DroppedOldest,
        DeadLetterReason.NotSerializable,
        DeadLetterReason.InternalError,
        DeadLetterReason.TooLarge,
        DeadLetterReason.Malformed,
        DeadLetterReason.UnknownType,
        DeadLetterReason.Blocked,
        DeadLetterReason.Forbidden,
        DeadLetterReason.EndpointClosed,
        DeadLetterReason.Quarantined,
        DeadLetterReason.NotConnected,
        DeadLetterReason.ControlOverflow,
        DeadLetterReason.DeliveryUnknown,
        DeadLetterReason.RejectedByPeer,
        DeadLetterReason.IncarnationEnded,
    }.ToDictionary(reason => reason.Name, StringComparer.Ordinal);

    private static readonly int MaxLength = Known.Keys.Max(name => name.Length);

    /// <summary>The names of the reasons that travel.</summary>
    internal static IEnumerable<string> All => Known.Keys;

    /// <summary>The name to write; <see langword="null"/> for a reason that does not travel.</summary>
    internal static string? OnWire(DeadLetterReason reason) => Known.ContainsKey(reason.Name) ? reason.Name : null;

    /// <summary>
    /// The reason of a name. By default that is NoSuchProcess, the meaning of an answer without a reason in every implementation.
    /// </summary>
    internal static DeadLetterReason Find(ReadOnlySpan<byte> name) =>
        name.Length <= MaxLength ? Known.GetValueOrDefault(Encoding.ASCII.GetString(name)) : DeadLetterReason.NoSuchProcess;
}
