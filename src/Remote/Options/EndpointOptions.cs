namespace Remote;

/// <summary>Queues and batches of one endpoint, that is, of the way to one peer. Not thread-safe.</summary>
public sealed class EndpointOptions
{
    /// <summary>
    /// How many user messages may wait for one peer, 1 to 100,000,000, exact. Default 1,000,000. <see cref="Overflow"/> decides about
    /// further ones.
    /// </summary>
    public int QueueCapacity { get; set; } = 1_000_000;

    /// <summary>The policy for a message that finds the user lane full. Default <see cref="OverflowPolicy.DropNewest"/>.</summary>
    public OverflowPolicy Overflow { get; set; } = OverflowPolicy.DropNewest;

    /// <summary>
    /// The policy for messages to an actor that is much slower than its neighbours. Default <see cref="SlowTargetPolicy.Park"/>.
    /// </summary>
    public SlowTargetPolicy SlowTarget { get; set; } = SlowTargetPolicy.Park;

    /// <summary>How many messages travel in one batch at the most, 1 to 100,000. Default 1000.</summary>
    public int BatchSize { get; set; } = 1000;

    /// <summary>
    /// How many bytes one batch holds at the most, 1 KiB to <see cref="RemoteOptions.MaxMessageBytes"/>. Default 1 MiB. A single larger
    /// message travels alone.
    /// </summary>
    public int MaxBatchBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// How many <c>SendAsync</c> calls may wait for room in one lane, 0 to 1,000,000. Default 10,000; beyond it a call fails at once.
    /// </summary>
    public int MaxWaiters { get; set; } = 10_000;

    /// <summary>
    /// How long a connection to a Remote node is kept that carries nothing, while no actor here watches one there; more than zero. Default
    /// 10 minutes. The next message connects again, and none is lost. <see cref="Timeout.InfiniteTimeSpan"/>: for ever. A node without a
    /// listener keeps its connections, for nobody can dial it.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);
}
