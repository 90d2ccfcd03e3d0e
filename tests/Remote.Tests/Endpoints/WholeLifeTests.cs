using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>One endpoint from its first message to its end and beyond: its events in order, its statistics at each step.</summary>
public sealed class WholeLifeTests
{
    private const string Peer = "peer:8000";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    [Fact]
    [Trait("Behaviour", "R-02")]
    [Trait("Behaviour", "B-06")]
    public async Task WholeLife_EventsInOrder_AndStatisticsThatNeverDecrease()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network, time);

        // On the real clock: its own dials are not what is looked at here.
        var peer = await StartAsync("peer", network, TimeProvider.System);
        peer.SpawnEcho();
        var history = new List<EndpointStatistics>();

        // 1. Connected. A batch counts when its write has completed, which the answer may overtake: the second request shows the first one's.
        Assert.Equal("re:1", await node.AskAsync(new PID(Peer, "echo"), "1"));
        Assert.Equal("re:1", await node.AskAsync(new PID(Peer, "echo"), "1"));
        var connected = Look(node, history);
        Assert.Equal((EndpointState.Connected, 2L, 0, peer.SystemId), (connected.State, connected.Accepted, connected.Reconnects, connected.SystemId));
        Assert.Equal(time.GetUtcNow(), connected.ConnectedSince);
        Assert.Equal((1_000_000, BackpressureLevel.Normal, 0), (connected.QueueCapacity, connected.Level, connected.ControlQueueLength));
        Assert.True(connected is { BytesOut: > 0, BytesIn: > 0, Batches: >= 1, Received: >= 1, Written: 0, LastError: null });
        Assert.Equal(2, connected.Acknowledged + connected.Retained + connected.QueueLength);

        // 2. Lost, and dialled again.
        network.Cut(Peer);
        network.Cut(node.Address);
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        var lost = Look(node, history);
        Assert.Equal((EndpointState.Backoff, null), (lost.State, lost.ConnectedSince));
        Assert.NotNull(lost.LastError);
        node.Root.Send(new PID(Peer, "echo"), new Empty());
        Assert.Equal(1, Look(node, history).QueueLength);
        await time.WaitForTimerAsync(FirstDelay);
        time.Advance(FirstDelay);
        await node.Events.WaitForCountAsync<EndpointReconnected>(1);
        Assert.Equal("re:2", await node.AskAsync(new PID(Peer, "echo"), "2"));
        Assert.Equal((EndpointState.Connected, 1, 4L), (Look(node, history).State, history[^1].Reconnects, history[^1].Accepted));

        // 3. Lost for good.
        await peer.Remote.ShutdownAsync().Within("the peer's shutdown");
        await node.Events.NextAsync<EndpointTerminated>();
        node.Root.Send(new PID(Peer, "echo"), new Empty());
        for (var retry = 1; retry <= 2; retry++)
        {
            await node.Events.WaitForCountAsync<EndpointReconnecting>(retry + 1);
            await time.WaitForTimerAsync(FirstDelay * retry);
            time.Advance(FirstDelay * retry);
        }

        await node.Events.WaitForCountAsync<EndpointTerminated>(2);
        var closed = Look(node, history);
        Assert.Equal((EndpointState.Closed, 1L), (closed.State, closed.DeadLetters["EndpointClosed"]));
        Assert.Equal(
            ["EndpointConnected", "EndpointReconnecting", "EndpointReconnected", "EndpointTerminated", "EndpointReconnecting", "EndpointReconnecting", "EndpointReconnectFailed", "EndpointTerminated"],
            node.Events.Of<object>().Select(fact => fact.GetType()).Where(type => type.Namespace == "Remote").Select(type => type.Name)
                .Where(name => name.StartsWith("Endpoint", StringComparison.Ordinal) && name is not ("EndpointUnconfirmed" or "EndpointStatistics")));

        // 4. Kept for a while, then forgotten.
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(closed, node.Remote.GetEndpointStatistics(Peer)! with { Refused = closed.Refused, DeadLetters = closed.DeadLetters, Rejected = closed.Rejected });
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(node.Remote.GetEndpointStatistics(Peer));
        Assert.All(history.Zip(history.Skip(1)), pair => AssertNotLess(pair.First, pair.Second));
        await peer.DisposeAsync();
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task Triggers_OfManyThreadsAtOnce_NeverDialTwiceAtATime()
    {
        await using var network = new InMemoryNetwork();
        var dialling = 0;
        var most = 0;
        await using var node = await TestNode.StartAsync(
            options => options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(1), MaxAttempts = 0 },
            setup => setup.Connect = async (endPoint, cancellation) =>
            {
                var now = Interlocked.Increment(ref dialling);
                InterlockedMax(ref most, now);
                try
                {
                    return await network.ConnectAsync($"{((System.Net.DnsEndPoint)endPoint).Host}:8000", cancellation);
                }
                finally
                {
                    Interlocked.Decrement(ref dialling);
                }
            },
            network,
            at: "node:8000");
        await using var peer = await StartAsync("peer", network, TimeProvider.System);
        peer.Spawn("sink");

        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = i });
            if (i % 8 == 0)
            {
                network.Cut(Peer);
            }

            await (i % 2 == 0 ? node.Remote.ReconnectAsync(Peer) : node.Remote.WaitForConnectionAsync(Peer));
        }))).Within("64 triggers");

        Assert.Equal(1, most);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection after the last trigger");
    }

    private static EndpointStatistics Look(TestNode node, List<EndpointStatistics> history)
    {
        var statistics = Assert.Single(node.Remote.GetEndpoints(), endpoint => endpoint.Address == Peer);
        history.Add(statistics);
        return statistics;
    }

    private static void AssertNotLess(EndpointStatistics before, EndpointStatistics after)
    {
        long[] Counters(EndpointStatistics of) =>
        [
            of.Offered, of.Accepted, of.Written, of.Acknowledged, of.Unconfirmed, of.Moved, of.Batches, of.BytesOut, of.BytesIn, of.Received, of.Reconnects,
            of.Refused.Values.Sum(), of.DeadLetters.Values.Sum(), of.LastSeen?.Ticks ?? 0,
        ];

        Assert.All(Counters(before).Zip(Counters(after)), pair => Assert.True(pair.First <= pair.Second, $"{before} is followed by {after}"));
    }

    private static void InterlockedMax(ref int location, int value)
    {
        for (var seen = Volatile.Read(ref location); seen < value;)
        {
            var found = Interlocked.CompareExchange(ref location, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network, TimeProvider time) => TestNode.StartAsync(
        options => options.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 2 }, network: network, time: time, at: $"{host}:8000");
}
