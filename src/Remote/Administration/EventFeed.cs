using Proto;

namespace Remote;

/// <summary>
/// Gives the events of a node to those that watch them. While nobody does, it does not listen, and events cost nothing more. Listening never waits: the event
/// stream has other handlers.
/// </summary>
internal sealed class EventFeed(NodeSettings settings)
{
    private readonly Lock _gate = new();
    private EventStreamSubscription<object>? _subscription;
    private volatile EventRing[] _rings = [];

    public bool IsListening => Volatile.Read(ref _subscription) is not null;

    /// <summary>Fills a ring from now on, until what is returned is disposed of.</summary>
    public IDisposable Subscribe(EventRing ring)
    {
        lock (_gate)
        {
            _rings = [.. _rings, ring];
            _subscription ??= settings.ActorSystem.EventStream.Subscribe<object>(Hear);
        }

        return new Subscription(this, ring);
    }

    private void Hear(object fact)
    {
        var rings = _rings;
        if (EventDescription.TypeOf(fact) is not { } type || !Array.Exists(rings, ring => ring.Filter.WantsType(type)))
        {
            return;
        }

        var record = EventDescription.Of(fact, settings.Time.GetUtcNow());
        foreach (var ring in rings)
        {
            ring.Add(record);
        }
    }

    private void Remove(EventRing ring)
    {
        lock (_gate)
        {
            _rings = [.. _rings.Where(other => other != ring)];
            if (_rings.Length == 0)
            {
                _subscription?.Unsubscribe();
                _subscription = null;
            }
        }
    }

    private sealed class Subscription(EventFeed feed, EventRing ring) : IDisposable
    {
        public void Dispose() => feed.Remove(ring);
    }
}
