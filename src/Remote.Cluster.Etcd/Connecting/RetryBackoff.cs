namespace Remote.Cluster.Etcd;

/// <summary>The pauses between rounds: doubled each time, capped, then jittered. Pure: it holds no timer and reads no clock.</summary>
internal sealed class RetryBackoff(EtcdRetryOptions options, Random random)
{
    private TimeSpan _next = options.InitialDelay;

    public TimeSpan Next()
    {
        var delay = _next < options.MaxDelay ? _next : options.MaxDelay;
        _next = delay * 2;

        // After the cap, or all members that lost the same etcd would come back in step once the cap is reached.
        return delay * (1 + (((random.NextDouble() * 2) - 1) * options.Jitter));
    }

    /// <summary>Starts anew, after etcd has answered for a while.</summary>
    public void Reset() => _next = options.InitialDelay;
}
