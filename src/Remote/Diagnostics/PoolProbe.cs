namespace Remote;

/// <summary>A piece of work that does nothing but say how long it waited for a thread. Sent again and again by one thread; may be asked by any.</summary>
internal sealed class PoolProbe(TimeProvider time)
{
    private readonly Lock _gate = new();
    private bool _isOut;
    private long _sent;
    private TimeSpan _last;

    /// <summary>Whether it still waits.</summary>
    public bool IsOut
    {
        get
        {
            lock (_gate)
            {
                return _isOut;
            }
        }
    }

    /// <summary>How long it has waited by now, or waited the last time if that was longer.</summary>
    public TimeSpan Delay
    {
        get
        {
            lock (_gate)
            {
                // Who asks on the pool has got a thread just now, and so has this: what has just been is what it came for.
                var now = _isOut ? time.GetElapsedTime(_sent) : TimeSpan.Zero;
                return now > _last ? now : _last;
            }
        }
    }

    /// <summary>It begins to wait.</summary>
    public void Sent()
    {
        lock (_gate)
        {
            (_isOut, _sent) = (true, time.GetTimestamp());
        }
    }

    /// <summary>It has got its thread.</summary>
    public void Ran()
    {
        lock (_gate)
        {
            (_isOut, _last) = (false, time.GetElapsedTime(_sent));
        }
    }
}
