using Proto;
using Proto.Cluster;
using Proto.Cluster.PartitionActivator;
using Proto.Remote;
using Remote.Cluster.Etcd;
using ProtoCluster = Proto.Cluster.Cluster;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>The provider in real clusters of Proto.Cluster, on Remote.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class ProviderTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task MembersAndClient_FormACluster_AndALeaverIsGone()
    {
        var first = Make("real");
        var second = Make("real");
        var client = Make("real");
        await Task.WhenAll(first.StartMemberAsync(), second.StartMemberAsync()).WaitAsync(Ceiling);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        first.System.EventStream.Subscribe<ClusterTopology>(topology =>
        {
            if (topology.Left.Any(member => member.Id == second.System.Id))
            {
                left.TrySetResult();
            }
        });

        await client.StartClientAsync().WaitAsync(Ceiling);

        Assert.Equal(2, client.MemberList.GetAllMembers().Length);
        Assert.False(client.MemberList.ContainsMemberId(client.System.Id));
        Assert.Equal("echo", (await client.RequestAsync<Text>("someone", "echo", new Text(), new CancellationTokenSource(Ceiling).Token)).Value);
        await second.ShutdownAsync().WaitAsync(Ceiling);
        await left.Task.WaitAsync(Ceiling);
        Assert.Equal(first.System.Id, Assert.Single(first.MemberList.GetAllMembers()).Id);
        Assert.NotEmpty(await first.Config.ClusterProvider.GetDiagnostics());
        await Task.WhenAll(first.ShutdownAsync(), client.ShutdownAsync()).WaitAsync(Ceiling);
        Assert.Empty(await etcd.Access.ListAsync("real"));
    }

    [Fact]
    public async Task MemberWhosePlaceIsTaken_ShutsItsClusterDown()
    {
        var member = Make("taken");
        await member.StartMemberAsync().WaitAsync(Ceiling);
        var self = member.MemberList.Self;

        await etcd.Access.PutAsync("taken", new MemberRecord("another", self.Host, self.Port, []));

        await member.ShutdownCompleted.WaitAsync(Ceiling);
        Assert.Contains("another", Assert.Single(await etcd.Access.ListAsync("taken")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SystemThatIsShutDownWithoutItsCluster_IsNoMemberAnyMore()
    {
        var member = Make("system");
        await member.StartMemberAsync().WaitAsync(Ceiling);
        await using var watcher = new TestMember("system", "w", etcd.Endpoints);
        await watcher.StartAsync();

        await member.System.ShutdownAsync().WaitAsync(Ceiling);

        await watcher.SeesAsync("w");
        await member.Config.ClusterProvider.ShutdownAsync(graceful: true).WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Options_ThatAreWrong_FailTheStartAndNameEveryFault()
    {
        var cluster = Make("wrong", options =>
        {
            options.Endpoints.Add("localhost:2379");
            options.LeaseTimeToLive = TimeSpan.Zero;
        });

        var exception = await Assert.ThrowsAsync<EtcdClusterException>(cluster.StartMemberAsync);

        Assert.Equal(EtcdFailure.InvalidOptions, exception.Failure);
        Assert.Contains("Endpoints[1]", exception.Message, StringComparison.Ordinal);
        Assert.Contains("LeaseTimeToLive", exception.Message, StringComparison.Ordinal);
        await cluster.ShutdownAsync(graceful: false).WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Member_WithoutAnAddress_IsToldToBeAClient()
    {
        var system = new ActorSystem()
            .WithClientRemote(RemoteConfig.BindToLocalhost())
            .WithCluster(ClusterConfig.Setup("addressless", new EtcdClusterProvider(Options()), new PartitionActivatorLookup()));

        var exception = await Assert.ThrowsAsync<EtcdClusterException>(system.Cluster().StartMemberAsync);

        Assert.Contains("StartClientAsync", exception.Message, StringComparison.Ordinal);
        await system.Cluster().ShutdownAsync(graceful: false).WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Provider_StartedTwice_SaysThatItServesOneCluster()
    {
        var member = Make("twice");
        await member.StartMemberAsync().WaitAsync(Ceiling);

        await Assert.ThrowsAsync<InvalidOperationException>(() => member.Config.ClusterProvider.StartClientAsync(member));

        await member.ShutdownAsync().WaitAsync(Ceiling);
    }

    private ProtoCluster Make(string name, Action<EtcdClusterOptions>? change = null)
    {
        var options = Options();
        change?.Invoke(options);
        var echo = new ClusterKind("echo", Props.FromFunc(context =>
        {
            if (context.Message is Text)
            {
                context.Respond(new Text { Value = "echo" });
            }

            return Task.CompletedTask;
        }));
        var system = new ActorSystem()
            .WithRemote(RemoteConfig.BindToLocalhost())
            .WithCluster(ClusterConfig.Setup(name, new EtcdClusterProvider(options), new PartitionActivatorLookup()).WithClusterKind(echo));
        return system.Cluster();
    }

    private EtcdClusterOptions Options() => new() { LeaseTimeToLive = TimeSpan.FromMinutes(1), Endpoints = { etcd.Server.Endpoint } };

    /// <summary>Travels as JSON.</summary>
    private sealed class Text
    {
        public string Value { get; set; } = "";
    }
}
