using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto;

namespace Remote;

/// <summary>Puts what a node knows of its health among the health checks of its application.</summary>
public static class RemoteHealthExtensions
{
    /// <summary>
    /// Adds two checks of the application's node. <c>remote-live</c> with the tag <c>live</c>: its loops turn and the thread pool is not starved; unhealthy
    /// when they stand still for <see cref="HeartbeatOptions.Timeout"/> or its listener has ended by itself, degraded from 2 s on. <c>remote-ready</c> with the
    /// tag <c>ready</c>: it has started, listens and does not shut down, and is a member of its cluster; degraded while a peer is throttled, out of reach, or was
    /// closed by an error in the last minute. Peers never make it unhealthy.
    /// </summary>
    /// <remarks>
    /// Neither check waits for anything, and both may run at any time and on any thread. The data of <c>remote-ready</c> has a few words for each peer, by its
    /// address, at most 100, those that are unwell first, and under <c>peers left out</c> the number of the others.
    /// </remarks>
    /// <param name="builder">What <c>AddHealthChecks</c> returned, or <c>AddGrpcHealthChecks</c>.</param>
    /// <param name="isMember">
    /// Whether the cluster has the node as a member, in the place of what the node knows of it. Asked while the node runs, by each check of
    /// <c>remote-ready</c>. What it throws makes that check fail. Default: a node whose actor system has a cluster (Proto.Cluster) is a member when the
    /// cluster has said so; a client of a cluster, and a node without one, are not asked.
    /// </param>
    /// <returns>The same builder.</returns>
    /// <example>
    /// <code>
    /// services.AddHealthChecks().AddRemote();
    /// app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
    /// app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
    /// </code>
    /// </example>
    public static IHealthChecksBuilder AddRemote(this IHealthChecksBuilder builder, Func<ActorSystem, bool>? isMember = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder
            .Add(new HealthCheckRegistration("remote-live", static provider => new LiveCheck(NodeOf(provider)), failureStatus: null, tags: ["live"]))
            .Add(new HealthCheckRegistration("remote-ready", provider => new ReadyCheck(NodeOf(provider), isMember), failureStatus: null, tags: ["ready"]));
    }

    // An application may have made its node itself (WithRemote) and have only the actor system among its services.
    private static ReliableRemote NodeOf(IServiceProvider provider) =>
        provider.GetService<ReliableRemote>() ?? provider.GetRequiredService<ActorSystem>().ReliableRemote();
}
