using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote.Actors;

/// <summary>Options of an <see cref="ActorSystem"/>. Read once, when the system is created.</summary>
public sealed class ActorSystemOptions
{
    /// <summary>The default of <see cref="ShutdownTimeout"/>: 10 seconds.</summary>
    public static readonly TimeSpan DefaultShutdownTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long <see cref="ActorSystem.ShutdownAsync"/> waits for actors to stop before it goes on without them. Default 10 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = DefaultShutdownTimeout;

    /// <summary>The default of <see cref="SendTimeout"/>: 30 seconds.</summary>
    public static readonly TimeSpan DefaultSendTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The default of <see cref="MaxSendWaiters"/>: 10,000.</summary>
    public const int DefaultMaxSendWaiters = 10_000;

    /// <summary>
    /// How long <c>SendAsync</c> waits for room in a bounded mailbox; then its message is a dead letter with reason <see cref="DeadLetterReason.MailboxFull"/>.
    /// Default 30 s; <see cref="Timeout.InfiniteTimeSpan"/> for ever.
    /// </summary>
    public TimeSpan SendTimeout { get; set; } = DefaultSendTimeout;

    /// <summary>How many may wait with <c>SendAsync</c> for one mailbox; one more is refused at once. Default 10,000.</summary>
    public int MaxSendWaiters { get; set; } = DefaultMaxSendWaiters;

    /// <summary>The default of <see cref="DeadlineTolerance"/>: 1 second.</summary>
    public static readonly TimeSpan DefaultDeadlineTolerance = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after its deadline a message is given up, zero or more. A deadline is a time of somebody else's clock: the tolerance must be more
    /// than the clocks of all nodes differ, for then a wrong clock can cost work in vain and never a message. Default 1 s; zero if all is in one
    /// process.
    /// </summary>
    public TimeSpan DeadlineTolerance { get; set; } = DefaultDeadlineTolerance;

    /// <summary>The clock. Default: the system clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where log messages go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Makes random sources, for jitter; not for ids, which are always cryptographically random. Default: <c>new Random()</c>.</summary>
    public Func<Random> RandomFactory { get; set; } = static () => new Random();

    /// <summary>Says everything that is wrong, each with its name and what is allowed.</summary>
    internal void Validate()
    {
        var faults = new List<string>();
        Check(TimeProvider is not null, $"{nameof(TimeProvider)} must be set");
        Check(LoggerFactory is not null, $"{nameof(LoggerFactory)} must be set");
        Check(RandomFactory is not null, $"{nameof(RandomFactory)} must be set");
        Check(IsDuration(ShutdownTimeout), $"{nameof(ShutdownTimeout)} is {ShutdownTimeout}, must be more than zero or infinite");
        Check(IsDuration(SendTimeout), $"{nameof(SendTimeout)} is {SendTimeout}, must be more than zero or infinite");
        Check(MaxSendWaiters >= 0, $"{nameof(MaxSendWaiters)} is {MaxSendWaiters}, must be 0 or more");
        Check(DeadlineTolerance >= TimeSpan.Zero, $"{nameof(DeadlineTolerance)} is {DeadlineTolerance}, must be zero or more");
        if (faults.Count > 0)
        {
            throw new ArgumentException("Options of the actor system: " + string.Join("; ", faults) + ".");
        }

        void Check(bool isRight, string fault)
        {
            if (!isRight)
            {
                faults.Add(fault);
            }
        }
    }

    private static bool IsDuration(TimeSpan time) => time == Timeout.InfiniteTimeSpan || time > TimeSpan.Zero;
}
