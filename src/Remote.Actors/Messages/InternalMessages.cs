namespace Remote.Actors;

/// <summary>The first message of an actor's life and of each new life after a restart.</summary>
internal sealed class Start : SystemMessage
{
    public static readonly Start Instance = new();
}

/// <summary>A child tells its parent, or a root actor its guardian, that it has ended.</summary>
internal sealed class ChildStopped(PID child) : SystemMessage
{
    public PID Child { get; } = child;
}

/// <summary>A child failed, is suspended now and waits for a directive.</summary>
internal sealed class Failure(PID child, RestartStatistics statistics, Exception reason, object? message) : SystemMessage
{
    public PID Child { get; } = child;

    public RestartStatistics Statistics { get; } = statistics;

    public Exception Reason { get; } = reason;

    public object? Message { get; } = message;
}

/// <summary>Directive to a failed actor: go on with the next message.</summary>
internal sealed class Resume : SystemMessage
{
    public static readonly Resume Instance = new();
}

/// <summary>Directive to an actor: begin a new life with a new instance.</summary>
internal sealed class Restart(Exception? reason) : SystemMessage
{
    public Exception? Reason { get; } = reason;
}

/// <summary>Runs a piece of work in the actor, once the task it waited for is done.</summary>
internal sealed class Continuation(Func<Task> action, object? actor, in MessageEnvelope envelope) : SystemMessage
{
    public Func<Task> Action { get; } = action;

    /// <summary>The instance that asked for it: a new life does not run the continuations of the old one.</summary>
    public object? Actor { get; } = actor;

    public MessageEnvelope Envelope { get; } = envelope;
}

/// <summary>The receive-timeout timer fired; the actor decides in its own turn whether it was really idle.</summary>
internal sealed class ReceiveTimeoutTick(int generation) : SystemMessage
{
    public int Generation { get; } = generation;
}
