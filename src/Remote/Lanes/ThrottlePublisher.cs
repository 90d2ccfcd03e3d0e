namespace Remote;

/// <summary>Publishes the level changes of one lane in order, on the pool: the thread that makes a change holds the lane's lock.</summary>
internal sealed class ThrottlePublisher(
    TimeProvider time, Action<EndpointThrottled> publish, string address, int capacity) : IThreadPoolWorkItem
{
    // A subscriber that cannot keep up with this many changes is told of the first ones and of where they led.
    private const int MaxPending = 1024;

    private readonly Lock _gate = new();
    private readonly LinkedList<EndpointThrottled> _pending = [];
    private bool _scheduled;

    /// <summary>Notes a change down. Called in the order of the changes.</summary>
    public void Add(LevelChange change)
    {
        var fact = new EndpointThrottled(address, change.Level, change.Previous, change.Length, capacity, time.GetUtcNow());
        lock (_gate)
        {
            if (_pending.Count >= MaxPending)
            {
                Merge(fact);
                return;
            }

            _pending.AddLast(fact);
            if (_scheduled)
            {
                return;
            }

            // One publisher at a time keeps the order.
            _scheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (Next() is { } fact)
        {
            publish(fact);
        }
    }

    /// <summary>The last change waiting and a newer one become one, or none when they led back.</summary>
    private void Merge(EndpointThrottled fact)
    {
        var previous = _pending.Last!.Value.Previous;
        _pending.RemoveLast();
        if (previous != fact.Level)
        {
            _pending.AddLast(fact with { Previous = previous });
        }
    }

    private EndpointThrottled? Next()
    {
        using var scope = _gate.EnterScope();
        if (_pending.First is not { } first)
        {
            _scheduled = false;
            return null;
        }

        _pending.RemoveFirst();
        return first.Value;
    }
}
