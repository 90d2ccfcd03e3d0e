namespace Remote.Actors;

/// <summary>Restarts the child that failed, at once and however often.</summary>
public sealed class AlwaysRestartStrategy : SupervisorStrategy
{
    /// <inheritdoc/>
    public override void HandleFailure(ISupervisor supervisor, PID child, RestartStatistics statistics, Exception reason, object? message)
    {
        ArgumentNullException.ThrowIfNull(supervisor);
        ArgumentNullException.ThrowIfNull(reason);
        Log(supervisor, child, SupervisorDirective.Restart, reason);
        supervisor.RestartChildren(reason, child);
    }
}
