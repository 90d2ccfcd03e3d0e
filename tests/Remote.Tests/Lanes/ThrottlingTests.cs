using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A lane that fills behind a connection that does not come, and empties when it does.</summary>
public sealed class ThrottlingTests
{
    private const string Peer = "peer:8000";

    [Fact]
    [Trait("Behaviour", "B-03")]
    public async Task Lane_FillsAndEmpties_OneEventPerChangeInOrder()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync(network, options => options.Endpoint.QueueCapacity = 100);
        network.BlackHole(Peer);
        Send(node, 0, 100);
        await node.Events.WaitForCountAsync<EndpointThrottled>(2);

        await using var peer = await TestNode.StartAsync(at: "peer:8000", network: network);
        peer.Spawn("sink");
        network.Heal(Peer);

        await peer.Events.WaitForCountAsync<Receipt>(100);
        await node.Events.NextAsync<EndpointThrottled>(fact => fact.Level == BackpressureLevel.Normal, expected: "Normal again");
        var facts = await node.PublishedAsync<EndpointThrottled>();
        Assert.Equal([(BackpressureLevel.Warning, 60, 100), (BackpressureLevel.Critical, 85, 100)], facts.Take(2).Select(fact => (fact.Level, fact.Length, fact.Capacity)));
        Assert.All(facts.Zip(facts.Skip(1)), pair => Assert.Equal(pair.First.Level, pair.Second.Previous));
    }

    [Theory]
    [InlineData(OverflowPolicy.DropNewest, 100, "QueueFull", 100)]
    [InlineData(OverflowPolicy.DropOldest, 100, "DroppedOldest", 0)]
    [InlineData(OverflowPolicy.ShedAtCritical, 85, "Shed", 85)]
    [Trait("Behaviour", "B-01")]
    [Trait("Behaviour", "B-06")]
    public async Task Lane_Full_EachRefusedMessageIsOneDeadLetter(OverflowPolicy policy, int kept, string reason, int firstRefused)
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync(network, options => (options.Endpoint.QueueCapacity, options.Endpoint.Overflow) = (100, policy));
        network.BlackHole(Peer);
        Send(node, 0, 150);

        var deadLetters = await node.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.Equal(150 - kept, deadLetters.Count);
        Assert.All(deadLetters, letter => Assert.Equal((reason, new PID(Peer, "sink")), (letter.Reason.Name, letter.Pid)));
        Assert.Equal(Enumerable.Range(firstRefused, 150 - kept), deadLetters.Select(letter => ((Int32Value)letter.Message).Value));
        var statistics = node.Remote.GetEndpointStatistics(Peer)!;
        Assert.Equal((150, kept), (statistics.Offered, statistics.QueueLength));
        AssertAddsUp(statistics);

        await using var peer = await TestNode.StartAsync(at: "peer:8000", network: network);
        peer.Spawn("sink");
        network.Heal(Peer);
        var received = await peer.Events.WaitForCountAsync<Receipt>(kept);
        Assert.Equal(
            Enumerable.Range(0, 150).Except(deadLetters.Select(letter => ((Int32Value)letter.Message).Value)),
            received.Select(receipt => ((Int32Value)receipt.Message).Value));
    }

    [Fact]
    [Trait("Behaviour", "B-01")]
    public async Task Request_FullLane_FailsAtOnce()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync(network, options => options.Endpoint.QueueCapacity = 1);
        network.BlackHole(Peer);
        Send(node, 0, 1);

        Assert.Equal(DeadLetterReason.QueueFull, await node.RefusedAsync(new PID(Peer, "sink"), new StringValue()));
        network.Heal(Peer);
    }

    [Fact]
    [Trait("Behaviour", "B-02")]
    public async Task Watch_FullLane_ArrivesBeforeTheMessagesInTheLane()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync(network, options => (options.Endpoint.QueueCapacity, options.Endpoint.BatchSize) = (100, 10));
        network.BlackHole(Peer);
        node.Spawn("watcher", context =>
        {
            if (context.Message is StringValue)
            {
                context.Watch(new PID(Peer, "gone"));
                context.Stop(new PID(Peer, "victim"));
            }
        });
        Send(node, 0, 100);
        await node.Root.RequestAsync<Touched>(node.Pid("watcher"), new Touch(), TestTime.Ceiling);
        node.Root.Send(node.Pid("watcher"), new StringValue());
        await node.Root.RequestAsync<Touched>(node.Pid("watcher"), new Touch(), TestTime.Ceiling);

        await using var peer = await TestNode.StartAsync(at: "peer:8000", network: network);
        var order = new List<string>();
        var victimStopped = new TaskCompletionSource();
        peer.Root.SpawnNamed(Props.FromFunc(context =>
        {
            if (context.Message is Stopped)
            {
                victimStopped.TrySetResult();
            }

            return Task.CompletedTask;
        }), "victim");
        peer.Spawn("sink", async _ => await victimStopped.Task.Within("the victim stops before the first user message is done"));
        network.Heal(Peer);

        // The sink's first message waits for the Stop, which was issued last: it must have overtaken the lane.
        await peer.Events.WaitForCountAsync<Receipt>(100);
        var terminated = await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated, expected: "Terminated");
        Assert.Equal(TerminatedReason.NotFound, ((Terminated)terminated.Message).Why);
        Assert.Empty(order);
    }

    private static void Send(TestNode node, int first, int count)
    {
        var target = new PID(Peer, "sink");
        for (var i = first; i < first + count; i++)
        {
            node.Root.Send(target, new Int32Value { Value = i });
        }
    }

    private static void AssertAddsUp(EndpointStatistics statistics)
    {
        Assert.Equal(statistics.Offered, statistics.Accepted + statistics.Refused.Values.Sum());
        Assert.Equal(statistics.Accepted, statistics.Written + statistics.DeadLetters.Values.Sum() + statistics.Moved + statistics.QueueLength);
    }

    private static Task<TestNode> StartAsync(InMemoryNetwork network, Action<RemoteOptions> options) => TestNode.StartAsync(
        options, network: network, at: "node:8000");
}
