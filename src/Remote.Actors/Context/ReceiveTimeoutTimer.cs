namespace Remote.Actors;

/// <summary>Finds out that an actor received nothing for a time. Per message it only notes the time; the timer is set again when it finds that there was activity.</summary>
internal sealed class ReceiveTimeoutTimer(ActorContext actor, TimeProvider timeProvider) : IDisposable
{
    // A real timer may fire a little early; without a pause it would be set again and again for the last microsecond.
    private static readonly TimeSpan MinDelay = TimeSpan.FromMilliseconds(1);

    private ITimer? _timer;
    private TimeSpan _duration;
    private long _lastActivity;
    private int _generation;

    public void Set(TimeSpan duration)
    {
        _timer?.Dispose();
        _duration = duration;
        _lastActivity = timeProvider.GetTimestamp();
        _generation++;
        StartTimer(duration);
    }

    public void NoteActivity(object? message)
    {
        if (message is not INotInfluenceReceiveTimeout)
        {
            _lastActivity = timeProvider.GetTimestamp();
        }
    }

    /// <summary>Whether the time is really over; if so it begins anew, if not the timer is set for the rest.</summary>
    public bool IsDue(ReceiveTimeoutTick tick)
    {
        if (tick.Generation != _generation)
        {
            return false;
        }

        var idle = timeProvider.GetElapsedTime(_lastActivity);
        if (idle >= _duration && actor.Mailbox.UserMessageCount == 0)
        {
            Set(_duration);
            return true;
        }

        // With messages waiting the actor is busy, not idle: they are noted when they are handled.
        StartTimer(idle >= _duration ? _duration : _duration - idle);
        return false;
    }

    public void Dispose() => _timer?.Dispose();

    private void StartTimer(TimeSpan delay)
    {
        _timer?.Dispose();
        var tick = new ReceiveTimeoutTick(_generation);
        _timer = timeProvider.CreateTimer(
            static state =>
            {
                var (actor, tick) = ((ActorContext, ReceiveTimeoutTick))state!;
                actor.Process.SendSystemMessage(actor.Self, tick);
            },
            (actor, tick),
            delay < MinDelay ? MinDelay : delay,
            Timeout.InfiniteTimeSpan);
    }
}
