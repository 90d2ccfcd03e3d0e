namespace Remote;

/// <summary>
/// What a receiving node holds for one peer before it stops reading that peer's stream. Messages count from their arrival until an actor has
/// taken them. Not thread-safe.
/// </summary>
public sealed class InboundOptions
{
    /// <summary>Messages that may wait in mailboxes per peer, 1 or more. Default 65,536.</summary>
    public int MaxMessages { get; set; } = 65_536;

    /// <summary>Payload bytes that may wait in mailboxes per peer, at least 1 KiB. Default 16 MiB.</summary>
    public long MaxBytes { get; set; } = 16 * 1024 * 1024;
}
