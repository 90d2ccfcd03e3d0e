namespace Remote.Actors;

internal sealed partial class ActorContext
{
    public void Watch(PID pid)
    {
        ArgumentNullException.ThrowIfNull(pid);
        pid = Localize(pid);
        if ((_watched ??= []).Add(pid))
        {
            ActorSystem.SendSystem(pid, new Watch(Self));
        }
    }

    public void Unwatch(PID pid)
    {
        ArgumentNullException.ThrowIfNull(pid);
        pid = Localize(pid);
        if (_watched is not null && _watched.Remove(pid))
        {
            ActorSystem.SendSystem(pid, new Unwatch(Self));
        }
    }

    /// <summary>A local process names itself without an address when it ends, by whichever of our addresses it was watched.</summary>
    private PID Localize(PID pid) =>
        pid.Address.Length > 0 && ActorSystem.IsLocalAddress(pid.Address) ? new PID("", pid.Id, pid.RequestId) : pid;

    /// <summary>A stopping actor answers at once; a request that waits for the end is told at the end.</summary>
    private void HandleWatch(PID watcher)
    {
        if (IsEnding && watcher.RequestId == 0)
        {
            ActorSystem.SendSystem(watcher, new Terminated(Self, TerminatedReason.Stopped));
        }
        else
        {
            _watchers = _watchers.Add(watcher);
        }
    }

    /// <summary>What is not watched (any more) is not delivered: exactly one per watch, whatever arrives twice or late.</summary>
    private Task HandleTerminated(Terminated terminated)
    {
        if (IsEnding || _watched is null || !_watched.Contains(terminated.Who))
        {
            return Task.CompletedTask;
        }

        if (Mailbox.IsSuspended)
        {
            Mailbox.PostFront(new MessageEnvelope(terminated));
            return Task.CompletedTask;
        }

        _watched.Remove(terminated.Who);
        return ReceiveMessage(terminated);
    }

    private void UnwatchAll()
    {
        foreach (var pid in _watched ?? [])
        {
            ActorSystem.SendSystem(pid, new Unwatch(Self));
        }

        _watched = null;
    }
}
