using Proto;
using Proto.Cluster.Identity;
using Proto.Cluster.Partition;
using Proto.Cluster.PartitionActivator;
using Remote.Cluster.Redis;

namespace Remote.ClusterNode;

/// <summary>Where the activation of an identity is found.</summary>
internal static class Lookups
{
    public static IIdentityLookup Create(MemberPlan plan, ActorSystem system) => plan.Lookup switch
    {
        MemberPlan.PartitionActivator => new PartitionActivatorLookup(),
        MemberPlan.PartitionIdentity => new PartitionIdentityLookup(),
        MemberPlan.Redis => new IdentityStorageLookup(Storage(plan, system)),
        _ => throw new FormatException($"'{plan.Lookup}' is no lookup that this program knows."),
    };

    // The Redis of a test has never been there before, and is not restarted: nobody has to settle.
    private static RedisIdentityStorage Storage(MemberPlan plan, ActorSystem system) => new(
        plan.RedisConfiguration,
        new RedisIdentityOptions { KeyPrefix = plan.ClusterName, SettlingTime = TimeSpan.Zero },
        new RedisIdentityHooks { ActorSystem = system });
}
