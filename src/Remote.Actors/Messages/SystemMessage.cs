namespace Remote.Actors;

/// <summary>A message that steers a process. System messages go before user messages and are never refused for lack of room.</summary>
public abstract class SystemMessage
{
    private protected SystemMessage()
    {
    }
}

/// <summary>Asks a process to tell the watcher once when it ends.</summary>
/// <param name="watcher">Who is told. It may be a future with a request id.</param>
public sealed class Watch(PID watcher) : SystemMessage
{
    /// <summary>Who is told.</summary>
    public PID Watcher { get; } = watcher ?? throw new ArgumentNullException(nameof(watcher));

    /// <summary>A form for people.</summary>
    public override string ToString() => $"Watch by {Watcher}";
}

/// <summary>Takes a <see cref="Watch"/> back.</summary>
/// <param name="watcher">Who need not be told any more.</param>
public sealed class Unwatch(PID watcher) : SystemMessage
{
    /// <summary>Who need not be told any more.</summary>
    public PID Watcher { get; } = watcher ?? throw new ArgumentNullException(nameof(watcher));

    /// <summary>A form for people.</summary>
    public override string ToString() => $"Unwatch by {Watcher}";
}

/// <summary>Tells a watcher that a process ended. An actor receives it as a message, exactly once per watch.</summary>
/// <param name="who">The process that ended.</param>
/// <param name="why">Why.</param>
public sealed class Terminated(PID who, TerminatedReason why) : SystemMessage
{
    /// <summary>The process that ended.</summary>
    public PID Who { get; } = who ?? throw new ArgumentNullException(nameof(who));

    /// <summary>Why it ended.</summary>
    public TerminatedReason Why { get; } = why;

    /// <summary>A form for people.</summary>
    public override string ToString() => $"Terminated {Who} ({Why})";
}

/// <summary>Why a watched process is gone. The numbers travel on the wire.</summary>
public enum TerminatedReason
{
    /// <summary>It stopped.</summary>
    Stopped = 0,

    /// <summary>The node it lived on was lost.</summary>
    AddressTerminated = 1,

    /// <summary>There was no such process.</summary>
    NotFound = 2,
}

/// <summary>Stops a process after the message it is working on; what is queued becomes dead letters.</summary>
public sealed class Stop : SystemMessage
{
    private Stop()
    {
    }

    /// <summary>The only instance.</summary>
    public static Stop Instance { get; } = new();
}
