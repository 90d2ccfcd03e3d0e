namespace Remote.Actors;

/// <summary>Stops an actor after everything that was queued before it.</summary>
public sealed class PoisonPill
{
    private PoisonPill()
    {
    }

    /// <summary>The only instance.</summary>
    public static PoisonPill Instance { get; } = new();
}

/// <summary>Asks an actor for a sign of life: it is answered with <see cref="Touched"/> and then delivered to the actor like any message.</summary>
public sealed class Touch
{
    private Touch()
    {
    }

    /// <summary>The only instance.</summary>
    public static Touch Instance { get; } = new();
}

/// <summary>The answer to <see cref="Touch"/>.</summary>
/// <param name="who">The actor that was touched.</param>
public sealed class Touched(PID who)
{
    /// <summary>The actor that was touched.</summary>
    public PID Who { get; } = who ?? throw new ArgumentNullException(nameof(who));

    /// <summary>A form for people.</summary>
    public override string ToString() => $"Touched {Who}";
}

/// <summary>Tells the sender of a message that it could not be delivered. Never answered itself.</summary>
/// <param name="target">Where the message should have gone.</param>
/// <param name="reason">
/// Why it could not. <see cref="DeadLetterReason.NoSuchProcess"/> when it came from a node that gave no reason, as nodes of Proto.Actor do.
/// </param>
public sealed class DeadLetterResponse(PID target, DeadLetterReason reason)
{
    /// <summary>Where the message should have gone.</summary>
    public PID Target { get; } = target ?? throw new ArgumentNullException(nameof(target));

    /// <summary>Why it could not be delivered.</summary>
    public DeadLetterReason Reason { get; } = reason;

    /// <summary>A form for people.</summary>
    public override string ToString() => $"DeadLetterResponse for {Target} ({Reason})";
}

/// <summary>Tells an actor that it received nothing for the time it had set with <see cref="IContext.SetReceiveTimeout"/>.</summary>
public sealed class ReceiveTimeout
{
    private ReceiveTimeout()
    {
    }

    /// <summary>The only instance.</summary>
    public static ReceiveTimeout Instance { get; } = new();
}

/// <summary>A message that does not count as activity for <see cref="ReceiveTimeout"/>.</summary>
public interface INotInfluenceReceiveTimeout;
