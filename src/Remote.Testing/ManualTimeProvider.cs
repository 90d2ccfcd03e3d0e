using System.Diagnostics;

namespace Remote.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Timers, delays and deadlines made with it run inside
/// <see cref="Advance"/>, on the calling thread, in the order in which they fall due.
/// </summary>
/// <remarks>
/// Thread safe. A timer with a due time of zero does not wait for <see cref="Advance"/>: like a real one it runs on the
/// thread pool at once.
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly DateTimeOffset _start;
    private readonly SortedSet<ManualTimer> _armed = new(ManualTimer.ByDueTime);
    private readonly ConditionWaiters _waiters;
    private long _now;
    private long _target;
    private long _sequence;

    /// <summary>Makes a clock that shows <paramref name="start"/>.</summary>
    /// <param name="start">The first reading; 2030-01-01 00:00 UTC if left out.</param>
    public ManualTimeProvider(DateTimeOffset? start = null)
    {
        _start = (start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)).ToUniversalTime();
        _waiters = new ConditionWaiters(_gate);
    }

    /// <summary>UTC, so that tests read the same everywhere.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Ten million: a timestamp is a count of 100 ns ticks since the clock was made.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The time that has passed on this clock since it was made.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <summary>How long it is until each armed timer falls due, soonest first; never negative.</summary>
    public IReadOnlyList<TimeSpan> ArmedTimers
    {
        get
        {
            lock (_gate)
            {
                return DueTimes();
            }
        }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    /// <inheritdoc />
    public override long GetTimestamp() => Interlocked.Read(ref _now);

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock and runs every timer that falls due on the way, each at its own time, those included that the
    /// callbacks arm. Advances of several threads, and those of callbacks, add up.
    /// </summary>
    /// <param name="by">How far; zero runs timers that are already due.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    /// <remarks>An exception of a callback comes out here; the next advance, be it by zero, runs the timers that were left.</remarks>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long target;
        lock (_gate)
        {
            // Counted from the common target, not from the time shown: another advance may be half way.
            _target = Math.Max(_target, _now) + by.Ticks;
            target = _target;
        }

        while (TakeDue(target) is { } timer)
        {
            timer.Run();
        }
    }

    /// <summary>Waits until at least <paramref name="count"/> timers are armed.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It did not come to that; the message lists the timers that are armed.</exception>
    public Task WaitForTimersAsync(int count, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _waiters.WaitAsync(() => _armed.Count >= count, $"{count} armed timers", DescribeArmed, ceiling);
    }

    /// <summary>Waits until a timer is armed that falls due exactly <paramref name="dueIn"/> from the clock's present time.</summary>
    /// <param name="dueIn">The distance to the due time.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It did not come to that; the message lists the timers that are armed.</exception>
    public Task WaitForTimerAsync(TimeSpan dueIn, TimeSpan? ceiling = null) => WaitForTimersDueAsync(1, dueIn, ceiling);

    /// <summary>Waits until at least <paramref name="count"/> timers are armed that fall due exactly <paramref name="dueIn"/> from the
    /// clock's present time.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="dueIn">The distance to the due time.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It did not come to that; the message lists the timers that are armed.</exception>
    public Task WaitForTimersDueAsync(int count, TimeSpan dueIn, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return _waiters.WaitAsync(
            () => _armed.Count(timer => timer.Due - _now == dueIn.Ticks) >= count, $"{count} timers due in {dueIn}", DescribeArmed, ceiling);
    }

    internal bool Schedule(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfNotTimerTime(dueTime);
        ThrowIfNotTimerTime(period);
        bool runNow;
        lock (_gate)
        {
            _armed.Remove(timer);
            if (timer.IsDisposed)
            {
                return false;
            }

            timer.Period = period > TimeSpan.Zero ? period.Ticks : 0;
            runNow = dueTime == TimeSpan.Zero;
            if (runNow ? timer.Period > 0 : dueTime > TimeSpan.Zero)
            {
                Arm(timer, _now + (runNow ? timer.Period : dueTime.Ticks));
            }

            if (runNow)
            {
                timer.Enter();
            }
        }

        if (runNow)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static due => due.Run(), timer, preferLocal: false);
        }

        return true;
    }

    internal void Remove(ManualTimer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
        }
    }

    private static void ThrowIfNotTimerTime(TimeSpan time)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(time), time, "A timer's time is zero, positive or infinite.");
        }
    }

    /// <summary>
    /// Takes the next timer due by <paramref name="target"/> and sets the clock to its time; the target's if there is none.
    /// </summary>
    private ManualTimer? TakeDue(long target)
    {
        lock (_gate)
        {
            if (_armed.Min is not { } timer || timer.Due > target)
            {
                // Never back: a callback may have advanced further.
                Interlocked.Exchange(ref _now, Math.Max(_now, target));
                _waiters.Signal();
                return null;
            }

            _armed.Remove(timer);
            Interlocked.Exchange(ref _now, Math.Max(_now, timer.Due));
            _waiters.Signal();
            if (timer.Period > 0)
            {
                Arm(timer, timer.Due + timer.Period);
            }

            timer.Enter();
            return timer;
        }
    }

    private void Arm(ManualTimer timer, long due)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread, "The set of timers belongs to the lock.");
        timer.Due = due;
        timer.Sequence = ++_sequence;
        _armed.Add(timer);
        _waiters.Signal();
    }

    private string DescribeArmed() =>
        _armed.Count == 0 ? "no armed timer." : $"timers due in {string.Join(", ", DueTimes())}.";

    private TimeSpan[] DueTimes() => [.. _armed.Select(timer => TimeSpan.FromTicks(Math.Max(0, timer.Due - _now)))];
}
