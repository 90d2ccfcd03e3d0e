namespace Remote;

/// <summary>How many entries about single messages, denied callers and refused connections the log may have. Not thread-safe.</summary>
public sealed class LogThrottleOptions
{
    /// <summary>
    /// Entries of each log id that one interval may have, 1 to 1,000,000. Default <see langword="null"/>: what
    /// <c>ActorSystemConfig.DeadLetterThrottleCount</c> says, and 5 where that is untouched. While neither is set, a mistake of the program is
    /// written once a minute for each thing that it is about.
    /// </summary>
    public int? Count { get; set; }

    /// <summary>
    /// The interval, more than zero and at most 49 days. Default <see langword="null"/>: what
    /// <c>ActorSystemConfig.DeadLetterThrottleInterval</c> says, and 1 minute where that is untouched.
    /// </summary>
    public TimeSpan? Interval { get; set; }
}
