using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remote;

/// <summary>What was found of a node: by <see cref="LiveVerdict"/> whether it lives, by <see cref="ReadyVerdict"/> whether it is to get work.</summary>
/// <param name="Status">How it is.</param>
/// <param name="Description">One line for the log. Says what to look at, and nothing that a peer can choose but its address.</param>
/// <param name="Data">What it was judged by.</param>
internal sealed record HealthVerdict(HealthStatus Status, string Description, IReadOnlyDictionary<string, object> Data)
{
    /// <summary>As the application's health checks have it, which may want what is unhealthy to count as less.</summary>
    public HealthCheckResult ToResult(HealthCheckContext context) =>
        new(Status == HealthStatus.Unhealthy ? context.Registration.FailureStatus : Status, Description, data: Data);
}
