using Remote.Actors;

namespace Remote;

/// <summary>
/// The watches of local actors on one peer's actors: one wire Watch per pair, and exactly one Terminated each, even if the peer is lost.
/// </summary>
/// <remarks>
/// Thread-safe. Pairs are found by the target's id, not its address: one peer may be known by several, and its Terminated names the one it
/// advertises. A watcher that is a future counts by its request id too.
/// </remarks>
/// <param name="address">The peer. A client's actors may be watched by their portable form too, whose id begins with the address.</param>
internal sealed class WatchTable(string address)
{
    private readonly string? _portable = ClientAddress.IsClient(address) ? address + "/" : null;

    private readonly Lock _gate = new();

    // Nearly always one pair per key: more only when one actor is watched by several addresses.
    private readonly Dictionary<Key, Pair[]> _pairs = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Registers a pair; <see langword="false"/> when it is registered already.</summary>
    public bool TryAdd(PID watcher, PID target)
    {
        var key = KeyOf(watcher, target);
        lock (_gate)
        {
            var known = _pairs.GetValueOrDefault(key, []);
            if (Array.Exists(known, pair => pair.Target == target))
            {
                return false;
            }

            _pairs[key] = [.. known, new Pair(watcher, target)];
            _count++;
            return true;
        }
    }

    /// <summary>Takes one pair out; <see langword="false"/> when there is none.</summary>
    /// <param name="watcher">The watcher.</param>
    /// <param name="target">The target, by the address by which it was watched.</param>
    /// <param name="isLast">Whether the watcher watches the target by no other address.</param>
    public bool TryRemove(PID watcher, PID target, out bool isLast)
    {
        var key = KeyOf(watcher, target);
        lock (_gate)
        {
            var known = _pairs.GetValueOrDefault(key, []);
            var rest = Array.FindAll(known, pair => pair.Target != target);
            isLast = rest.Length == 0;
            if (rest.Length == known.Length)
            {
                return false;
            }

            _count--;
            return isLast ? _pairs.Remove(key) : (_pairs[key] = rest).Length > 0;
        }
    }

    /// <summary>Takes out a watcher's pairs for the target's id, by any address: the target has ended.</summary>
    public Pair[] Take(PID watcher, PID target)
    {
        lock (_gate)
        {
            if (!_pairs.Remove(KeyOf(watcher, target), out var pairs))
            {
                return [];
            }

            _count -= pairs.Length;
            return pairs;
        }
    }

    /// <summary>All pairs, which stay registered: to issue their watches again.</summary>
    public Pair[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _pairs.Values.SelectMany(static pairs => pairs)];
        }
    }

    /// <summary>Takes all pairs out: the peer is gone and each watcher is to be told.</summary>
    public Pair[] TakeAll()
    {
        lock (_gate)
        {
            Pair[] all = [.. _pairs.Values.SelectMany(static pairs => pairs)];
            _pairs.Clear();
            _count = 0;
            return all;
        }
    }

    private Key KeyOf(PID watcher, PID target)
    {
        var id = _portable is not null && target.Id.StartsWith(_portable, StringComparison.Ordinal) ? target.Id[_portable.Length..] : target.Id;
        return new Key(watcher.Address, watcher.Id, watcher.RequestId, id);
    }

    internal readonly record struct Pair(PID Watcher, PID Target);

    private readonly record struct Key(string WatcherAddress, string WatcherId, uint WatcherRequest, string TargetId);
}
