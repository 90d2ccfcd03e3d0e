namespace Remote;

/// <summary>
/// The messages that a receiving node holds for one peer, from their arrival until an actor has taken them. Between Remote nodes this is
/// the credit of the link, beyond which the sender keeps messages in its lane; other peers are simply not read from while it is used up.
/// Not thread-safe.
/// </summary>
public sealed class InboundOptions
{
    /// <summary>Messages that may wait in mailboxes per peer, 1 or more. Default 65,536.</summary>
    public int MaxMessages { get; set; } = 65_536;

    /// <summary>
    /// Bytes of messages that may wait in mailboxes per peer, at least 1 KiB. Default 16 MiB. For a link it is at least
    /// <see cref="RemoteOptions.MaxMessageBytes"/>, or the largest message could never be sent.
    /// </summary>
    public long MaxBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes that may wait for all links of the node together, at least 1 KiB. Default 256 MiB. The fuller it is, the less a new link
    /// gets, down to <see cref="RemoteOptions.MaxMessageBytes"/>. Once links and connections that are over have left as much in
    /// mailboxes, no new peer is let in until actors have taken some of it.
    /// </summary>
    public long MaxBytesPerNode { get; set; } = 256L * 1024 * 1024;
}
