using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto;

namespace Remote;

/// <summary>Looks whether a node is to get work.</summary>
/// <param name="remote">The node.</param>
/// <param name="isMember">What the application says of its membership; <see langword="null"/> to ask what the node knows of its cluster.</param>
internal sealed class ReadyCheck(ReliableRemote remote, Func<ActorSystem, bool>? isMember) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(ReadyVerdict.Of(Look()).ToResult(context));

    private ReadySnapshot Look()
    {
        var life = remote.Life;
        if (life.IsOver || life.Parts is not { } parts)
        {
            return new ReadySnapshot(life.IsOver ? NodePhase.Over : NodePhase.BeforeStart);
        }

        return new ReadySnapshot(NodePhase.Running)
        {
            IsListening = life.IsListening,
            IsMember = isMember is null ? life.Cluster.View.IsMember : isMember(remote.System),
            Peers = [.. parts.Table.All.Select(endpoint => ConditionOf(endpoint, parts.Context.Time))],
        };
    }

    private static PeerCondition ConditionOf(Endpoint endpoint, TimeProvider time)
    {
        if (endpoint.State == EndpointState.Closed)
        {
            return new PeerCondition(endpoint.Address, EndpointState.Closed)
            {
                ClosedBecause = endpoint.MovedTo is null ? endpoint.ClosedBecause : EndpointTerminatedReason.Merged,
                ClosedFor = time.GetElapsedTime(endpoint.Record.ClosedAt),
            };
        }

        var statistics = endpoint.Snapshot();
        return new PeerCondition(endpoint.Address, statistics.State)
        {
            Level = statistics.Level,
            Waiting = statistics.QueueLength,
            Capacity = statistics.QueueCapacity,
            HasFailed = statistics.LastError is not null,
        };
    }
}
