using System.Net;
using System.Net.Sockets;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Starting, stopping, starting again.</summary>
[Trait("Behaviour", "E-01")]
public sealed class LifetimeTests
{
    [Fact]
    public async Task Shutdown_ManyTimesAtOnce_IsDoneOnce()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();
        await here.AskAsync(there.Pid("echo"), "warm");

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => here.Remote.ShutdownAsync()))).Within("ten shutdowns at once");
        await here.Remote.DisposeAsync().AsTask().Within("one more");

        Assert.Single(here.Log.Lines, line => line.Event.Name == "Stopped");
    }

    [Fact]
    public async Task Start_OnTheSamePortAtOnce_SucceedsAndIsReachable()
    {
        await using var client = await TestNode.StartAsync();
        var port = 0;
        for (var life = 0; life < TestScale.Count(100); life++)
        {
            await using var server = await TestNode.StartAsync(at: $"127.0.0.1:{port}");
            server.SpawnEcho();
            port = server.Port;
            await using var peer = await TestNode.StartAsync();

            Assert.Equal("re:hello", await peer.AskAsync(server.Pid("echo"), "hello"));
        }
    }

    [Fact]
    public async Task Start_OnATakenPort_FailsWithTheAddressAndLeavesTheSystemUsable()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        await using var system = new ActorSystem();

        var failure = await Assert.ThrowsAsync<RemoteException>(() => new ReliableRemote(system, RemoteConfig.BindTo("127.0.0.1", port)).StartAsync().Within("starting"));

        Assert.Equal((RemoteError.BindFailed, $"127.0.0.1:{port}"), (failure.Error, failure.Address));
        await using var remote = new ReliableRemote(system, RemoteConfig.BindTo("127.0.0.1"));
        await remote.StartAsync().Within("starting again");
        Assert.NotEqual(port, int.Parse(remote.Address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Code of the application runs there, too. Whoever has connected meanwhile must not wait for the rest of the start.</summary>
    [Fact]
    public async Task Start_ThatFailsBehindItsListener_LeavesThePortFreeAndIsNoStart()
    {
        var port = FreePort();
        await using var system = new ActorSystem();
        var options = new RemoteOptions();
        options.Hooks.MeterFactory = new BrokenMeters();
        await using var remote = new ReliableRemote(system, RemoteConfig.BindTo("127.0.0.1", port), options);

        await Assert.ThrowsAsync<NotSupportedException>(() => remote.StartAsync().Within("starting"));

        Assert.False(remote.Started);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
    }

    [Fact]
    public async Task Start_OfASecondNodeOnOneSystem_FailsAndLeavesTheFirstAlone()
    {
        await using var network = new InMemoryNetwork();
        await using var first = await TestNode.StartAsync(network: network);
        await using var peer = await TestNode.StartAsync(network: network);
        first.SpawnEcho();

        var failure = await Assert.ThrowsAsync<RemoteException>(async () =>
            await new ReliableRemote(first.ActorSystem, RemoteConfig.BindTo("127.0.0.1"), new RemoteOptions().UseNetwork(network)).StartAsync().Within("starting a second node"));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Equal("re:still there", await peer.AskAsync(first.Pid("echo"), "still there"));
    }

    [Fact]
    public async Task Start_AfterShutdownOnTheSameSystem_ServesAgain()
    {
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        await node.Remote.ShutdownAsync().Within("the shutdown");

        await using var again = new ReliableRemote(node.ActorSystem, new TestSetup().ToConfig());
        await again.StartAsync().Within("starting again");

        await using var peer = await TestNode.StartAsync();
        Assert.Equal("re:again", await peer.AskAsync(new PID(again.Address, "echo"), "again"));
    }

    [Fact]
    public async Task Send_AfterTheShutdown_IsADeadLetterAndARequestFailsAtOnce()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();
        await here.AskAsync(there.Pid("echo"), "warm");
        await here.Remote.ShutdownAsync().Within("the shutdown");

        here.Root.Send(there.Pid("echo"), new StringValue { Value = "late" });
        Assert.Equal(DeadLetterReason.Shutdown, await here.RefusedAsync(there.Pid("echo"), "too late"));
        Assert.Equal(DeadLetterReason.Shutdown, await here.RefusedAsync(new PID("127.0.0.1:9", "x"), "never sent there before"));

        Assert.Equal(3, (await here.Events.WaitForCountAsync<RemoteDeadLetterEvent>(3)).Count);
    }

    [Fact]
    public async Task Calls_AfterTheShutdown_SayThatTheNodeIsNotRunning()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();
        await here.AskAsync(there.Pid("echo"), "warm");
        await here.Remote.ShutdownAsync().Within("the shutdown");

        foreach (var address in new[] { there.Address, "127.0.0.1:9" })
        {
            foreach (var call in new Func<Task>[]
            {
                () => here.Remote.SpawnAsync(address, "kind"),
                () => here.Root.SendAsync(new PID(address, "echo"), new StringValue()).AsTask(),
            })
            {
                var failure = await Assert.ThrowsAsync<RemoteException>(() => call().Within("a call after the shutdown"));
                Assert.Equal((RemoteError.NotRunning, address, false), (failure.Error, failure.Address, failure.IsRetryable));
            }
        }

        Assert.Equal(RemoteError.NotRunning, (await Assert.ThrowsAsync<RemoteException>(() => here.Remote.WaitForConnectionAsync("127.0.0.1:9"))).Error);
        var watching = here.Spawn("watching", context =>
        {
            if (context.Message is Empty)
            {
                context.Watch(new PID("127.0.0.1:9", "x"));
            }
        });
        here.Root.Send(watching, new Empty());
        var told = await here.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated, expected: "the watcher is told");
        Assert.Equal(TerminatedReason.AddressTerminated, ((Terminated)told.Message).Why);

        // It is not the address that is wrong.
        Assert.DoesNotContain(here.Log.Lines, line => line.Event.Name == "AddressRefused");
    }

    [Fact]
    public async Task Shutdown_WithMessagesQueued_WritesThemFirst()
    {
        var count = TestScale.Count(100_000);
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.Spawn("sink");
        for (var i = 0; i < count; i++)
        {
            here.Root.Send(there.Pid("sink"), new Int32Value { Value = i });
        }

        // Connected or not: the shutdown drains what there is a connection for, and this one stands.
        await here.Events.NextAsync<EndpointConnected>();
        await here.Remote.ShutdownAsync().Within("the shutdown");

        var received = await there.Events.WaitForCountAsync<Receipt>(count);
        Assert.Equal(Enumerable.Range(0, count), received.Select(receipt => ((Int32Value)receipt.Message).Value));
    }

    [Fact]
    public async Task Shutdown_OfOneSide_ReachesTheOtherAsAGoodbyeWithoutRetries()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();
        await here.AskAsync(there.Pid("echo"), "warm");

        await there.Remote.ShutdownAsync().Within("the shutdown");

        var ended = await here.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((there.Address, EndpointTerminatedReason.PeerLeft), (ended.Address, ended.Reason));
        Assert.Empty(await here.PublishedAsync<EndpointReconnecting>());

        // All that was written had been read: nothing is uncertain after a goodbye.
        Assert.Empty(await here.PublishedAsync<EndpointUnconfirmed>());
    }

    [Fact]
    public async Task Shutdown_OfBothAtOnce_EndsWellWithinTheTimeout()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var here = await TestNode.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromMinutes(10));
            await using var there = await TestNode.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromMinutes(10));
            there.SpawnEcho();
            await here.AskAsync(there.Pid("echo"), "warm");

            await Task.WhenAll(here.Remote.ShutdownAsync(), there.Remote.ShutdownAsync()).Within($"both shutdowns of round {round}");
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class BrokenMeters : System.Diagnostics.Metrics.IMeterFactory
    {
        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options) => throw new NotSupportedException("broken on purpose");

        public void Dispose()
        {
        }
    }
}
