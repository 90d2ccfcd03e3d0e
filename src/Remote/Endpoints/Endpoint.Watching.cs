using Remote.Actors;

namespace Remote;

/// <summary>Local actors that watch actors of the peer.</summary>
internal sealed partial class Endpoint
{
    private bool _inboundLost;

    public void Watch(PID watcher, PID target, Watch message)
    {
        if (MovedTo is { } other)
        {
            other.Watch(watcher, target, message);
            return;
        }

        if (!_watches.TryAdd(watcher, target))
        {
            return;
        }

        if (MovedTo is { } moved && _watches.TryRemove(watcher, target, out _))
        {
            // Moved in between, and the one who moved the others did not see this pair.
            moved.Watch(watcher, target, message);
            return;
        }

        PostControl(new RemoteDelivery(target, message));
        if (State == EndpointState.Closed && MovedTo is null && _watches.TryRemove(watcher, target, out _))
        {
            // Closed in between, and the one who closed it did not see this pair.
            Tell(new WatchTable.Pair(watcher, target));
        }
    }

    public void Unwatch(PID watcher, PID target, Unwatch message)
    {
        if (MovedTo is { } other)
        {
            other.Unwatch(watcher, target, message);
        }
        else if (_watches.TryRemove(watcher, target, out var isLast) && isLast)
        {
            PostControl(new RemoteDelivery(target, message));
        }
    }

    /// <summary>The peer says that a watched actor ended; <see langword="false"/> when nobody here watches it (any more).</summary>
    public bool Terminated(PID watcher, Terminated message)
    {
        var ended = _watches.Take(watcher, message.Who);
        if (ended.Length == 0)
        {
            return MovedTo is { } other && other.Terminated(watcher, message);
        }

        foreach (var pair in ended)
        {
            // By the address by which it was watched.
            _node.ActorSystem.Processes.Get(watcher).SendSystemMessage(watcher, new Terminated(pair.Target, message.Why));
        }

        return true;
    }

    /// <summary>
    /// Sends every watch again. A Terminated may have been lost with a stream of either direction; the peer answers at once for what is gone.
    /// </summary>
    public void ReissueWatches()
    {
        foreach (var pair in _watches.Snapshot())
        {
            PostControl(new RemoteDelivery(pair.Target, new Watch(pair.Watcher)));
        }
    }

    /// <summary>A stream from the peer broke: what it carried may be lost.</summary>
    public void InboundLost()
    {
        Volatile.Write(ref _inboundLost, true);
        ReissueWatches();
    }

    /// <summary>
    /// The peer has opened a stream. After a loss the watches go out once more: the peer may have answered those of the loss on the dead stream,
    /// which it can take for alive longer than we do. What it answers from now on comes on this one.
    /// </summary>
    public void InboundAccepted()
    {
        if (Interlocked.Exchange(ref _inboundLost, false))
        {
            ReissueWatches();
        }
    }

    private void Tell(in WatchTable.Pair pair) => _node.ActorSystem.Processes.Get(pair.Watcher)
        .SendSystemMessage(pair.Watcher, new Terminated(pair.Target, TerminatedReason.AddressTerminated));
}
