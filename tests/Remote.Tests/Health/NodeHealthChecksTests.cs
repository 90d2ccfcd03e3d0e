using System.Net;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What the checks find of nodes.</summary>
[Trait("Behaviour", "O-02")]
public sealed class NodeHealthChecksTests
{
    private const string Peer = "peer:8000";

    [Fact]
    public async Task BeforeTheStart_LivesAndIsNotReady()
    {
        await using var system = new ActorSystem();
        await using var health = new HealthAnswers(new ReliableRemote(system, RemoteConfig.BindToLocalhost()));

        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Unhealthy);
    }

    [Fact]
    public async Task FromTheStartToTheShutdown_IsReady_AndLivesOn()
    {
        var node = await TestNode.StartAsync();
        await using var health = new HealthAnswers(node.Remote);
        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Healthy);

        await node.DisposeAsync();

        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Unhealthy);
    }

    /// <summary>While it still writes what waits for its peers it is to get nothing new.</summary>
    [Fact]
    public async Task WhileItLeaves_IsNotReady()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, at: "node:8000");
        await using var peer = await TestNode.StartAsync(network: network, at: Peer);
        await using var health = new HealthAnswers(node.Remote);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        Assert.Equal("Connected", (await health.ReadyAsync()).Data[Peer]);
        HealthStatus? seen = null;
        node.ActorSystem.EventStream.Subscribe<EndpointTerminated>(_ => seen = health.ReadyAsync().GetAwaiter().GetResult().Status);

        await node.Remote.ShutdownAsync().Within("the shutdown");

        Assert.Equal(HealthStatus.Unhealthy, seen);
    }

    [Fact]
    public async Task NodeWithoutAListener_IsReady()
    {
        await using var node = await TestNode.StartClientAsync();
        await using var health = new HealthAnswers(node.Remote);

        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Healthy);
    }

    [Fact]
    public async Task TimersThatDoNotRun_AreFoundByTheClock()
    {
        var clock = new StandingClock();
        await using var node = await TestNode.StartAsync(options => options.Hooks.ProcessTime = clock);
        await using var health = new HealthAnswers(node.Remote);
        clock.StandStill(Standstill.Least);
        Assert.Equal(HealthStatus.Degraded, (await health.LiveAsync()).Status);

        clock.StandStill(node.Remote.Options.Heartbeat.Timeout - Standstill.Least);

        // That a cluster asks meanwhile is no sign of life.
        Assert.NotEqual(TimeSpan.Zero, node.Remote.Standstill.Recent());
        Assert.Equal(HealthStatus.Unhealthy, (await health.LiveAsync()).Status);
        clock.Tick();
        Assert.Equal(HealthStatus.Healthy, (await health.LiveAsync()).Status);
    }

    /// <summary>What counts as a failure is the application's to say.</summary>
    [Fact]
    public async Task FailureStatus_OfTheRegistration_IsKept()
    {
        await using var system = new ActorSystem();
        await using var services = new ServiceCollection().AddSingleton(new ReliableRemote(system, RemoteConfig.BindToLocalhost())).BuildServiceProvider();
        var checks = new Checks();
        checks.AddRemote();
        var ready = checks.Registrations.Single(check => check.Tags.Contains("ready"));
        ready.FailureStatus = HealthStatus.Degraded;

        var result = await ready.Factory(services).CheckHealthAsync(new HealthCheckContext { Registration = ready });

        Assert.Equal(HealthStatus.Degraded, result.Status);
    }

    /// <summary>The application made its node itself, and has the system among its services.</summary>
    [Fact]
    public async Task ActorSystemAlone_IsEnough()
    {
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        var services = new ServiceCollection().AddLogging().AddSingleton(system);
        services.AddHealthChecks().AddRemote();
        await using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync().Within("the health checks");

        Assert.Equal(HealthStatus.Unhealthy, report.Entries["remote-ready"].Status);
    }

    [Fact]
    public async Task PeerOutOfReach_Degrades_AndForAWhileWhenItIsGivenUp()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options => (options.Reconnect.Jitter, options.Reconnect.MaxAttempts, options.Endpoint.QueueCapacity) = (0, 1, 10), network: network, time: time, at: "node:8000");
        await using var health = new HealthAnswers(node.Remote);
        for (var number = 0; number < 9; number++)
        {
            node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = number });
        }

        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));
        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Degraded);
        Assert.Equal("Backoff, Critical: 9 of 10 wait", (await health.ReadyAsync()).Data[Peer]);

        time.Advance(TimeSpan.FromMilliseconds(200));
        await node.Events.NextAsync<EndpointTerminated>();
        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Degraded);
        Assert.Equal("Closed (Unreachable)", (await health.ReadyAsync()).Data[Peer]);

        time.Advance(PeerCondition.Lately);
        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Degraded);
        time.Advance(TimeSpan.FromTicks(1));
        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Healthy);
    }

    [Fact]
    public async Task PeerThatLeft_IsNoTrouble()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, at: "node:8000");
        var peer = await TestNode.StartAsync(network: network, at: Peer);
        await using var health = new HealthAnswers(node.Remote);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");

        await peer.DisposeAsync();
        await node.Events.NextAsync<EndpointTerminated>();

        var ready = await health.ReadyAsync();
        Assert.Equal((HealthStatus.Healthy, "Closed (PeerLeft)"), (ready.Status, ready.Data[Peer]));
    }

    [Fact]
    public async Task SecondAddressOfAPeer_IsNoTrouble()
    {
        const string Alias = "alias:8000";
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, at: "node:8000");
        await using var peer = await TestNode.StartAsync(network: network, at: Peer);
        network.AddName(Alias, Peer);
        await using var health = new HealthAnswers(node.Remote);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");

        node.Root.Send(new PID(Alias, "nobody"), new Int32Value());
        await node.Events.NextAsync<EndpointTerminated>();

        var ready = await health.ReadyAsync();
        Assert.Equal((HealthStatus.Healthy, "Closed (Merged)", "Connected"), (ready.Status, ready.Data[Alias], ready.Data[Peer]));
    }

    [Theory]
    [InlineData(true, HealthStatus.Healthy)]
    [InlineData(false, HealthStatus.Unhealthy)]
    public async Task Member_IsAskedOfWhileTheNodeRuns(bool isMember, HealthStatus expected)
    {
        var node = await TestNode.StartAsync();
        var asked = new List<ActorSystem>();
        await using var health = new HealthAnswers(node.Remote, system =>
        {
            asked.Add(system);
            return isMember;
        });

        Assert.Equal(expected, (await health.ReadyAsync()).Status);
        Assert.Equal(HealthStatus.Healthy, (await health.LiveAsync()).Status);

        await node.DisposeAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await health.ReadyAsync()).Status);
        Assert.Same(node.ActorSystem, Assert.Single(asked));
    }

    /// <summary>Kestrel goes on without a listener that has failed.</summary>
    [Fact]
    public async Task ListenerThatEndsByItself_IsFound()
    {
        var listener = new EndingListener();
        await using var node = await TestNode.StartAsync(setup: setup => setup.ListenerFactory = listener);
        await using var health = new HealthAnswers(node.Remote);
        await AssertAsync(health, HealthStatus.Healthy, HealthStatus.Healthy);

        listener.End.SetResult(null);

        // What comes after the end of the listener, nobody tells.
        using var late = new CancellationTokenSource(TestTime.Ceiling);
        while ((await health.ReadyAsync()).Status != HealthStatus.Unhealthy)
        {
            late.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await AssertAsync(health, HealthStatus.Unhealthy, HealthStatus.Unhealthy);
    }

    [Fact]
    public async Task WatchedListener_HasEnded_WhenItThrowsOrHasNoMore()
    {
        foreach (var fails in new[] { false, true })
        {
            var ending = new EndingListener();
            var watched = new WatchedListenerFactory(ending);
            await using var listener = await watched.BindAsync(new IPEndPoint(IPAddress.Loopback, 4000));
            var accepting = listener.AcceptAsync().AsTask();
            Assert.False(watched.HasEnded);

            if (fails)
            {
                ending.End.SetException(new IOException("It broke."));
                await Assert.ThrowsAsync<IOException>(() => accepting);
            }
            else
            {
                ending.End.SetResult(null);
                Assert.Null(await accepting);
            }

            Assert.True(watched.HasEnded);
        }
    }

    [Fact]
    public async Task WatchedListener_GoesOn_WhileConnectionsCome()
    {
        var ending = new EndingListener();
        var watched = new WatchedListenerFactory(ending);
        await using var listener = await watched.BindAsync(new IPEndPoint(IPAddress.Loopback, 4000));
        await using var connection = new DefaultConnectionContext();
        ending.End.SetResult(connection);

        Assert.Same(connection, await listener.AcceptAsync());
        Assert.False(watched.HasEnded);
    }

    /// <summary>Of work that waits for a thread of the pool.</summary>
    [Fact]
    public void PoolProbe_TellsTheLongerOfThePresentWaitAndTheLast()
    {
        var time = new ManualTimeProvider();
        var probe = new PoolProbe(time);
        Assert.Equal((false, TimeSpan.Zero), (probe.IsOut, probe.Delay));

        probe.Sent();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((true, TimeSpan.FromSeconds(3)), (probe.IsOut, probe.Delay));

        // It ran, so the threads are back: this is what it was.
        probe.Ran();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((false, TimeSpan.FromSeconds(3)), (probe.IsOut, probe.Delay));
        probe.Sent();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((true, TimeSpan.FromSeconds(3)), (probe.IsOut, probe.Delay));
        probe.Ran();
        Assert.Equal(TimeSpan.FromSeconds(1), probe.Delay);
    }

    private static async Task AssertAsync(HealthAnswers health, HealthStatus live, HealthStatus ready)
    {
        var (lives, isReady) = (await health.LiveAsync(), await health.ReadyAsync());
        Assert.True((live, ready) == (lives.Status, isReady.Status), $"live: {lives.Status}, {lives.Description} ready: {isReady.Status}, {isReady.Description}");
    }

    /// <summary>Collects what is registered.</summary>
    private sealed class Checks : IHealthChecksBuilder
    {
        public List<HealthCheckRegistration> Registrations { get; } = [];

        public IServiceCollection Services { get; } = new ServiceCollection();

        public IHealthChecksBuilder Add(HealthCheckRegistration registration)
        {
            Registrations.Add(registration);
            return this;
        }
    }

    /// <summary>Accepts what it is told to.</summary>
    private sealed class EndingListener : IConnectionListenerFactory, IConnectionListener
    {
        public TaskCompletionSource<ConnectionContext?> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint { get; private set; } = null!;

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 4000);
            return ValueTask.FromResult<IConnectionListener>(this);
        }

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(End.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            End.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
