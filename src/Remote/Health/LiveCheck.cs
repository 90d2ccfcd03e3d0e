using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remote;

/// <summary>
/// Looks whether the loops of a node turn. It asks those that watch already and waits for nothing: an answer that needed a thread of the pool, or a
/// timer to stop waiting for one, would not come when it is most needed.
/// </summary>
internal sealed class LiveCheck(ReliableRemote remote) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(LiveVerdict.Of(Look()).ToResult(context));

    // A node that has not started, or is over, has no timers of its own: that it does not listen is what the other check says.
    private LiveSnapshot Look()
    {
        // In this order: a shutdown stops the listener after it has said that it begins.
        var hasLostListener = !remote.Life.IsListening;
        var runs = remote.Started;
        return new LiveSnapshot(ThreadPoolGuard.Delay, runs ? remote.Standstill.SinceTick : TimeSpan.Zero, remote.Options.Heartbeat.Timeout)
        {
            HasLostListener = hasLostListener && runs,
        };
    }
}
