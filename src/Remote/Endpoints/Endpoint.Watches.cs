using Proto;

namespace Remote;

/// <summary>The watches of actors there by actors here: made, ended, told, issued again, taken over.</summary>
internal sealed partial class Endpoint
{
    // A table that was read earlier must not take the place of one that was read later.
    private readonly Lock _reissueGate = new();
    private bool _inboundLost;

    public void Watch(PID watcher, PID target, Watch message)
    {
        if (Next is { } other)
        {
            other.Watch(watcher, target, message);
            return;
        }

        if (!_watches.TryAdd(watcher, target))
        {
            return;
        }

        if (Next is { } moved && _watches.TryRemove(watcher, target, out _))
        {
            // The endpoint moved in between, and MoveTo did not see this pair.
            moved.Watch(watcher, target, message);
            return;
        }

        PostControl(new RemoteDelivery(target, message));
        if (State == EndpointState.Closed && MovedTo is null && _watches.TryRemove(watcher, target, out _))
        {
            // The endpoint closed in between, and Close did not see this pair.
            Tell(new WatchTable.Pair(watcher, target), TerminatedReason.AddressTerminated);
        }
    }

    /// <summary>
    /// Takes over the watches of an endpoint that has moved here. All are issued again, for a Terminated may have been lost with a stream of that one, and
    /// together: one by one they could be more than the control lane takes.
    /// </summary>
    private void TakeOver(WatchTable.Pair[] watches)
    {
        var taken = Array.FindAll(watches, pair => _watches.TryAdd(pair.Watcher, pair.Target));
        if (Next is null && taken.Length > 0)
        {
            ReissueWatches();
        }

        // It may have moved or closed meanwhile, or before.
        if (Next is { } next)
        {
            next.TakeOver(Array.FindAll(taken, pair => _watches.TryRemove(pair.Watcher, pair.Target, out _)));
        }
        else if (State == EndpointState.Closed)
        {
            foreach (var pair in Array.FindAll(taken, pair => _watches.TryRemove(pair.Watcher, pair.Target, out _)))
            {
                Tell(pair, TerminatedReason.AddressTerminated);
            }
        }
    }

    public void Unwatch(PID watcher, PID target, Unwatch message)
    {
        if (Next is { } other)
        {
            other.Unwatch(watcher, target, message);
        }
        else if (_watches.TryRemove(watcher, target, out var isLast))
        {
            if (isLast)
            {
                PostControl(new RemoteDelivery(target, message));
            }
        }
        else if (Next is { } moved)
        {
            // The endpoint moved in between, and its watches with it.
            moved.Unwatch(watcher, target, message);
        }
    }

    /// <summary>Ends a watch, of which the peer is told; <see langword="false"/> when there is none.</summary>
    public bool Unwatch(PID watcher, PID target)
    {
        var ended = _watches.Take(watcher, target);
        foreach (var pair in ended)
        {
            PostControl(new RemoteDelivery(pair.Target, new Proto.Unwatch(pair.Watcher)));
        }

        return ended.Length > 0 || MovedTo?.Unwatch(watcher, target) == true;
    }

    /// <summary>The peer says that a watched actor ended; <see langword="false"/> when no actor here watches it (any more).</summary>
    public bool Terminated(PID watcher, Terminated message)
    {
        var ended = _watches.Take(watcher, message.Who);
        if (ended.Length == 0)
        {
            return MovedTo is { } other && other.Terminated(watcher, message);
        }

        foreach (var pair in ended)
        {
            Tell(pair, message.Why);
        }

        return true;
    }

    /// <summary>
    /// Sends every watch again. A Terminated may have been lost with a stream of either direction; the peer answers at once for actors that
    /// are gone.
    /// </summary>
    public void ReissueWatches()
    {
        bool takesRole;
        using (_reissueGate.EnterScope())
        {
            var watches = new DeliveryQueue();
            foreach (var pair in _watches.Snapshot())
            {
                watches.Add(new RemoteDelivery(pair.Target, new Proto.Watch(pair.Watcher)));
            }

            takesRole = _mailbox.Reissue(watches);
        }

        if (takesRole)
        {
            RunRole();
        }
    }

    /// <summary>A stream from the peer broke: messages on it may be lost.</summary>
    public void InboundLost()
    {
        Volatile.Write(ref _inboundLost, true);
        ReissueOnPresentStream();
    }

    /// <summary>
    /// The peer has opened a stream. After a loss the watches go out once more: the peer may have answered those of the loss on the dead
    /// stream, which it can take for alive longer than we do. Its answers from now on come on this one.
    /// </summary>
    public void InboundAccepted()
    {
        if (Interlocked.Exchange(ref _inboundLost, false))
        {
            ReissueOnPresentStream();
        }
    }

    /// <summary>While there is none, the next one issues all watches again by itself, after the state says that it is there.</summary>
    private void ReissueOnPresentStream()
    {
        if (State == EndpointState.Connected)
        {
            ReissueWatches();
        }
    }

    // The watcher is told the address by which it watched.
    private void Tell(in WatchTable.Pair pair, TerminatedReason why) =>
        _context.DeadLetters.Tell(pair.Watcher, Proto.Terminated.From(pair.Target, why));
}
