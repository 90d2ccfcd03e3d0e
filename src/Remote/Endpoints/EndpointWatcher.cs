using Remote.Actors;

namespace Remote;

/// <summary>
/// The watches of local actors on one peer's actors: one wire Watch per pair, exactly one Terminated for each, whatever becomes of the peer.
/// </summary>
/// <remarks>
/// Thread-safe. Pairs are keyed by the target's id, not its address: one peer may be known by several, and its Terminated names the one it
/// advertises. A watcher that is a future counts by its request id too.
/// </remarks>
internal sealed class EndpointWatcher
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, Pair> _pairs = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _pairs.Count;
            }
        }
    }

    /// <summary>Registers a pair; <see langword="false"/> when it is registered already.</summary>
    public bool TryAdd(PID watcher, PID target)
    {
        lock (_gate)
        {
            return _pairs.TryAdd(new Key(watcher, target), new Pair(watcher, target));
        }
    }

    /// <summary>Takes a pair out, with the target as its watcher knows it; <see langword="false"/> when there is none.</summary>
    public bool TryTake(PID watcher, PID target, out PID watched)
    {
        lock (_gate)
        {
            var found = _pairs.Remove(new Key(watcher, target), out var pair);
            watched = found ? pair.Target : target;
            return found;
        }
    }

    /// <summary>All pairs, which stay registered: to issue their watches again.</summary>
    public Pair[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _pairs.Values];
        }
    }

    /// <summary>Takes all pairs out: the peer is gone and each watcher is to be told.</summary>
    public Pair[] TakeAll()
    {
        lock (_gate)
        {
            Pair[] all = [.. _pairs.Values];
            _pairs.Clear();
            return all;
        }
    }

    internal readonly record struct Pair(PID Watcher, PID Target);

    private readonly record struct Key(string WatcherAddress, string WatcherId, uint WatcherRequest, string TargetId)
    {
        public Key(PID watcher, PID target)
            : this(watcher.Address, watcher.Id, watcher.RequestId, target.Id)
        {
        }
    }
}
