namespace Remote.Actors;

/// <summary>Restarts the child that failed after a delay that doubles with each failure. A child that has not failed for a while begins anew.</summary>
public sealed class ExponentialBackoffStrategy : SupervisorStrategy
{
    /// <summary>The default of the longest delay: 30 seconds.</summary>
    public static readonly TimeSpan DefaultMaxDelay = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _window;
    private readonly TimeSpan _initialDelay;
    private readonly TimeSpan _maxDelay;
    private readonly double _jitter;

    /// <summary>Creates the strategy.</summary>
    /// <param name="window">Failures further apart than this do not add up; more than zero.</param>
    /// <param name="initialDelay">The delay after the first failure; more than zero.</param>
    /// <param name="maxDelay">The longest delay, before jitter; null for 30 s.</param>
    /// <param name="jitter">The part of the delay that is random, 0 to 1: 0.1 is up to 10 % more or less. Keeps children that failed together from coming back together.</param>
    public ExponentialBackoffStrategy(TimeSpan window, TimeSpan initialDelay, TimeSpan? maxDelay = null, double jitter = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(initialDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(jitter);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(jitter, 1);
        _window = window;
        _initialDelay = initialDelay;
        _maxDelay = maxDelay ?? DefaultMaxDelay;
        _jitter = jitter;
        ArgumentOutOfRangeException.ThrowIfLessThan(_maxDelay, initialDelay, nameof(maxDelay));
    }

    /// <inheritdoc/>
    public override void HandleFailure(ISupervisor supervisor, PID child, RestartStatistics statistics, Exception reason, object? message)
    {
        ArgumentNullException.ThrowIfNull(supervisor);
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(reason);
        if (statistics.TimeSinceLastFailure > _window)
        {
            statistics.Reset();
        }

        statistics.Fail();
        var delay = Delay(statistics.FailureCount, supervisor.ActorSystem.CreateRandom());
        Log(supervisor, child, SupervisorDirective.Restart, reason);
        _ = RestartLaterAsync(supervisor, child, reason, delay);
    }

    /// <summary>The delay after the n-th failure in a row.</summary>
    internal TimeSpan Delay(int failures, Random random)
    {
        // 2^62 ticks are 14 thousand years: beyond any cap, and still no overflow.
        var doubled = _initialDelay.Ticks * Math.Pow(2, Math.Min(failures - 1, 62));
        var capped = Math.Min(doubled, _maxDelay.Ticks);
        return TimeSpan.FromTicks((long)(capped * (1 + (_jitter * ((2 * random.NextDouble()) - 1)))));
    }

    private static async Task RestartLaterAsync(ISupervisor supervisor, PID child, Exception reason, TimeSpan delay)
    {
        var actorSystem = supervisor.ActorSystem;
        await Task.Delay(delay, actorSystem.TimeProvider, actorSystem.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!actorSystem.Stopping.IsCancellationRequested)
        {
            supervisor.RestartChildren(reason, child);
        }
    }
}
