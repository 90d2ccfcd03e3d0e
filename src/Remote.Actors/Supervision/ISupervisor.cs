namespace Remote.Actors;

/// <summary>What a supervisor strategy can do: the parent of the failed actor, or the guardian of root actors.</summary>
public interface ISupervisor
{
    /// <summary>The system, for its clock and its random source.</summary>
    ActorSystem ActorSystem { get; }

    /// <summary>All children, the failed one included.</summary>
    IReadOnlyCollection<PID> Children { get; }

    /// <summary>Lets children go on with their next message.</summary>
    /// <param name="children">The children.</param>
    void ResumeChildren(params IEnumerable<PID> children);

    /// <summary>Replaces the instances of children by new ones. Mailbox, PID and watchers stay; their own children stop.</summary>
    /// <param name="reason">The failure that led to it.</param>
    /// <param name="children">The children.</param>
    void RestartChildren(Exception reason, params IEnumerable<PID> children);

    /// <summary>Stops children.</summary>
    /// <param name="children">The children.</param>
    void StopChildren(params IEnumerable<PID> children);

    /// <summary>Fails in place of the child: the supervisor's own supervisor decides. A guardian, who has none, stops the child.</summary>
    /// <param name="child">The child that failed.</param>
    /// <param name="reason">Its failure.</param>
    /// <param name="message">The message it failed on, if any.</param>
    void Escalate(PID child, Exception reason, object? message);
}
