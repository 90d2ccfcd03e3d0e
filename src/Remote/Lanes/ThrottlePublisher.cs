using System.Diagnostics;

namespace Remote;

/// <summary>
/// Publishes the level changes of one lane in order, on the pool: the thread that makes a change is a sender or the writer, and holds the
/// lock.
/// </summary>
internal sealed class ThrottlePublisher(TimeProvider time, Action<EndpointThrottled> publish, string address, int capacity) : IThreadPoolWorkItem
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

            _scheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTake(out var fact))
        {
            publish(fact!);
        }
    }

    private bool TryTake(out EndpointThrottled? fact)
    {
        lock (_gate)
        {
            Debug.Assert(_scheduled, "One publisher at a time keeps the order.");
            fact = _pending.First?.Value;
            if (fact is null)
            {
                _scheduled = false;
                return false;
            }

            _pending.RemoveFirst();
            return true;
        }
    }
}
