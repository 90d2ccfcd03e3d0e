namespace Remote.Actors;

/// <summary>Sends messages later, once or again and again. Thread-safe; what it schedules ends with the system.</summary>
/// <remarks>The returned handle cancels; a message that is being sent at that moment may still arrive. Everything runs on the system's clock.</remarks>
public sealed class Scheduler
{
    private readonly ISenderContext _context;

    /// <summary>Creates a scheduler.</summary>
    /// <param name="context">Who sends. Use a root context, or an actor's <see cref="SchedulerExtensions.Scheduler"/>.</param>
    public Scheduler(ISenderContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        // An actor's context belongs to its turn; the timer fires outside of it.
        Self = (context as IContext)?.Self;
        _context = context is IContext ? context.ActorSystem.Root : context;
    }

    private PID? Self { get; }

    /// <summary>Sends a message after a delay.</summary>
    /// <param name="delay">The delay; zero or more.</param>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    public IDisposable SendOnce(TimeSpan delay, PID target, object message) =>
        Start(delay, Timeout.InfiniteTimeSpan, target, new MessageEnvelope(message));

    /// <summary>Sends a message after a delay and then at each interval.</summary>
    /// <param name="delay">The delay before the first; zero or more.</param>
    /// <param name="interval">The interval; more than zero.</param>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    public IDisposable SendRepeatedly(TimeSpan delay, TimeSpan interval, PID target, object message)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return Start(delay, interval, target, new MessageEnvelope(message));
    }

    /// <summary>Sends a message after a delay, with the actor that schedules it as its sender.</summary>
    /// <param name="delay">The delay; zero or more.</param>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    public IDisposable RequestOnce(TimeSpan delay, PID target, object message) =>
        Start(delay, Timeout.InfiniteTimeSpan, target, new MessageEnvelope(message, Self));

    /// <summary>Sends a message after a delay and then at each interval, with the actor that schedules it as its sender.</summary>
    /// <param name="delay">The delay before the first; zero or more.</param>
    /// <param name="interval">The interval; more than zero.</param>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    public IDisposable RequestRepeatedly(TimeSpan delay, TimeSpan interval, PID target, object message)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return Start(delay, interval, target, new MessageEnvelope(message, Self));
    }

    private ScheduledMessage Start(TimeSpan delay, TimeSpan interval, PID target, in MessageEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        var scheduled = new ScheduledMessage(_context, target, in envelope);
        scheduled.Start(delay, interval);
        return scheduled;
    }
}

/// <summary>The scheduler of a context.</summary>
public static class SchedulerExtensions
{
    /// <summary>A scheduler that sends in the name of this context.</summary>
    /// <param name="context">The context.</param>
    public static Scheduler Scheduler(this ISenderContext context) => new(context);
}
