using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Notices that this process stood still: it was stopped, its container was frozen, its machine gave it no time, its pool had no thread. A
/// cluster that looks at its clock right after that takes all others to have been silent. One per node; thread-safe.
/// </summary>
/// <remarks>A tick that is late says so. Who asks before that tick has run finds out by the clock.</remarks>
internal sealed class Standstill(TimeProvider time, ILogger log) : IDisposable
{
    /// <summary>Less than this is what any busy machine has, and shorter than a cluster waits for heartbeats.</summary>
    internal static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    /// <summary>How long a cluster may go on judging others by clocks that it read before: what was due meanwhile is done within moments.</summary>
    internal static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _lastLook;
    private long _lastTick;
    private (long Until, TimeSpan Length) _last;
    private bool _any;

    /// <summary>Begins to look.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _lastLook = _lastTick = time.GetTimestamp();
        }

        _timer = Detached.Timer(time, static standstill => ((Standstill)standstill!).Tick(), this);
        _timer.Change(Period, Period);
    }

    /// <summary>How long the process stood still, when that has just ended; zero when it did not.</summary>
    public TimeSpan Recent()
    {
        if (_timer is null)
        {
            return TimeSpan.Zero;
        }

        Look();
        lock (_gate)
        {
            return _any && time.GetElapsedTime(_last.Until) <= Aftermath ? _last.Length : TimeSpan.Zero;
        }
    }

    /// <summary>How long ago the timer last ran: half a second at the most while the process runs as it should. Zero before the start.</summary>
    public TimeSpan SinceTick
    {
        get
        {
            lock (_gate)
            {
                return _timer is null ? TimeSpan.Zero : time.GetElapsedTime(_lastTick);
            }
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        lock (_gate)
        {
            _lastTick = time.GetTimestamp();
        }

        Look();
    }

    private void Look()
    {
        TimeSpan length;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            length = time.GetElapsedTime(_lastLook, now);
            _lastLook = now;
            if (length < Least)
            {
                return;
            }

            (_last, _any) = ((now, length), true);
        }

        RemoteLog.StoodStill(log, length);
    }
}
