using Proto;

namespace Remote;

/// <summary>
/// How many entries of one kind an interval of the log may have: as the options say, or Proto.Actor's own settings, or the defaults. Configuration
/// may change it while the node runs. Thread-safe.
/// </summary>
/// <param name="config">Proto.Actor's settings for its log of dead letters.</param>
/// <param name="options">Ours, which go first; <see langword="null"/> for none.</param>
internal sealed class LogLimits(ActorSystemConfig config, LogThrottleOptions? options = null)
{
    // One object, so that nobody sees the count of one setting and the interval of another.
    private volatile Setting _current = Of(config, options);

    public int Count => _current.Count;

    public TimeSpan Interval => _current.Interval;

    /// <summary>Whether somebody said how many. Otherwise mistakes of the program are told by what they are about.</summary>
    public bool IsSet => _current.IsSet;

    /// <summary>The same for ever.</summary>
    public static LogLimits Fixed(int count, TimeSpan interval) => new(ActorSystemConfig.Setup(), new LogThrottleOptions { Count = count, Interval = interval });

    /// <summary>Counts from the next interval on.</summary>
    public void Change(LogThrottleOptions changed) => _current = Of(config, changed);

    private static Setting Of(ActorSystemConfig config, LogThrottleOptions? options) => new(
        options?.Count ?? (config.DeadLetterThrottleCount > 0 ? config.DeadLetterThrottleCount : LogValve.DefaultCount),
        options?.Interval ?? (config.DeadLetterThrottleInterval > TimeSpan.Zero ? config.DeadLetterThrottleInterval : LogValve.DefaultInterval),
        options?.Count is not null || config.DeadLetterThrottleCount > 0);

    private sealed record Setting(int Count, TimeSpan Interval, bool IsSet);
}
