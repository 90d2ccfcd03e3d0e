namespace Remote;

/// <summary>
/// Links: how messages survive a lost connection between two Remote nodes. The sender keeps its batches until the receiver has acknowledged
/// them. <see cref="InboundOptions"/> bounds the messages that wait at the receiver. Not thread-safe.
/// </summary>
public sealed class LinkOptions
{
    /// <summary>
    /// Whether this node offers links and accepts them. Default <see langword="true"/>. Without links, a lost connection loses messages
    /// under way, as with a Proto.Actor node, and reports it as unconfirmed.
    /// </summary>
    public bool Resume { get; set; } = true;

    /// <summary>
    /// Bytes of batches that one link keeps until they are acknowledged, at least 1 KiB. Default 8 MiB. The batch that passes it is still
    /// sent; the next one waits in the lane.
    /// </summary>
    public long MaxRetainedBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Batches that one link keeps until they are acknowledged, 1 to 10,000. Default 64.</summary>
    public int MaxRetainedBatches { get; set; } = 64;

    /// <summary>
    /// How long a receiver keeps the state of a link whose connection was lost. Default 60 s. It should be longer than the whole reconnect
    /// schedule of its peers: a sender that comes later has to give up unacknowledged messages as <c>DeliveryUnknown</c>.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a server keeps the endpoint of a node without a listener (<see cref="ReliableClientRemote"/>) that lost its connection,
    /// zero to <see cref="Retention"/>. Default 30 s. Such a node cannot be dialled, so its messages wait for it to come back; after this
    /// time they are dead letters, and watchers of its actors are told. Zero: a lost connection is the end.
    /// </summary>
    public TimeSpan ClientResumeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many links lead to this node at a time, also those that wait for their peer to come back, 1 to 1,000,000. Default 10,000. One
    /// more takes the place of a link that carried nothing and has lost its stream; if there is none it is refused with RESOURCE_EXHAUSTED.
    /// </summary>
    public int MaxLinks { get; set; } = 10_000;

    /// <summary>
    /// How many of them one peer with one certificate may have, 1 to 10,000: one for each name by which it reaches this node. Default 16.
    /// Further ones are refused with RESOURCE_EXHAUSTED.
    /// </summary>
    public int MaxLinksPerSystem { get; set; } = 16;
}
