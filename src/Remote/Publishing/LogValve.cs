using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Lets so many entries of one kind through an interval, and says at its end how many more there were. The interval begins with the first of them, so
/// that a kind that never comes costs no timer. Thread-safe.
/// </summary>
/// <param name="log">Where the number of those that were left out is written.</param>
/// <param name="limits">How many pass, and how long the interval is, from the first of them on. A change counts from the next interval on.</param>
/// <param name="time">For the interval.</param>
/// <param name="subject">What all of them are about; <see langword="null"/> for anything.</param>
internal sealed class LogValve(ILogger log, LogLimits limits, TimeProvider time, string? subject = null)
{
    /// <summary>With the one that has the number of the others, six lines a minute.</summary>
    public const int DefaultCount = 5;
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private ITimer? _end;
    private long _seen;
    private LogLevel _level;
    private EventId _kind;
    private int _count;
    private TimeSpan _interval;

    /// <summary>Called when an interval is over.</summary>
    public Action? Closed { get; init; }

    public bool TryPass(LogLevel level, EventId kind)
    {
        lock (_gate)
        {
            if (_seen++ == 0)
            {
                (_level, _kind, _count, _interval) = (level, kind, limits.Count, limits.Interval);
                _end ??= Detached.Timer(time, static valve => ((LogValve)valve!).Close(), this);
                _end.Change(_interval, Timeout.InfiniteTimeSpan);
            }

            return _seen <= _count;
        }
    }

    /// <summary>The interval is over. The next entry begins another one.</summary>
    public void Close()
    {
        long leftOut;
        int count;
        TimeSpan interval;
        lock (_gate)
        {
            (count, interval) = (_count, _interval);
            leftOut = _seen - count;
            _seen = 0;
            _end?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Closed?.Invoke();
        if (leftOut <= 0)
        {
            return;
        }

        // As loud as they would have been: an application may have turned them down.
        var leveled = new LeveledLog(log, _level);
        if (subject is null)
        {
            RemoteLog.EntriesLeftOut(leveled, leftOut, _kind.Name, count, interval);
        }
        else
        {
            RemoteLog.MistakeRepeated(leveled, leftOut, _kind.Name, LogText.Clean(subject), interval);
        }
    }
}
