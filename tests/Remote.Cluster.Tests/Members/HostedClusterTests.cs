using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Proto;
using Proto.Cluster;
using Proto.Cluster.PartitionActivator;
using Proto.Cluster.Seed;
using Proto.Remote;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>
/// Applications with a host: <c>AddProtoCluster</c>, and one call of ours behind it. Alone, because Proto.Cluster makes the log of its host that of the
/// process, and leaves it there when the host is gone.
/// </summary>
[Collection(nameof(HostedClusterTests))]
[CollectionDefinition(nameof(HostedClusterTests), DisableParallelization = true)]
[Trait("Behaviour", "K-01")]
public sealed class HostedClusterTests : IDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    public void Dispose() => Log.SetLoggerFactory(NullLoggerFactory.Instance);

    [Fact]
    public async Task AddClusterRemote_BehindAddProtoCluster_RunsTheClusterOnOurs()
    {
        using var first = Make(FixedServerSeedNode.StartSeedNode());
        await first.StartAsync();
        var (host, port) = first.Services.GetRequiredService<ActorSystem>().GetAddress();
        using var second = Make(FixedServerSeedNode.JoinSeedNode(host, port), options => options.Endpoint.QueueCapacity = 1234);
        await second.StartAsync();
        var system = second.Services.GetRequiredService<ActorSystem>();
        await SeeAsync(2, first, second);

        // The same object by every way, with the serializers that the cluster and the application have registered.
        var remote = system.ReliableRemote();
        Assert.Same(remote, second.Services.GetRequiredService<IRemote>());
        Assert.Same(remote, second.Services.GetRequiredService<ReliableRemote>());
        Assert.Same(remote, system.Cluster().Remote);
        Assert.Same(remote.Config.Serialization, system.Serialization());
        foreach (var number in Enumerable.Range(0, 20))
        {
            using var late = new CancellationTokenSource(Ceiling);
            Assert.NotNull(await system.Cluster().RequestAsync<Counted>(Questions.Identity(number), CounterActor.Kind, new Ask(), late.Token));
        }

        Assert.Equal(1234, Assert.Single(remote.GetEndpoints()).QueueCapacity);

        // It leaves with its application; nobody has to wait for its heartbeat, which is off.
        await second.StopAsync();
        await SeeAsync(1, first);
        await first.StopAsync();
    }

    /// <summary>A node listens before it has joined, and gets work when it has. Nobody has to say how to ask the cluster.</summary>
    [Fact]
    [Trait("Behaviour", "O-02")]
    public async Task HealthChecks_OfAMember_AreReadyWhenItHasJoined()
    {
        using var host = Make(
            FixedServerSeedNode.StartSeedNode(),
            services: services => services.AddHealthChecks().AddRemote());
        var system = host.Services.GetRequiredService<ActorSystem>();
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy), await AskAsync());
        await system.Remote().StartAsync().WaitAsync(Ceiling);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy), await AskAsync());

        await host.StartAsync().WaitAsync(Ceiling);
        await SeeAsync(1, host);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await AskAsync());

        await host.StopAsync().WaitAsync(Ceiling);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy), await AskAsync());

        async Task<(HealthStatus Live, HealthStatus Ready)> AskAsync()
        {
            var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().WaitAsync(Ceiling);
            return (report.Entries["remote-live"].Status, report.Entries["remote-ready"].Status);
        }
    }

    [Fact]
    public void AddClusterRemote_WithoutACluster_SaysWhatComesFirst()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddClusterRemote());

        Assert.Contains("AddProtoCluster", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddClusterRemote_OnASystemWithoutRemoting_SaysWhatToUse()
    {
        await using var services = new ServiceCollection().AddSingleton(_ => new ActorSystem()).AddClusterRemote().BuildServiceProvider();

        var refused = Assert.Throws<InvalidOperationException>(services.GetRequiredService<ActorSystem>);

        Assert.Contains("AddRemote", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>What an application has already that called <c>WithRemote</c> of ours itself.</summary>
    [Fact]
    public async Task AddClusterRemote_OnASystemWithOurs_LeavesItAlone()
    {
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await using var services = new ServiceCollection().AddSingleton(system).AddClusterRemote().BuildServiceProvider();

        Assert.Same(system.ReliableRemote(), services.GetRequiredService<ReliableRemote>());
    }

    private static IHost Make(IClusterProvider provider, Action<RemoteOptions>? options = null, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.ClearProviders());
        builder.Services.AddProtoCluster(
            "hosted",
            "127.0.0.1",
            configureRemote: config => config.WithProtoMessages(ClusternodeReflection.Descriptor),
            configureCluster: config => config
                .WithGossipInterval(TimeSpan.FromMilliseconds(100))
                .WithClusterKind(CounterActor.Kind, Props.FromProducer(() => new CounterActor(new Announcer(TextWriter.Null)))),
            clusterProvider: provider,
            identityLookup: new PartitionActivatorLookup());
        builder.Services.AddClusterRemote(options);
        services?.Invoke(builder.Services);
        return builder.Build();
    }

    private static async Task SeeAsync(int count, params IHost[] hosts)
    {
        using var late = new CancellationTokenSource(Ceiling);
        while (!Array.TrueForAll(hosts, host => host.Services.GetRequiredService<ActorSystem>().Cluster().MemberList.GetMembers().Count == count))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), late.Token);
        }
    }
}
