using System.Net;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Connections;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// The remoting is shut down before or after its actor system, twice, by several at once, from inside an actor: it ends, and accounts for
/// every message. Time stands still, so none of it ends because its time is over.
/// </summary>
[Trait("Behaviour", "I-09")]
public sealed class StoppingOrderTests : IAsyncLifetime
{
    private const int Queued = 50;

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private TestNode _node = null!;
    private TestNode _peer = null!;

    public async Task InitializeAsync()
    {
        // Its time stands still too, or it would take a silent connection for dead.
        _peer = await TestNode.StartAsync(network: _network, time: new ManualTimeProvider());
        _node = await TestNode.StartAsync(network: _network, time: _time);
        _peer.Spawn("x");
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _peer.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task RemoteBeforeSystem()
    {
        await SendAsync();

        await _node.ActorSystem.Remote().ShutdownAsync().Within("the remoting");
        await _node.ActorSystem.ShutdownAsync("The test is over.").Within("the system");

        await VerifyAsync();
    }

    [Fact]
    public async Task SystemBeforeRemote()
    {
        await SendAsync();

        await _node.ActorSystem.ShutdownAsync("The test is over.").Within("the system");
        await _node.ActorSystem.Remote().ShutdownAsync().Within("the remoting");

        await VerifyAsync();
    }

    [Fact]
    public async Task SystemDisposedBeforeRemote()
    {
        await SendAsync();

        await _node.ActorSystem.DisposeAsync();
        await _node.ActorSystem.Remote().ShutdownAsync().Within("the remoting");

        await VerifyAsync();
    }

    [Fact]
    public async Task Twice()
    {
        await SendAsync();

        await _node.Remote.ShutdownAsync().Within("the first");
        await _node.Remote.ShutdownAsync().Within("the second");
        await _node.Remote.ShutdownAsync(graceful: false).Within("the third");
        await _node.Remote.DisposeAsync();

        await VerifyAsync();
    }

    [Fact]
    public async Task ByManyAtOnce()
    {
        await SendAsync();

        await Parallel.ForAsync(0, 50, async (number, _) => await _node.Remote.ShutdownAsync(graceful: number % 2 == 0)).Within("all of them");

        await VerifyAsync();
    }

    [Fact]
    public async Task InsideAnActor_Awaited()
    {
        await SendAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = _node.Spawn("last", async context =>
        {
            if (context.Message is "stop")
            {
                await context.System.Remote().ShutdownAsync();
                await context.System.ShutdownAsync("The last actor says so.");
                ended.SetResult();
            }
        });

        _node.Root.Send(actor, "stop");

        await ended.Task.Within("the actor");
        await VerifyAsync();
    }

    [Fact]
    public async Task InsideAnActor_OnMessageOfThePeer()
    {
        await SendAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _node.Spawn("last", async context =>
        {
            if (context.Message is Empty)
            {
                await context.System.Remote().ShutdownAsync();
                ended.SetResult();
            }
        });

        _peer.Root.Send(_node.Pid("last"), new Empty());

        await ended.Task.Within("the actor");
        await VerifyAsync();
    }

    [Fact]
    public async Task InHaste_WithAPeerThatTakesNothing()
    {
        _network.BlackHole(_peer.Address);
        Send();

        await _node.Remote.ShutdownAsync(graceful: false).Within("the shutdown");

        var letters = await _node.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.Equal((Queued, 0), (letters.Count, _peer.Events.Of<Receipt>().Count));
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
    }

    [Fact]
    public async Task InHaste_WhileAGracefulOneWaits()
    {
        await _node.Remote.WaitForConnectionAsync(_peer.Address).Within("the connection");
        Array.ForEach([.. _network.Connections], connection => connection.Stall(NetworkDirection.ToServer));
        Send();
        var graceful = _node.Remote.ShutdownAsync();
        await _time.WaitForTimerAsync(new RemoteOptions().ShutdownTimeout);

        await _node.Remote.ShutdownAsync(graceful: false).Within("the one in haste");

        await graceful.Within("the graceful one");
        Assert.Equal(Queued, (await _node.PublishedAsync<RemoteDeadLetterEvent>()).Count);
        Array.ForEach([.. _network.Connections], connection => connection.Cut());
    }

    [Fact]
    public async Task PeerThatTakesNothing_IsGivenTheTimeAndNoMore()
    {
        await _node.Remote.WaitForConnectionAsync(_peer.Address).Within("the connection");
        Array.ForEach([.. _network.Connections], connection => connection.Stall(NetworkDirection.ToServer));
        Send();
        var shutdown = _node.Remote.ShutdownAsync();

        // The node's own limit, and that of the stream's goodbye.
        await _time.WaitForTimersDueAsync(2, new RemoteOptions().ShutdownTimeout);
        Assert.False(shutdown.IsCompleted);

        _time.Advance(new RemoteOptions().ShutdownTimeout);

        await shutdown.Within("the shutdown");
        Assert.Equal(Queued, (await _node.PublishedAsync<RemoteDeadLetterEvent>()).Count);
        Array.ForEach([.. _network.Connections], connection => connection.Cut());
    }

    [Fact]
    public async Task Send_AfterTheShutdown_IsADeadLetterWithThatReason()
    {
        await _node.Remote.ShutdownAsync().Within("the shutdown");

        Assert.Equal(DeadLetterReason.Shutdown, await _node.RefusedAsync(_peer.Pid("x"), "too late"));
        var refused = await Assert.ThrowsAsync<RemoteException>(() => _node.Root.SendAsync(_peer.Pid("x"), new Empty()).AsTask().Within("the send"));
        Assert.Equal(RemoteError.NotRunning, refused.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShutdownWhileItBinds_WaitsUntilThereIsNoListener(bool graceful)
    {
        await using var system = new ActorSystem();
        var binding = new SlowBinding(_network);
        var options = SendingBeforeStartTests.OptionsOn(_network);
        (options.Hooks.ListenerFactory, options.Hooks.TimeProvider) = (binding, _time);
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost(8000), options);
        var start = remote.StartAsync();
        await binding.Asked.Within("the listener to be asked for");

        var shutdown = remote.ShutdownAsync(graceful);
        Assert.False(shutdown.IsCompleted);
        binding.Release();
        await shutdown.Within("the shutdown");

        // At once: the address is free when the shutdown says that it is done.
        await using var again = await _network.BindAsync(new IPEndPoint(IPAddress.Loopback, 8000));
        await Assert.ThrowsAsync<InvalidOperationException>(() => start.Within("the start that came too late"));
        Assert.Equal((false, ActorSystem.NoHost), (remote.Started, system.Address));
    }

    [Fact]
    public async Task ShutdownWhileItBinds_WaitsNoLongerThanItsTimeout()
    {
        await using var system = new ActorSystem();
        var binding = new SlowBinding(_network);
        var options = SendingBeforeStartTests.OptionsOn(_network);
        (options.Hooks.ListenerFactory, options.Hooks.TimeProvider) = (binding, _time);
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost(8000), options);
        var start = remote.StartAsync();
        await binding.Asked.Within("the listener to be asked for");
        var shutdown = remote.ShutdownAsync();
        await _time.WaitForTimerAsync(options.ShutdownTimeout);

        _time.Advance(options.ShutdownTimeout);

        await shutdown.Within("the shutdown");
        Assert.False(start.IsCompleted);
        binding.Release();
        await Assert.ThrowsAsync<InvalidOperationException>(() => start.Within("the start that came too late"));
        await using var again = await _network.BindAsync(new IPEndPoint(IPAddress.Loopback, 8000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StartAfterTheShutdown_IsRefusedWithTheWayOut(bool isClient)
    {
        await using var system = new ActorSystem();
        await using var remote = Make(system, isClient);
        await remote.ShutdownAsync().Within("the shutdown");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ((IRemote)remote).StartAsync().Within("the start"));

        Assert.Contains("make a new ActorSystem", refused.Message, StringComparison.Ordinal);
        Assert.Equal((false, ActorSystem.NoHost), (remote.Started, system.Address));
        await using var again = await _network.BindAsync(new IPEndPoint(IPAddress.Loopback, 8000));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SecondStart_IsTheFirstOne_UntilTheShutdown(bool isClient)
    {
        await using var system = new ActorSystem();
        await using var remote = Make(system, isClient);
        await remote.StartAsync().Within("the start");
        await remote.StartAsync().Within("the second start");
        Assert.True(remote.Started);

        await remote.ShutdownAsync().Within("the shutdown");

        await Assert.ThrowsAsync<InvalidOperationException>(() => remote.StartAsync().Within("the third start"));
        Assert.False(remote.Started);
    }

    [Fact]
    public async Task ShutdownByAHandler_IsAnEndToo()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _node.ActorSystem.EventStream.Subscribe<EndpointBlocked>(_ =>
        {
            _node.Remote.ShutdownAsync().GetAwaiter().GetResult();
            ended.SetResult();
        });

        _node.Remote.PeerBlockList.BlockAddress("somebody:1");

        await ended.Task.Within("the handler");
        Assert.False(_node.Remote.Started);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _node.Remote.StartAsync().Within("the start"));
    }

    private ReliableRemote Make(ActorSystem system, bool isClient)
    {
        var (config, options) = (RemoteConfig.BindToLocalhost(8000), SendingBeforeStartTests.OptionsOn(_network));
        return isClient ? new ReliableClientRemote(system, config, options) : new ReliableRemote(system, config, options);
    }

    private void Send()
    {
        for (var number = 0; number < Queued; number++)
        {
            _node.Root.Send(_peer.Pid("x"), new Int32Value { Value = number });
        }
    }

    /// <summary>A connection that stands, and messages that may or may not be on it.</summary>
    private async Task SendAsync()
    {
        await _node.Remote.WaitForConnectionAsync(_peer.Address).Within("the connection");
        Send();
    }

    /// <summary>Each message has arrived or is a dead letter, none of them both.</summary>
    private async Task VerifyAsync()
    {
        Assert.True(_node.Remote.ShutdownAsync().IsCompletedSuccessfully);
        var lost = (await _node.PublishedAsync<RemoteDeadLetterEvent>()).Select(letter => ((Int32Value)letter.Message).Value).ToArray();

        var arrived = lost.Length == Queued ? [] : await _peer.Events.WaitForCountAsync<Receipt>(Queued - lost.Length);

        Assert.Equal(
            Enumerable.Range(0, Queued), arrived.Select(receipt => ((Int32Value)receipt.Message).Value).Concat(lost).Order());
        Assert.All(_node.Remote.GetEndpoints(), endpoint => Assert.Equal(EndpointState.Closed, endpoint.State));
        Assert.Single(await _node.PublishedAsync<EndpointTerminated>());
    }

    /// <summary>A listener that takes its time.</summary>
    private sealed class SlowBinding(InMemoryNetwork network) : IConnectionListenerFactory
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public void Release() => _released.SetResult();

        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            _asked.SetResult();
            await _released.Task;
            return await network.BindAsync(endpoint, cancellationToken);
        }
    }
}
