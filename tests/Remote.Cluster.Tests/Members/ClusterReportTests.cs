using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto;
using Proto.Cluster;
using Proto.Cluster.Identity;
using Proto.Cluster.Partition;
using Proto.Cluster.PartitionActivator;
using Proto.Cluster.Seed;
using Proto.Remote;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>What a node tells of its cluster, by what Proto.Cluster publishes and marks, without a reference to it (decision page 0033).</summary>
[Trait("Behaviour", "O-04")]
public sealed class ClusterReportTests : DisposedAfterTest
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(ClusternodeReflection.Descriptor));

    public override async ValueTask DisposeAsync() => await _system.ShutdownAsync();

    [Theory]
    [InlineData("activator", "PartitionActivatorLookup")]
    [InlineData("identity", "PartitionIdentityLookup")]
    public async Task Member_TellsWhatItIsInAndWhatRunsOnIt(string lookup, string type)
    {
        _system.WithCluster(Config(lookup == "identity" ? new PartitionIdentityLookup() : new PartitionActivatorLookup()));
        await _system.Cluster().StartMemberAsync().WaitAsync(Ceiling);
        using var late = new CancellationTokenSource(Ceiling);
        await _system.Cluster().RequestAsync<Counted>("ada", CounterActor.Kind, new Ask(), late.Token);

        var cluster = await AdminCalls.GetClusterAsync(_system.Address, CounterActor.Kind, "ada", "bob", "ada");

        Assert.Equal(("shop", "SeedNodeClusterProvider", type), (cluster.Name, cluster.Provider, cluster.Lookup));
        Assert.Equal((_system.Address, _system.Id, false, true), (cluster.Address, cluster.SystemId, cluster.IsClient, cluster.IsMember));
        var self = Assert.Single(cluster.Members);
        Assert.Equal((_system.Address, _system.Id, true, false), (self.Address, self.SystemId, self.Self, self.Blocked));
        Assert.Contains(CounterActor.Kind, self.Kinds);
        Assert.Equal(["ada", "bob"], cluster.Identities.Select(identity => identity.Identity));
        var activation = Assert.Single(cluster.Identities[0].Activations);
        var runs = await _system.Cluster().GetAsync(ClusterIdentity.Create("ada", CounterActor.Kind), late.Token);
        Assert.Equal((runs!.Address, runs.Id, _system.Id), (activation.Address, activation.Id, activation.SystemId));
        Assert.Empty(cluster.Identities[1].Activations);
        Assert.All(cluster.Identities, identity => Assert.Empty(identity.Unanswered));
        Assert.Empty(Assert.Single((await AdminCalls.GetClusterAsync(_system.Address, "another kind", "ada")).Identities).Activations);
    }

    [Fact]
    public async Task Client_SaysThatItIsOne_AndIsReadyWithoutBeingAMember()
    {
        _system.WithCluster(ClusterConfig.Setup("shop", new NoMembers(), new PartitionActivatorLookup()));
        await _system.Cluster().StartClientAsync().WaitAsync(Ceiling);

        var cluster = await AdminCalls.GetClusterAsync(_system.Address);

        Assert.Equal((true, false), (cluster.IsClient, cluster.IsMember));
        await using var services = new ServiceCollection().AddLogging().AddSingleton(_system).AddHealthChecks().AddRemote().Services.BuildServiceProvider();
        var health = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync().WaitAsync(Ceiling);
        Assert.Equal(HealthStatus.Healthy, health.Entries["remote-ready"].Status);
    }

    /// <summary>Topologies as Proto.Cluster publishes them, of members that this test makes up.</summary>
    [Fact]
    public async Task Topologies_MembersComeAndGo()
    {
        _system.WithCluster(Config(new PartitionActivatorLookup()));
        await _system.Remote().StartAsync().WaitAsync(Ceiling);
        Assert.Empty((await AdminCalls.GetClusterAsync(_system.Address)).Members);

        Publish(Member("b", 2, "topic", "customer"), Member("a", 1));
        var first = await AdminCalls.GetClusterAsync(_system.Address);
        Publish(Member("a", 1), Member("c", 3));
        var second = await AdminCalls.GetClusterAsync(_system.Address);

        Assert.Equal(["10.9.9.9:1", "10.9.9.9:2"], first.Members.Select(member => member.Address));
        Assert.Equal(["customer", "topic"], first.Members[1].Kinds);
        Assert.Equal((false, false), (first.IsMember, first.Members[0].Self));
        Assert.Equal(["a", "c"], second.Members.Select(member => member.SystemId));
        Assert.Equal(first.Members[0].Since, second.Members[0].Since);
        var gone = Assert.Single(second.Former);
        Assert.Equal(("b", first.Members[1].Since, true), (gone.SystemId, gone.Since, gone.Until is not null));

        for (var life = 0; life < 30; life++)
        {
            Publish(Member($"life-{life}", 4));
        }

        _system.ReliableRemote().PeerBlockList.BlockSystem("life-29");
        var last = await AdminCalls.GetClusterAsync(_system.Address);
        Assert.True(Assert.Single(last.Members).Blocked);
        Assert.Equal(["life-28", "life-27"], last.Former.Take(2).Select(member => member.SystemId));
        Assert.Equal(20, last.Former.Count);
    }

    [Fact]
    public async Task Requests_ThatCannotBe_AreRefused()
    {
        await _system.Remote().StartAsync().WaitAsync(Ceiling);
        string[] many = [.. Enumerable.Range(0, 101).Select(Questions.Identity)];

        Assert.Equal(StatusCode.FailedPrecondition, await FailsAsync(AdminCalls.GetClusterAsync(_system.Address)));
        Assert.Equal(StatusCode.InvalidArgument, await FailsAsync(AdminCalls.GetClusterAsync(_system.Address, CounterActor.Kind, many)));
        Assert.Equal(StatusCode.InvalidArgument, await FailsAsync(AdminCalls.GetClusterAsync(_system.Address, "", "ada")));
    }

    /// <summary>A member that has no such process, as one of an older version or of Proto.Remote: what runs there is not known.</summary>
    [Fact]
    public async Task Member_ThatDoesNotAnswer_IsNamed()
    {
        _system.WithCluster(Config(new PartitionActivatorLookup()));
        await _system.Remote().StartAsync().WaitAsync(Ceiling);
        await using var older = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await older.Remote().StartAsync().WaitAsync(Ceiling);
        var (host, port) = older.GetAddress();
        _system.EventStream.Publish(new ClusterTopology { Members = { new Proto.Cluster.Member { Id = older.Id, Host = host, Port = port } } });

        var cluster = await AdminCalls.GetClusterAsync(_system.Address, CounterActor.Kind, "ada");

        var silent = Assert.Single(Assert.Single(cluster.Identities).Unanswered);
        Assert.Equal(older.Address, silent.Address);
        Assert.Contains("older", silent.Reason, StringComparison.Ordinal);
        await older.ShutdownAsync();
    }

    /// <summary>Whoever is no member learns nothing by the process that members ask.</summary>
    [Fact]
    public async Task IdentityDesk_AnswersMembersOnly()
    {
        _system.WithCluster(Config(new PartitionActivatorLookup()));
        await _system.Cluster().StartMemberAsync().WaitAsync(Ceiling);
        await using var stranger = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await stranger.Remote().StartAsync();
        var desk = PID.FromAddress(_system.Address, "$remote-identities");
        var question = new ActorPidRequest { Kind = CounterActor.Kind, Name = "ada" };

        Assert.NotNull(await _system.Root.RequestAsync<ActorPidResponse>(desk, question, Ceiling));
        using var future = stranger.Root.GetFuture();
        stranger.Root.Request(desk, question, future.Pid);

        // Behind the question on the same stream, and answered by an actor that had it before.
        await stranger.Root.RequestAsync<Touched>(desk, new Touch(), Ceiling);
        Assert.False(future.Task.IsCompleted);
        await stranger.ShutdownAsync();
    }

    private static ClusterConfig Config(IIdentityLookup lookup) => ClusterConfig
        .Setup("shop", FixedServerSeedNode.StartSeedNode(), lookup)
        .WithClusterKind(CounterActor.Kind, Props.FromProducer(() => new CounterActor(new Announcer(TextWriter.Null))));

    private static Proto.Cluster.Member Member(string id, int port, params string[] kinds) => new() { Id = id, Host = "10.9.9.9", Port = port, Kinds = { kinds } };

    private static async Task<StatusCode> FailsAsync(Task call) => (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode;

    private void Publish(params Proto.Cluster.Member[] members) => _system.EventStream.Publish(new ClusterTopology { Members = { members } });

    /// <summary>Of a cluster that has no member yet; a client does not need one to start.</summary>
    private sealed class NoMembers : IClusterProvider
    {
        public Task StartMemberAsync(Proto.Cluster.Cluster cluster) => throw new NotSupportedException();

        public Task StartClientAsync(Proto.Cluster.Cluster cluster) => Task.CompletedTask;

        public Task ShutdownAsync(bool graceful) => Task.CompletedTask;
    }
}
