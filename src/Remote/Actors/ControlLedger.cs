namespace Remote;

/// <summary>
/// The control messages of peers that a foreign mailbox holds. It counts them and does not know them: one is given back whenever any control message
/// comes out, so each once and some too early, which only widens a bound.
/// </summary>
/// <remarks>Safe from any thread; the origins are told outside the lock. What it is charged with bounds the number of entries.</remarks>
internal sealed class ControlLedger
{
    private readonly Queue<ControlOrigin> _entries = new();
    private volatile int _count;

    /// <summary>Whether nothing is charged.</summary>
    public bool IsEmpty => _count == 0;

    public void Enter(ControlOrigin origin)
    {
        lock (_entries)
        {
            _entries.Enqueue(origin);
            _count = _entries.Count;
        }
    }

    /// <summary>A control message came out, whose ever it was.</summary>
    public void Leave() => TryLeave();

    /// <summary>The mailbox has nothing left, or its actor has ended.</summary>
    public void LeaveAll()
    {
        while (TryLeave())
        {
            // The next one.
        }
    }

    private bool TryLeave()
    {
        if (IsEmpty)
        {
            return false;
        }

        ControlOrigin? origin;
        lock (_entries)
        {
            _entries.TryDequeue(out origin);
            _count = _entries.Count;
        }

        origin?.Taken(1, ControlOrigin.MessageBytes);
        return origin is not null;
    }
}
