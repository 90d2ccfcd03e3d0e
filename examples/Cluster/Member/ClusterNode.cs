using System.Globalization;
using Proto;
using Proto.Cluster;
using Proto.Cluster.Identity;
using Proto.Cluster.PartitionActivator;
using Proto.Cluster.Seed;
using Proto.Remote;
using Remote;
using Remote.Cluster.Etcd;
using Remote.Cluster.Redis;

namespace OrderCluster;

/// <summary>
/// A node of the cluster, set up as the documentation of Proto.Actor does it; what is Remote's is the line <c>using Remote;</c> and the choice of the two
/// engines.
/// </summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    private const string Name = "orders";

    private readonly ActorSystem _system;
    private readonly RedisIdentityStorage? _redis;

    private ClusterNode(MemberPlan plan, ClusterKind? kind)
    {
        _system = new ActorSystem();
        _redis = plan.Redis is { } redis
            ? new RedisIdentityStorage(
                redis, new RedisIdentityOptions { KeyPrefix = Name, SettlingTime = TimeSpan.Zero }, new RedisIdentityHooks { ActorSystem = _system })
            : null;

        // Shorter than the defaults, so that nobody has to wait long for the end of the story.
        var config = ClusterConfig.Setup(Name, Provider(plan), Lookup())
            .WithGossipInterval(TimeSpan.FromMilliseconds(200))
            .WithHeartbeatExpiration(TimeSpan.FromSeconds(5))
            .WithActorRequestTimeout(TimeSpan.FromSeconds(1));
        _system
            .WithRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(OrdersReflection.Descriptor))
            .WithCluster(kind is null ? config : config.WithClusterKinds(kind));
    }

    public Proto.Cluster.Cluster Cluster => _system.Cluster();

    public string Address => _system.Address;

    /// <summary>Joins the cluster.</summary>
    /// <param name="plan">Where the others are found.</param>
    /// <param name="kind">What may run here; nothing where it is left out.</param>
    public static async Task<ClusterNode> JoinAsync(MemberPlan plan, ClusterKind? kind = null)
    {
        var node = new ClusterNode(plan, kind);
        await node.Cluster.StartMemberAsync();
        return node;
    }

    /// <summary>Leaves the cluster in good order: what ran here is told elsewhere that it may run there.</summary>
    public async ValueTask DisposeAsync()
    {
        await Cluster.ShutdownAsync();
        _redis?.Dispose();
        await _system.DisposeAsync();
    }

    private static IClusterProvider Provider(MemberPlan plan)
    {
        if (plan.Etcd is { } etcd)
        {
            return new EtcdClusterProvider(new EtcdClusterOptions { Endpoints = { etcd }, LeaseTimeToLive = TimeSpan.FromSeconds(5), CallTimeout = TimeSpan.FromSeconds(2) });
        }

        if (plan.Seed is not { } seed)
        {
            return FixedServerSeedNode.StartSeedNode();
        }

        var colon = seed.LastIndexOf(':');
        return FixedServerSeedNode.JoinSeedNode(seed[..colon], int.Parse(seed.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }

    private IIdentityLookup Lookup() => _redis is null ? new PartitionActivatorLookup() : new IdentityStorageLookup(_redis);
}
