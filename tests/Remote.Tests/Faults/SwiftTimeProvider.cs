using System.Diagnostics;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Manual time in which short waits take none: the delays of a backoff run out at once, heartbeats and timeouts only when the test moves the
/// clock. The time that really passes counts too, so that what measures microseconds goes both its ways.
/// </summary>
internal sealed class SwiftTimeProvider : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _manual = new();
    private readonly long _started = Stopwatch.GetTimestamp();

    public override long TimestampFrequency => _manual.TimestampFrequency;

    public void Advance(TimeSpan by) => _manual.Advance(by);

    public override DateTimeOffset GetUtcNow() => _manual.GetUtcNow();

    public override long GetTimestamp() => _manual.GetTimestamp() + Stopwatch.GetElapsedTime(_started).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _manual.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime <= Short ? TimeSpan.Zero : dueTime, period);
}
