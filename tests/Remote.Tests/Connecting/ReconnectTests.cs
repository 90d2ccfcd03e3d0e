using System.Net;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Whole nodes on an in-memory network, in manual time.</summary>
public sealed class ReconnectTests
{
    private const string Peer = "peer:8000";

    [Fact]
    [Trait("Behaviour", "R-01")]
    [Trait("Behaviour", "R-02")]
    public async Task Send_NobodyListens_FollowsTheScheduleAndGivesUp()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options =>
            {
                options.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 7 };

                // Longer than any delay of the schedule: their timers must not be taken for it.
                options.ConnectTimeout = options.HandshakeTimeout = TimeSpan.FromMinutes(1);
            },
            network: network,
            time: time);
        node.Root.Send(new PID(Peer, "nobody"), new StringValue { Value = "1" });

        double[] schedule = [200, 400, 800, 1600, 3200, 5000, 5000];
        for (var i = 0; i < schedule.Length; i++)
        {
            var delay = TimeSpan.FromMilliseconds(schedule[i]);
            await network.WaitForDialsAsync(i + 1);
            await time.WaitForTimerAsync(delay);
            Assert.Equal(EndpointState.Backoff, node.Remote.GetEndpointState(Peer));
            time.Advance(delay);
        }

        await node.Events.WaitForCountAsync<EndpointTerminated>(1);
        Assert.Equal(schedule, (await node.PublishedAsync<EndpointReconnecting>()).Select(fact => fact.Delay.TotalMilliseconds));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], (await node.PublishedAsync<EndpointReconnecting>()).Select(fact => fact.Attempt));
        Assert.Equal(7, Assert.Single(await node.PublishedAsync<EndpointReconnectFailed>()).Attempts);
        Assert.Equal(EndpointTerminatedReason.Unreachable, Assert.Single(await node.PublishedAsync<EndpointTerminated>()).Reason);
        Assert.Equal(DeadLetterReason.EndpointClosed, Assert.Single(await node.PublishedAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Equal(8, network.Dials);
    }

    [Fact]
    [Trait("Behaviour", "R-02")]
    public async Task Send_AfterGivingUp_IsRefusedInTheQuarantineAndStartsCleanAfterIt()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options => options.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 1 }, network: network, time: time);
        var target = new PID(Peer, "sink");
        node.Root.Send(target, new StringValue { Value = "1" });
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));
        time.Advance(TimeSpan.FromMilliseconds(200));
        await node.Events.WaitForCountAsync<EndpointTerminated>(1);

        node.Root.Send(target, new StringValue { Value = "2" });
        var refused = (await node.Events.WaitForCountAsync<RemoteDeadLetterEvent>(2))[1];
        Assert.Equal(DeadLetterReason.Quarantined, refused.Reason);

        await using var peer = await TestNode.StartAsync(at: "peer:8000", network: network, time: time);
        peer.Spawn("sink");
        time.Advance(TimeSpan.FromSeconds(3));
        node.Root.Send(target, new StringValue { Value = "3" });

        Assert.Equal("3", ((StringValue)(await peer.NextReceiptAsync("sink")).Message).Value);
        Assert.Equal(EndpointState.Connected, node.Remote.GetEndpointState(Peer));
    }

    [Fact]
    [Trait("Behaviour", "R-02")]
    public async Task Quarantine_TheSameIncarnationDialsIn_IsOver()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options =>
            {
                TestPeers.GiveUpQuickly(options);
                options.QuarantineDuration = TimeSpan.FromHours(1);
            },
            network: network);
        await using var peer = await StartAsync("peer", network);
        node.SpawnEcho();
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        network.Refuse(Peer);
        network.Cut(Peer);
        await node.Events.WaitForCountAsync<EndpointTerminated>(1);
        network.Heal(Peer);

        Assert.Equal("re:hello", await peer.AskAsync(node.Pid("echo"), "hello"));
    }

    [Fact]
    [Trait("Behaviour", "R-02")]
    [Trait("Behaviour", "W-02")]
    public async Task Cut_SameIncarnation_ReconnectsAndKeepsTheWatch()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network);
        await using var peer = await StartAsync("peer", network);
        var watched = peer.Spawn("watched");
        node.Spawn("watcher", context =>
        {
            if (context.Message is StringValue)
            {
                context.Watch(new PID(Peer, "watched"));
            }
        });
        node.Root.Send(node.Pid("watcher"), new StringValue { Value = "watch it" });
        await node.Remote.WaitForConnectionAsync(Peer).Within("the first connection");
        await peer.Root.RequestAsync<Touched>(watched, new Touch(), TestTime.Ceiling);

        network.Cut(Peer);
        await node.Events.WaitForCountAsync<EndpointReconnected>(1);
        Assert.DoesNotContain(node.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);

        // The watch was issued again and is ahead of this request; without the answer the stop could overtake it.
        await node.Root.RequestAsync<Touched>(new PID(Peer, "watched"), new Touch(), TestTime.Ceiling);
        await peer.Root.StopAsync(watched).Within("stopping the watched actor");

        var terminated = (Terminated)(await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated, expected: "Terminated")).Message;
        Assert.Equal((new PID(Peer, "watched"), TerminatedReason.Stopped), (terminated.Who, terminated.Why));
        Assert.Equal(1, node.Remote.GetEndpointStatistics(Peer)!.Reconnects);
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task WaitForConnection_LateWaiter_SeesClosedToo()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options => options.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 1 }, network: network, time: time);
        var early = node.Remote.WaitForConnectionAsync(Peer);
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));
        time.Advance(TimeSpan.FromMilliseconds(200));
        await node.Events.WaitForCountAsync<EndpointTerminated>(1);

        foreach (var waiter in new[] { early, node.Remote.WaitForConnectionAsync(Peer) })
        {
            var exception = await Assert.ThrowsAsync<RemoteException>(() => waiter.Within("a waiter"));
            Assert.Equal((RemoteError.Unreachable, true), (exception.Error, exception.IsRetryable));
        }
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task Shutdown_DuringBackoff_EndsAtOnce()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: time);
        node.Root.Send(new PID(Peer, "nobody"), new StringValue { Value = "1" });
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);

        // Manual time stands still: nothing here waits for a delay.
        await node.Remote.ShutdownAsync().Within("shutting down in a backoff");

        Assert.Equal(DeadLetterReason.Shutdown, Assert.Single(await node.PublishedAsync<RemoteDeadLetterEvent>()).Reason);
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task Reconnect_DuringBackoff_DialsAtOnce()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: time);
        node.Root.Send(new PID(Peer, "sink"), new StringValue { Value = "1" });
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        await using var peer = await TestNode.StartAsync(at: "peer:8000", network: network, time: time);
        peer.Spawn("sink");

        await node.Remote.ReconnectAsync(Peer).Within("reconnecting");

        await peer.NextReceiptAsync("sink");
        Assert.Equal(EndpointState.Connected, node.Remote.GetEndpointState(Peer));
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task Disconnect_WritesWhatIsQueuedAndTheNextMessageStartsANewLife()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network);
        await using var peer = await StartAsync("peer", network);
        peer.Spawn("sink");
        for (var i = 0; i < 100; i++)
        {
            node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = i });
        }

        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        await node.Remote.DisconnectAsync(Peer).Within("disconnecting");
        await peer.Events.WaitForCountAsync<Receipt>(100);
        Assert.Equal(EndpointTerminatedReason.Disconnected, Assert.Single(await node.Events.WaitForCountAsync<EndpointTerminated>(1)).Reason);

        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = 100 });
        await peer.Events.WaitForCountAsync<Receipt>(101);
        Assert.Equal(Enumerable.Range(0, 101), peer.Events.Of<Receipt>().Select(receipt => ((Int32Value)receipt.Message).Value));
    }

    [Fact]
    [Trait("Behaviour", "R-07")]
    public async Task Handshake_NeverAnswered_IsAFailedAttempt()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var silent = await PlayedCalls.ListenAsync(
            stream => Task.Delay(Timeout.Infinite, stream.CancellationToken), network, new DnsEndPoint("peer", 8000));
        var timeout = TimeSpan.FromSeconds(7);
        await using var node = await TestNode.StartAsync(options => options.HandshakeTimeout = timeout, network: network, time: time);
        node.Root.Send(new PID(Peer, "sink"), new StringValue { Value = "1" });

        await network.WaitForConnectionsAsync(1);
        await time.WaitForTimerAsync(timeout);
        time.Advance(timeout);

        var reconnecting = (await node.Events.WaitForCountAsync<EndpointReconnecting>(1))[0];
        Assert.Equal(RemoteError.Timeout, Assert.IsType<RemoteException>(reconnecting.Error).Error);
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network) =>
        TestNode.StartAsync(at: $"{host}:8000", network: network);
}
