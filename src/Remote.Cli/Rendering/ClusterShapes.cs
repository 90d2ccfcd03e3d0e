using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>A cluster in the shape that <c>--json</c> writes (docs/tool.md): fields are added, never renamed.</summary>
internal static class ClusterShapes
{
    public static object Of(string address, Wire.GetClusterResponse answer, IEnumerable<Wire.ClusterMemberInfo> members) => new
    {
        address,
        nodeAddress = answer.Address,
        answer.SystemId,
        answer.Name,
        answer.Provider,
        answer.Lookup,
        answer.IsClient,
        answer.IsMember,
        members = members.Select(Of),
        former = answer.Former.Select(Of),
        identities = answer.Identities.Select(Of),
    };

    private static object Of(Wire.ClusterMemberInfo member) => new
    {
        member.Address,
        member.SystemId,
        member.Kinds,
        member.Self,
        member.Blocked,
        Since = NodeShapes.Time(member.Since),
        Until = NodeShapes.Time(member.Until),
        Connection = ClusterTables.ConnectionOf(member),
    };

    private static object Of(Wire.IdentityInfo identity) => new
    {
        identity.Kind,
        identity.Identity,
        Activations = identity.Activations.Select(static one => new { one.Address, one.Id, one.SystemId }),
        Unanswered = identity.Unanswered.Select(static one => new { one.Address, one.Reason }),
    };
}
