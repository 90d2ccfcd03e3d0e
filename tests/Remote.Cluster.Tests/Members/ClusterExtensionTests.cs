using Proto;
using Proto.Cluster;
using Proto.Cluster.PartitionActivator;
using Proto.Cluster.Seed;
using Proto.Remote;

namespace Remote.Cluster.Tests;

/// <summary>Remote does not refer to Proto.Cluster. It knows by the name of an extension that a node is in a cluster (decision page 0032).</summary>
[Trait("Behaviour", "K-01")]
public sealed class ClusterExtensionTests
{
    [Fact]
    public async Task Cluster_IsAnExtensionByTheNameThatRemoteLooksFor()
    {
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        Assert.DoesNotContain(system.Extensions.GetAll(), static extension => extension?.GetType().FullName == "Proto.Cluster.Cluster");

        system.WithCluster(ClusterConfig.Setup("shop", FixedServerSeedNode.StartSeedNode(), new PartitionActivatorLookup()));

        Assert.Contains(system.Extensions.GetAll(), static extension => extension?.GetType().FullName == "Proto.Cluster.Cluster");
    }
}
