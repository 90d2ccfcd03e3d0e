using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>What is told of the cluster of a node: its members, and which of them run an identity.</summary>
internal sealed class ClusterReport(NodeParts parts, ClusterView view, IdentityDesk? desk)
{
    /// <summary>Identities in one call: each is asked of every member.</summary>
    public const int MaxIdentities = 100;

    /// <param name="request">What is asked for.</param>
    /// <param name="patience">How long a member may take to say what runs on it.</param>
    /// <param name="cancellationToken">The caller has gone.</param>
    /// <exception cref="RpcException">FAILED_PRECONDITION: there is no cluster. INVALID_ARGUMENT.</exception>
    public async Task<Wire.GetClusterResponse> GetAsync(Wire.GetClusterRequest request, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (request.Identities.Count > MaxIdentities || (request.Kind.Length == 0 && request.Identities.Count > 0))
        {
            throw CallFailure.Of(
                StatusCode.InvalidArgument, $"At most {MaxIdentities} identities are looked for in one call, all of the kind that the call names.");
        }

        if (view.Cluster is not { } cluster || desk is null)
        {
            throw CallFailure.Of(StatusCode.FailedPrecondition, "This node is in no cluster: its actor system had none when the node started.");
        }

        var system = parts.Context.ActorSystem;
        var response = new Wire.GetClusterResponse
        {
            Name = ProtoCluster.NameOf(cluster),
            Provider = ProtoCluster.ProviderOf(cluster),
            Lookup = ProtoCluster.LookupOf(cluster),
            Address = parts.Context.Address,
            SystemId = system.Id,
            IsClient = ProtoCluster.IsClient(cluster),
            IsMember = view.Find(system.Id) is not null,
        };
        response.Members.Add(view.Members.Select(Row));
        response.Former.Add(view.Former.Select(Row));
        string[] identities = [.. request.Identities.Distinct(StringComparer.Ordinal)];
        response.Identities.Add((await desk.FindAsync(request.Kind, identities, patience, cancellationToken).ConfigureAwait(false)).Select(Row));
        return response;
    }

    private Wire.ClusterMemberInfo Row(ClusterMember member)
    {
        var row = new Wire.ClusterMemberInfo
        {
            Address = member.Address,
            SystemId = member.SystemId,
            Self = member.SystemId == parts.Context.ActorSystem.Id,
            Blocked = parts.BlockList.IsBlocked(member.SystemId, member.Address),
            Since = member.Since.ToTimestamp(),
            Until = member.Until?.ToTimestamp(),
            Connection = parts.Table.Find(member.Address) is { } endpoint ? EndpointRow.StateOf(endpoint.State) : Wire.ConnectionState.Unspecified,
        };
        row.Kinds.Add(member.Kinds.Order(StringComparer.Ordinal));
        return row;
    }

    private static Wire.IdentityInfo Row(IdentityAnswer answer)
    {
        var row = new Wire.IdentityInfo { Kind = answer.Kind, Identity = answer.Identity };
        foreach (var member in answer.Members.OrderBy(static member => member.Address, StringComparer.Ordinal))
        {
            if (member.Activation is { } activation)
            {
                row.Activations.Add(new Wire.ActivationInfo { Address = member.Address, Id = activation.Id, SystemId = member.SystemId });
            }
            else if (member.Silence is { } why)
            {
                row.Unanswered.Add(new Wire.UnansweredMember { Address = member.Address, Reason = why });
            }
        }

        return row;
    }
}
