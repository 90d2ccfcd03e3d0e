using Proto.Cluster.Identity;
using Proto.Cluster.Partition;
using Proto.Cluster.PartitionActivator;

namespace Remote.ClusterNode;

/// <summary>Where the activation of an identity is found.</summary>
internal static class Lookups
{
    public static IIdentityLookup Create(MemberPlan plan) => plan.Lookup switch
    {
        MemberPlan.PartitionActivator => new PartitionActivatorLookup(),
        MemberPlan.PartitionIdentity => new PartitionIdentityLookup(),
        _ => throw new FormatException($"'{plan.Lookup}' is no lookup that this program knows."),
    };
}
