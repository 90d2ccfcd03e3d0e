using Proto.Cluster;
using Proto.Cluster.Seed;

namespace Remote.ClusterNode;

/// <summary>How members find each other.</summary>
internal static class Providers
{
    public static IClusterProvider Create(MemberPlan plan) => plan.Provider switch
    {
        MemberPlan.SeedNodes => SeedNodeClusterProvider.JoinWithDiscovery(new FixedSeeds(plan.Seeds, plan.Address)),
        _ => throw new FormatException($"'{plan.Provider}' is no provider that this program knows."),
    };
}
