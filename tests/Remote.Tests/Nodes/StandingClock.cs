namespace Remote.Tests;

/// <summary>A clock that a test sets, and whose timers run when the test has them run: late, if it was set on before.</summary>
internal sealed class StandingClock : TimeProvider
{
    private readonly List<Action> _timers = [];
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Add(() => callback(state));
        return new NeverDue();
    }

    /// <summary>Sets the clock on; nothing runs.</summary>
    public void StandStill(TimeSpan duration) => Interlocked.Add(ref _now, duration.Ticks);

    /// <summary>Runs every timer, once.</summary>
    public void Tick() => _timers.ForEach(timer => timer());

    private sealed class NeverDue : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
