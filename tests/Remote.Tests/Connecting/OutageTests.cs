using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What happens to messages while there is no connection.</summary>
public sealed class OutageTests
{
    private const string Peer = "peer:8000";

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task Outage_DeadLetterPolicy_RefusesUserMessagesAtOnceAndKeepsControl()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync(network, time, OutagePolicy.DeadLetter);
        node.Spawn("watcher", context =>
        {
            if (context.Message is StringValue)
            {
                context.Watch(new PID(Peer, "nobody"));
            }
        });
        var target = new PID(Peer, "sink");
        node.Root.Send(target, new Int32Value { Value = 1 });
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        await node.Events.WaitForCountAsync<RemoteDeadLetterEvent>(1);
        node.Root.Send(node.Pid("watcher"), new StringValue { Value = "watch" });
        await node.NextReceiptAsync("watcher");

        node.Root.Send(target, new Int32Value { Value = 2 });
        var refused = await Assert.ThrowsAsync<RemoteException>(() => node.Root.SendAsync(target, new Int32Value { Value = 3 }).AsTask().Within("the refused SendAsync"));
        var failed = await node.RefusedAsync(target, new Int32Value { Value = 4 });

        Assert.Equal((RemoteError.Unreachable, Peer), (refused.Error, refused.Address));
        Assert.Equal(DeadLetterReason.NotConnected, failed);
        Assert.Equal([1, 2, 3, 4], (await node.PublishedAsync<RemoteDeadLetterEvent>()).Select(letter => ((Int32Value)letter.Message).Value));
        Assert.All(await node.PublishedAsync<RemoteDeadLetterEvent>(), letter => Assert.Equal(DeadLetterReason.NotConnected, letter.Reason));
        var statistics = node.Remote.GetEndpointStatistics(Peer)!;
        Assert.Equal((4, 1, 3L, 1L), (statistics.Offered, statistics.Accepted, statistics.Refused["NotConnected"], statistics.DeadLetters["NotConnected"]));

        await using var peer = await StartPeerAsync(network, time);
        peer.Spawn("sink");
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));
        time.Advance(TimeSpan.FromMilliseconds(200));
        var told = await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated, expected: "the answer to the watch, which waited");
        Assert.Equal(TerminatedReason.NotFound, ((Terminated)told.Message).Why);
        node.Root.Send(target, new Int32Value { Value = 5 });
        Assert.Equal(5, ((Int32Value)(await peer.NextReceiptAsync("sink")).Message).Value);
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task Outage_BufferPolicy_KeepsEverythingInOrder()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync(network, time, OutagePolicy.Buffer);
        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = 1 });
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = 2 });

        await using var peer = await StartPeerAsync(network, time);
        peer.Spawn("sink");
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));
        time.Advance(TimeSpan.FromMilliseconds(200));

        var received = await peer.Events.WaitForCountAsync<Receipt>(2);
        Assert.Equal([1, 2], received.Select(receipt => ((Int32Value)receipt.Message).Value));
        Assert.Empty(await node.PublishedAsync<DeadLetterEvent>());
    }

    [Fact]
    [Trait("Behaviour", "R-02")]
    public async Task Dial_NameOfAPeer_IsGivenToTheResolverAtEachAttempt()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync(network, time, OutagePolicy.Buffer);
        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = 1 });
        await network.WaitForDialsAsync(1);
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));

        // The name moves to another machine between two attempts.
        await using var peer = await StartPeerAsync(network, time);
        peer.Spawn("sink");
        time.Advance(TimeSpan.FromMilliseconds(200));

        await peer.NextReceiptAsync("sink");
        Assert.Equal(2, network.Dials);
    }

    private static Task<TestNode> StartAsync(InMemoryNetwork network, TimeProvider time, OutagePolicy policy) => TestNode.StartAsync(
        options =>
        {
            options.Reconnect = new ReconnectOptions { Jitter = 0, Outage = policy };
        },
        at: "node:8000",
        network: network,
        time: time);

    private static Task<TestNode> StartPeerAsync(InMemoryNetwork network, TimeProvider time) =>
        TestNode.StartAsync(at: "peer:8000", network: network, time: time);
}
