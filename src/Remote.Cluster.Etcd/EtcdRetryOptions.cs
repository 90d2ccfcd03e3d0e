namespace Remote.Cluster.Etcd;

/// <summary>The pauses between two rounds through all endpoints. There is no limit of rounds but at the start. Not thread-safe.</summary>
public sealed class EtcdRetryOptions
{
    /// <summary>The pause after the first failed round, more than zero and at most 1 h. Default 200 ms. Each further one is twice as long.</summary>
    public TimeSpan InitialDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause, at least <see cref="InitialDelay"/> and at most 1 h. Default 3 s.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The part of a pause by which it may differ in either direction, 0 to 1. Default 0.2, so that members do not come back in step.</summary>
    public double Jitter { get; set; } = 0.2;
}
