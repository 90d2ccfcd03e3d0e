namespace Remote;

/// <summary>
/// Links: how messages survive a lost connection between two Remote nodes. The sender keeps what it sent until the receiver has acknowledged
/// it. How much waits at the receiver is in <see cref="InboundOptions"/>. Not thread-safe.
/// </summary>
public sealed class LinkOptions
{
    /// <summary>
    /// Whether this node offers links and accepts them. Default <see langword="true"/>. Without, a lost connection loses what was under way,
    /// as with a Proto.Actor node, and reports it as unconfirmed.
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
    /// schedule of its peers: a sender that comes later has to give up what was not acknowledged as <c>DeliveryUnknown</c>.
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromSeconds(60);
}
