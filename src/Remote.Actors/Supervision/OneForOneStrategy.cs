namespace Remote.Actors;

/// <summary>Deals with the child that failed and leaves the others alone.</summary>
public sealed class OneForOneStrategy : SupervisorStrategy
{
    private readonly Decider _decider;
    private readonly int _maxRestarts;
    private readonly TimeSpan _within;

    /// <summary>Creates the strategy.</summary>
    /// <param name="decider">What to do with a failure.</param>
    /// <param name="maxRestarts">How many restarts are allowed in the window; one more failure stops the child. 0 never restarts.</param>
    /// <param name="within">The window; null means for ever.</param>
    public OneForOneStrategy(Decider decider, int maxRestarts, TimeSpan? within)
    {
        ArgumentNullException.ThrowIfNull(decider);
        ArgumentOutOfRangeException.ThrowIfNegative(maxRestarts);
        _decider = decider;
        _maxRestarts = maxRestarts;
        _within = within ?? Timeout.InfiniteTimeSpan;
    }

    /// <inheritdoc/>
    public override void HandleFailure(ISupervisor supervisor, PID child, RestartStatistics statistics, Exception reason, object? message)
    {
        ArgumentNullException.ThrowIfNull(supervisor);
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(reason);
        var directive = Decide(_decider, child, reason, statistics, _maxRestarts, _within);
        Log(supervisor, child, directive, reason);
        switch (directive)
        {
            case SupervisorDirective.Resume:
                supervisor.ResumeChildren(child);
                break;
            case SupervisorDirective.Restart:
                supervisor.RestartChildren(reason, child);
                break;
            case SupervisorDirective.Stop:
                supervisor.StopChildren(child);
                break;
            default:
                supervisor.Escalate(child, reason, message);
                break;
        }
    }
}
