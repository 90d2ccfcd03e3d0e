using Proto;

namespace Remote;

/// <summary>
/// The watches of local actors on one peer's actors: one wire Watch per pair, and exactly one Terminated each, even if the peer is lost.
/// </summary>
/// <remarks>
/// Thread-safe. Pairs are found by the target's id, not its address: one peer may be known by several, and its Terminated names the one it
/// advertises. A watcher that is a future counts by its request id too.
/// </remarks>
/// <param name="address">The peer. A client's actors may be watched by their portable form too, whose id begins with the address.</param>
/// <param name="ownAddress">
/// The address of this node: a watcher from before the start has none in its PID, and what the peer says names this one.
/// </param>
internal sealed class WatchTable(string address, string ownAddress = ActorSystem.NoHost)
{
    private readonly string? _portable = ClientAddress.IsClient(address) ? address + "/" : null;

    private readonly Lock _gate = new();

    // Nearly always one pair per key: more only when one actor is watched by several addresses.
    private readonly Dictionary<Key, Pair[]> _pairs = [];

    public int Count => Snapshot().Length;

    /// <summary>Registers a pair; <see langword="false"/> when it is registered already.</summary>
    public bool TryAdd(PID watcher, PID target)
    {
        var key = KeyOf(watcher, target);
        using var scope = _gate.EnterScope();
        var known = _pairs.GetValueOrDefault(key, []);
        if (Array.Exists(known, pair => pair.Target.Equals(target)))
        {
            return false;
        }

        _pairs[key] = [.. known, new Pair(watcher, target)];
        return true;
    }

    /// <summary>
    /// Takes one pair out, with the address by which the target was watched; <see langword="false"/> when there is none. Says whether it
    /// is the last one: the watcher watches the target by no other address.
    /// </summary>
    public bool TryRemove(PID watcher, PID target, out bool isLast)
    {
        var key = KeyOf(watcher, target);
        using var scope = _gate.EnterScope();
        var known = _pairs.GetValueOrDefault(key, []);
        var rest = Array.FindAll(known, pair => !pair.Target.Equals(target));
        isLast = rest.Length == 0;
        if (isLast)
        {
            _pairs.Remove(key);
        }
        else
        {
            _pairs[key] = rest;
        }

        return rest.Length < known.Length;
    }

    /// <summary>Takes out a watcher's pairs for the target's id, by any address: the target has ended.</summary>
    public Pair[] Take(PID watcher, PID target)
    {
        using var scope = _gate.EnterScope();
        return _pairs.Remove(KeyOf(watcher, target), out var pairs) ? pairs : [];
    }

    /// <summary>All pairs, which stay registered.</summary>
    public Pair[] Snapshot()
    {
        using var scope = _gate.EnterScope();
        return [.. _pairs.Values.SelectMany(static pairs => pairs)];
    }

    /// <summary>Takes all pairs out: the peer is gone and each watcher is to be told.</summary>
    public Pair[] TakeAll()
    {
        using var scope = _gate.EnterScope();
        var all = Snapshot();
        _pairs.Clear();
        return all;
    }

    private Key KeyOf(PID watcher, PID target)
    {
        var isPortable = _portable is not null && target.Id.StartsWith(_portable, StringComparison.Ordinal);
        var watcherAddress = watcher.Address == ActorSystem.NoHost ? ownAddress : watcher.Address;
        return new Key(watcherAddress, watcher.Id, watcher.RequestId, isPortable ? target.Id[_portable!.Length..] : target.Id);
    }

    internal readonly record struct Pair(PID Watcher, PID Target);

    private readonly record struct Key(string WatcherAddress, string WatcherId, uint WatcherRequest, string TargetId);
}
