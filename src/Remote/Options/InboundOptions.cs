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
    /// Bytes that may wait for all links of the node together, and all streams without one, at least 1 KiB. Default 256 MiB. The fuller it
    /// is, the less a new one gets, down to <see cref="RemoteOptions.MaxMessageBytes"/>. Once links and connections that are over have left as much in
    /// mailboxes, no new peer is let in until actors have taken some of it.
    /// </summary>
    public long MaxBytesPerNode { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// How many streams of peers are served at a time, 1 to 1,000,000; each peer has one. Default 20,000. Further ones are refused with
    /// RESOURCE_EXHAUSTED.
    /// </summary>
    public int MaxPeers { get; set; } = 20_000;

    /// <summary>
    /// How many messages one batch may hold, 1 to 65,536. Default 65,536. Peers that keep a link are told and obey; the stream of another
    /// one that passes it ends with INVALID_ARGUMENT.
    /// </summary>
    public int MaxBatchMessages { get; set; } = BatchDecoder.MaxEnvelopes;

    /// <summary>
    /// How many type names, targets and senders one batch may hold together, 3 to 196,608. Default 196,608: one of each for every message.
    /// As for <see cref="MaxBatchMessages"/>.
    /// </summary>
    public int MaxTableEntries { get; set; } = BatchDecoder.MaxTableEntries;

    /// <summary>
    /// How many bytes a target or a sender may have as it is written, its address included, 64 to 65,536. Default 4,096. A message with a
    /// longer one is a dead letter <c>Malformed</c>.
    /// </summary>
    public int MaxPidBytes { get; set; } = 4096;

    /// <summary>
    /// How many bytes the name of a message type may have, 64 to 65,536. Default 4,096. A message with a longer one is a dead letter
    /// <c>Malformed</c>.
    /// </summary>
    public int MaxTypeNameBytes { get; set; } = 4096;

    /// <summary>
    /// How many bytes the headers of one message may have together, 1 KiB to 16 MiB. Default 64 KiB. A message with more is a dead letter
    /// <c>Malformed</c>.
    /// </summary>
    public int MaxHeaderBytes { get; set; } = 64 * 1024;

    /// <summary>How many headers one message may have, 1 to 65,536. Default 1,000. A message with more is a dead letter <c>Malformed</c>.</summary>
    public int MaxHeaders { get; set; } = 1_000;
}
