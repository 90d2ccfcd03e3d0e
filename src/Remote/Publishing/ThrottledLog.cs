using Microsoft.Extensions.Logging;
using Proto;

namespace Remote;

/// <summary>
/// Writes entries about single messages, and about connections that were turned away, only so many times an interval, for each kind of entry, and
/// then how many more there were: what fails for one message often fails for a million. All other entries pass as they are. Thread-safe.
/// </summary>
/// <remarks>
/// Follows the settings by which Proto.Actor limits its own log of dead letters. Where they are untouched, Proto.Actor writes no dead letter
/// at all, and ten entries in ten seconds are written here: enough to see what fails, and too few to fill a disk.
/// </remarks>
internal sealed class ThrottledLog : ILogger
{
    public const int DefaultCount = 10;
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(10);

    private readonly ILogger _inner;
    private readonly int _count;
    private readonly TimeSpan _interval;
    private readonly Dictionary<int, Valve> _valves;

    public ThrottledLog(ILogger inner, ActorSystemConfig config, TimeProvider time)
    {
        _inner = inner;
        _count = config.DeadLetterThrottleCount > 0 ? config.DeadLetterThrottleCount : DefaultCount;
        _interval = config.DeadLetterThrottleInterval > TimeSpan.Zero ? config.DeadLetterThrottleInterval : DefaultInterval;
        _valves = RemoteLog.PerMessage.Concat(TlsLog.PerConnection).ToDictionary(static id => id, _ => new Valve(this, time));
    }

    public bool IsEnabled(LogLevel logLevel) => _inner.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _inner.BeginScope(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!_valves.TryGetValue(eventId.Id, out var valve) || valve.TryPass(logLevel, eventId))
        {
            _inner.Log(logLevel, eventId, state, exception, (values, error) => LogText.Clean(formatter(values, error)));
        }
    }

    /// <summary>Writes at once how many entries were left out so far.</summary>
    public void Flush()
    {
        foreach (var valve in _valves.Values)
        {
            valve.Close();
        }
    }

    /// <summary>One kind of entry. Its interval begins with the first of them, so that a kind that never comes costs no timer.</summary>
    private sealed class Valve(ThrottledLog log, TimeProvider time)
    {
        private readonly Lock _gate = new();
        private ITimer? _end;
        private long _seen;
        private LogLevel _level;
        private EventId _kind;

        public bool TryPass(LogLevel level, EventId kind)
        {
            lock (_gate)
            {
                if (_seen++ == 0)
                {
                    (_level, _kind) = (level, kind);
                    _end ??= Detached.Timer(time, static valve => ((Valve)valve!).Close(), this);
                    _end.Change(log._interval, Timeout.InfiniteTimeSpan);
                }

                return _seen <= log._count;
            }
        }

        /// <summary>The interval is over. The next entry begins another one.</summary>
        public void Close()
        {
            long leftOut;
            lock (_gate)
            {
                leftOut = _seen - log._count;
                _seen = 0;
                _end?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            if (leftOut > 0)
            {
                // As loud as they would have been: an application may have turned them down.
                RemoteLog.EntriesLeftOut(new LeveledLog(log._inner, _level), leftOut, _kind.Name, log._count, log._interval);
            }
        }
    }
}
