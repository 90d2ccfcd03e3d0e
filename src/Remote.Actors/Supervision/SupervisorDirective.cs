namespace Remote.Actors;

/// <summary>What happens to an actor that failed.</summary>
public enum SupervisorDirective
{
    /// <summary>It goes on with the next message.</summary>
    Resume,

    /// <summary>It gets a new instance and goes on.</summary>
    Restart,

    /// <summary>It stops.</summary>
    Stop,

    /// <summary>Its supervisor fails too and leaves the decision to its own supervisor.</summary>
    Escalate,
}

/// <summary>Decides what happens to an actor that failed. May be called by several threads at once for root actors.</summary>
/// <param name="pid">The actor.</param>
/// <param name="reason">What it threw.</param>
public delegate SupervisorDirective Decider(PID pid, Exception reason);
