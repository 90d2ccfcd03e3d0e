namespace Remote.Actors;

/// <summary>Decides what happens when a child fails. One instance may serve many supervisors, so it keeps no state.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Restart the child that failed, at most 10 times in 10 seconds, then stop it.</summary>
    public static SupervisorStrategy Default { get; } =
        new OneForOneStrategy((_, _) => SupervisorDirective.Restart, maxRestarts: 10, within: TimeSpan.FromSeconds(10));

    /// <summary>Handles the failure of a child, which is suspended until it is resumed, restarted or stopped.</summary>
    /// <param name="supervisor">What can be done.</param>
    /// <param name="child">The child.</param>
    /// <param name="statistics">Its failures so far, without this one.</param>
    /// <param name="reason">What it threw.</param>
    /// <param name="message">The message it failed on, if any.</param>
    public abstract void HandleFailure(ISupervisor supervisor, PID child, RestartStatistics statistics, Exception reason, object? message);

    /// <summary>Applies a strategy; one that throws stops the child, which would otherwise stay suspended for ever.</summary>
    internal static void Apply(SupervisorStrategy strategy, ISupervisor supervisor, Failure failure)
    {
        try
        {
            strategy.HandleFailure(supervisor, failure.Child, failure.Statistics, failure.Reason, failure.Message);
        }
#pragma warning disable CA1031 // User code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            ActorLog.StrategyThrew(supervisor.ActorSystem.Logger, exception, failure.Child);
            supervisor.StopChildren(failure.Child);
        }
    }

    /// <summary>Asks the decider; a child that has used up its restarts is stopped.</summary>
    private protected static SupervisorDirective Decide(
        Decider decider, PID child, Exception reason, RestartStatistics statistics, int maxRestarts, TimeSpan within)
    {
        var directive = decider(child, reason);
        if (directive != SupervisorDirective.Restart)
        {
            return directive;
        }

        statistics.Fail();
        return statistics.FailuresWithin(within) <= maxRestarts ? SupervisorDirective.Restart : SupervisorDirective.Stop;
    }

    /// <summary>Notes the decision in the log.</summary>
    private protected static void Log(ISupervisor supervisor, PID child, SupervisorDirective directive, Exception reason) =>
        ActorLog.SupervisorDecided(supervisor.ActorSystem.Logger, child, directive, reason.Message);
}
