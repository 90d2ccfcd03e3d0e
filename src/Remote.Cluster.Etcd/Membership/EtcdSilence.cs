namespace Remote.Cluster.Etcd;

/// <summary>
/// Whether etcd was away, from here: silent for longer than a threshold. What runs out shortly after a silence says nothing of its owner, who could
/// not renew it either. It was away too when it does not know any more what it knew. Not thread-safe.
/// </summary>
internal sealed class EtcdSilence(TimeProvider time, TimeSpan threshold, TimeSpan grace)
{
    private long _lastHeard = time.GetTimestamp();
    private long? _ended;

    /// <summary>Whether the last silence ended so lately that entries which ran out are forgiven.</summary>
    public bool Forgives => _ended is { } ended && time.GetElapsedTime(ended) < grace;

    /// <summary>etcd has answered, or sent something by itself.</summary>
    public void Heard()
    {
        if (time.GetElapsedTime(_lastHeard) > threshold)
        {
            _ended = time.GetTimestamp();
        }

        _lastHeard = time.GetTimestamp();
    }

    /// <summary>etcd has answered and has lost what it had: as if it had been away until now.</summary>
    public void Forgot() => _ended = time.GetTimestamp();
}
