using System.Collections.Immutable;

namespace Remote.Actors;

internal sealed partial class ActorContext
{
    private static readonly ImmutableHashSet<PID> NoWatchers = ImmutableHashSet.Create<PID>(PidAndRequestComparer.Instance);

    private volatile Life _life = Life.Alive;

    // Immutable, so that diagnostics read them from other threads without a lock.
    private volatile ImmutableHashSet<PID> _children = [];
    private volatile ImmutableHashSet<PID> _watchers = NoWatchers;
    private HashSet<PID>? _watched;

    internal enum Life
    {
        Alive,
        Restarting,
        Stopping,
        Stopped,
    }

    /// <summary>A name is free a moment before its former holder is known to have ended: the new child takes its place.</summary>
    public void AddChild(PID child) => _children = _children.Remove(child).Add(child);

    private bool IsEnding => _life is Life.Stopping or Life.Stopped;

    /// <summary>Tells the actor, then its children to stop; goes on when the last child has ended.</summary>
    private async Task BeginStopAsync()
    {
        if (IsEnding)
        {
            return;
        }

        _life = Life.Stopping;
        Mailbox.IsSuspended = true;
        CancelToken();
        CancelReceiveTimeout();
        await ReceiveLastAsync(Stopping.Instance).ConfigureAwait(false);
        await EndChildrenAsync().ConfigureAwait(false);
    }

    private async Task BeginRestartAsync()
    {
        if (_life != Life.Alive)
        {
            return;
        }

        _life = Life.Restarting;
        Mailbox.IsSuspended = true;
        CancelToken();
        CancelReceiveTimeout();
        await ReceiveLastAsync(Restarting.Instance).ConfigureAwait(false);
        await EndChildrenAsync().ConfigureAwait(false);
    }

    private Task EndChildrenAsync()
    {
        ActorSystem.SendSystem(_children, Actors.Stop.Instance);
        return GoOnWithoutChildrenAsync();
    }

    private Task HandleChildStoppedAsync(PID child)
    {
        if (_children.TryGetValue(child, out var present) && ReferenceEquals(present, child))
        {
            _children = _children.Remove(child);
        }

        _escalated?.Remove(child);
        return GoOnWithoutChildrenAsync();
    }

    private Task GoOnWithoutChildrenAsync()
    {
        if (!_children.IsEmpty)
        {
            return Task.CompletedTask;
        }

        return _life switch
        {
            Life.Stopping => EndAsync(),
            Life.Restarting => BeginNewLifeAsync(),
            _ => Task.CompletedTask,
        };
    }

    private async Task EndAsync()
    {
        await ReceiveLastAsync(Stopped.Instance).ConfigureAwait(false);
        await DisposeActorAsync().ConfigureAwait(false);
        _life = Life.Stopped;
        Process.End();
        UnwatchAll();
        RefuseStash();

        // While the name still leads here: a Watch that comes now waits for the end of this turn. Without the name it would be answered at
        // once, with NotFound, and overtake what its watcher is about to be told. Who waits for the end itself is told when the name is gone.
        TellWatchers(static watcher => watcher.RequestId == 0);
        ActorSystem.Processes.Remove(Self, Process);
        TellWatchers(static watcher => watcher.RequestId != 0);
        Mailbox.IsClosed = true;
        var stopped = new ChildStopped(Self);
        if (_parent is not null)
        {
            _parent.Process.SendSystemMessage(_parent.Self, stopped);
        }
        else
        {
            _guardian!.SendSystemMessage(_guardian.Pid, stopped);
        }
    }

    private void TellWatchers(Func<PID, bool> which)
    {
        foreach (var watcher in _watchers.Where(which))
        {
            ActorSystem.SendSystem(watcher, new Terminated(Self, TerminatedReason.Stopped));
        }
    }

    private async Task BeginNewLifeAsync()
    {
        await DisposeActorAsync().ConfigureAwait(false);
        _life = Life.Alive;
        Volatile.Write(ref _cancellation, null);
        CreateActor();
        Interlocked.Increment(ref _restarts);
        Mailbox.IsSuspended = false;
        UnstashAll();
        await ReceiveMessage(Started.Instance).ConfigureAwait(false);
    }

    /// <summary>Nothing an actor throws at the end of its life keeps it alive.</summary>
    private async Task ReceiveLastAsync(object message)
    {
        if (_actor is null)
        {
            return;
        }

        try
        {
            await ReceiveMessage(message).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // User code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ActorLog.StopHandlerThrew(ActorSystem.Logger, exception, Self, ActorType, message.GetType().ToString());
        }
    }

    private async Task DisposeActorAsync()
    {
        var actor = _actor;
        _actor = null;
        try
        {
            if (actor is IAsyncDisposable asyncDisposable)
            {
                await asyncDisposable.DisposeAsync().ConfigureAwait(false);
            }
            else if (actor is IDisposable disposable)
            {
                disposable.Dispose();
            }
        }
#pragma warning disable CA1031 // User code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ActorLog.StopHandlerThrew(ActorSystem.Logger, exception, Self, actor!.GetType().ToString(), "Dispose");
        }
    }
}
