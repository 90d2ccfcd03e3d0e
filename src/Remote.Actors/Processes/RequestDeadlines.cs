namespace Remote.Actors;

/// <summary>One timer for all requests, set to the earliest deadline. Most requests are answered long before, so it rarely fires.</summary>
internal sealed class RequestDeadlines
{
    // After it fired the timer waits at least this long, so that scattered deadlines do not cost one scan each.
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(10);

    private readonly FutureProcess _process;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    public RequestDeadlines(FutureProcess process, TimeProvider timeProvider)
    {
        _process = process;
        _timeProvider = timeProvider;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = timeProvider.CreateTimer(static state => ((RequestDeadlines)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Before the request is registered.</summary>
    public void Set(PendingRequest request, TimeSpan timeout)
    {
        request.Timeout = timeout;
        request.Deadline = _timeProvider.GetTimestamp() + ToTicks(timeout);
    }

    /// <summary>After the request is registered.</summary>
    public void Arm(PendingRequest request)
    {
        if (request.Deadline < Volatile.Read(ref _armedFor))
        {
            Arm(request.Deadline, _timeProvider.GetTimestamp(), TimeSpan.Zero);
        }
    }

    /// <summary>Looks again for whom the timer waits: one that waits for nobody would keep a system in memory that has ended.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Expire();
    }

    private void Arm(long deadline, long now, TimeSpan minPause)
    {
        lock (_lock)
        {
            if (deadline >= _armedFor)
            {
                return;
            }

            var delay = ToDelay(deadline - now);
            _timer.Change(delay < minPause ? minPause : delay, Timeout.InfiniteTimeSpan);
            Volatile.Write(ref _armedFor, deadline);
        }
    }

    private void Expire()
    {
        lock (_lock)
        {
            Volatile.Write(ref _armedFor, long.MaxValue);
        }

        // A request that is registered from here on arms the timer itself.
        var now = _timeProvider.GetTimestamp();
        var next = long.MaxValue;
        foreach (var request in _process.Pending)
        {
            if (request.Deadline <= now)
            {
                request.Expire();
            }
            else
            {
                next = Math.Min(next, request.Deadline);
            }
        }

        if (next != long.MaxValue)
        {
            Arm(next, now, MinPause);
        }
    }

    private long ToTicks(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds * _timeProvider.TimestampFrequency);

    /// <summary>Rounded up: a timer that fires too early would find nothing to do.</summary>
    private TimeSpan ToDelay(long ticks) =>
        TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(ticks * 1000.0 / _timeProvider.TimestampFrequency)));
}
