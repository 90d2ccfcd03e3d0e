using Proto.Cluster;
using Proto.Cluster.Seed;
using Remote.Cluster.Etcd;

namespace Remote.ClusterNode;

/// <summary>How members find each other.</summary>
internal static class Providers
{
    public static IClusterProvider Create(MemberPlan plan) => plan.Provider switch
    {
        MemberPlan.SeedNodes => SeedNodeClusterProvider.JoinWithDiscovery(new FixedSeeds(plan.Seeds, plan.Address)),
        MemberPlan.Etcd => new EtcdClusterProvider(EtcdOptions(plan)),
        _ => throw new FormatException($"'{plan.Provider}' is no provider that this program knows."),
    };

    /// <summary>A member that has died is missed by its lease as soon as by its heartbeat.</summary>
    private static EtcdClusterOptions EtcdOptions(MemberPlan plan)
    {
        var options = new EtcdClusterOptions { LeaseTimeToLive = TimeSpan.FromSeconds(5), CallTimeout = TimeSpan.FromSeconds(2) };
        foreach (var endpoint in plan.EtcdEndpoints)
        {
            options.Endpoints.Add(endpoint);
        }

        return options;
    }
}
