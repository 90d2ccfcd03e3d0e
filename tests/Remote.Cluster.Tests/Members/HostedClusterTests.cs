using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Proto;
using Proto.Cluster;
using Proto.Cluster.PartitionActivator;
using Proto.Cluster.Seed;
using Proto.Remote;
using Remote.ClusterNode;
using Remote.Testing;

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

    /// <summary>Options from configuration, read again when that changes; a service that is added before the cluster is told that it is too early.</summary>
    [Fact]
    [Trait("Behaviour", "O-01")]
    public async Task AddClusterRemote_WithASection_IsBoundAndReadAgain_AndAServiceBeforeItIsTold()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Endpoint:QueueCapacity"] = "1234", ["AdvertisedHost"] = "localhost" })
            .Build();
        var early = new Early();
        using var host = Make(
            FixedServerSeedNode.StartSeedNode(),
            services: services => services.AddClusterRemote(configuration),
            before: services => services.AddSingleton<IHostedService>(provider => early.With(provider)));

        await host.StartAsync().WaitAsync(Ceiling);

        var remote = host.Services.GetRequiredService<ReliableRemote>();
        Assert.StartsWith("localhost:", remote.Address, StringComparison.Ordinal);
        Assert.Equal((DeadLetterReason.NotStarted, RemoteError.NotRunning), (early.OfSend, early.OfSpawn));
        configuration["BlockList:Entries:0:Address"] = "10.0.0.7:4000";
        configuration.Reload();
        Assert.NotNull(remote.PeerBlockList.FindAddress("10.0.0.7:4000"));
        await host.StopAsync().WaitAsync(Ceiling);
    }

    [Fact]
    [Trait("Behaviour", "O-01")]
    public async Task AddClusterRemote_WithWrongConfiguration_SaysEveryFaultAtTheStart()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Port"] = "4000", ["Endpoint:QueCapacity"] = "1", ["MaxEndpoints"] = "0", ["AdvertisedPort"] = "70000" })
            .Build();
        using var host = Make(FixedServerSeedNode.StartSeedNode(), services: services => services.AddClusterRemote(configuration));

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().WaitAsync(Ceiling));

        Assert.Equal(
            [
                "Endpoint.QueCapacity is no option; did you mean Endpoint.QueueCapacity?",
                "MaxEndpoints is 0; it must be 1 to 1000000",
                "Port has no meaning here: host and port of a cluster are arguments of AddProtoCluster",
                "RemoteConfig.AdvertisedPort is 70000; it must be 0 to 65535",
            ],
            refused.Failures.Order(StringComparer.Ordinal));
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

    private static IHost Make(
        IClusterProvider provider,
        Action<RemoteOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<IServiceCollection>? before = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.ClearProviders());
        before?.Invoke(builder.Services);
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

    /// <summary>Sends and spawns when the application starts, before the cluster does.</summary>
    private sealed class Early : IHostedService
    {
        private IServiceProvider _services = null!;

        public DeadLetterReason? OfSend { get; private set; }

        public RemoteError? OfSpawn { get; private set; }

        public Early With(IServiceProvider services)
        {
            _services = services;
            return this;
        }

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            var system = _services.GetRequiredService<ActorSystem>();
            using var subscription = new EventProbe(system.EventStream);
            system.Root.Send(PID.FromAddress("127.0.0.1:1", "somebody"), new Ask());
            OfSend = Assert.Single(subscription.Of<RemoteDeadLetterEvent>()).Reason;
            var refused = await Assert.ThrowsAsync<RemoteException>(() => system.ReliableRemote().SpawnAsync("127.0.0.1:1", "kind", cancellationToken));
            OfSpawn = refused.Error;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
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
