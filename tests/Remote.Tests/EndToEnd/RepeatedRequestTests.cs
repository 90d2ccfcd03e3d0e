using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Future;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// A caller that sends its request again with the same future, as Proto.Cluster does, waits for neither alone: what becomes of the former one is no answer to what
/// it has asked since, of somebody else perhaps (decision page 0031).
/// </summary>
[Trait("Behaviour", "I-07")]
[Trait("Behaviour", "K-02")]
public sealed class RepeatedRequestTests
{
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RepeatedInTheLane_IsADeadLetterEachTime_AndNobodyIsTold(bool sharedFutures)
    {
        await using var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(network, time, sharedFutures);
        var target = await LosePeerAsync(network, time, node);

        using var repeated = node.Root.GetFuture();
        using var once = node.Root.GetFuture();
        Ask(node, target, "repeated", repeated);
        Ask(node, target, "repeated", repeated);
        Ask(node, target, "once", once);
        time.Advance(Backoff);

        await VerifyAsync(node, repeated, once, DeadLetterReason.EndpointClosed, DeadLetterReason.EndpointClosed);
    }

    [Fact]
    public async Task RepeatedAfterItWasSent_IsADeadLetterEachTime_AndNobodyIsTold()
    {
        await using var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(network, time, sharedFutures: true);
        await using var peer = await TestNode.StartAsync(network: network);
        peer.SpawnEcho("target");
        var target = peer.Pid("target");
        await node.AskAsync(target, "settled");

        using var repeated = node.Root.GetFuture();
        using var once = node.Root.GetFuture();
        network.BlackHole(peer.Address);
        Ask(node, target, "repeated", repeated);
        Assert.True(SpinWait.SpinUntil(() => node.Remote.GetEndpointStatistics(target.Address)! is { QueueLength: 0, InFlight: 0 }, TestTime.Ceiling), "The request is not on its way.");
        network.Kill(peer.Address, node.Address);
        await node.Events.NextAsync<EndpointReconnecting>();
        await time.WaitForTimerAsync(Backoff);
        Ask(node, target, "repeated", repeated);
        Ask(node, target, "once", once);
        time.Advance(Backoff);

        await VerifyAsync(node, repeated, once, DeadLetterReason.DeliveryUnknown, DeadLetterReason.EndpointClosed);
        network.Heal(peer.Address);
    }

    /// <summary>An actor that sends twice in its own name waits for nothing in particular, and hears of both.</summary>
    [Fact]
    public async Task ActorThatSendsAgain_IsToldOfEach()
    {
        await using var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(network, time, sharedFutures: true);
        var target = await LosePeerAsync(network, time, node);
        node.Spawn("asker");

        node.Root.Request(target, new StringValue { Value = "one" }, node.Pid("asker"));
        node.Root.Request(target, new StringValue { Value = "two" }, node.Pid("asker"));
        time.Advance(Backoff);

        await node.Events.NextAsync<Receipt>(receipt => receipt.Message is DeadLetterResponse, expected: "the first");
        await node.Events.NextAsync<Receipt>(receipt => receipt.Message is DeadLetterResponse, expected: "the second");
    }

    /// <summary>In a cluster a request that was sent once may be in its second attempt, which looks for the actor at just that moment.</summary>
    [Fact]
    public async Task InACluster_NoRequestIsTold_AndAnActorIs()
    {
        await using var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(network, time, sharedFutures: true);
        node.ActorSystem.Extensions.Register(new Proto.Cluster.Cluster());
        var target = await LosePeerAsync(network, time, node);
        node.Spawn("asker");

        using var once = node.Root.GetFuture();
        Ask(node, target, "once", once);
        node.Root.Request(target, new StringValue { Value = "behind it" }, node.Pid("asker"));
        time.Advance(Backoff);

        // It was given up after the other, which would have been told by now.
        await node.Events.NextAsync<Receipt>(receipt => receipt.Message is DeadLetterResponse, expected: "the answer to the actor");
        Assert.False(once.Task.IsCompleted);
        var letters = (await node.PublishedAsync<RemoteDeadLetterEvent>()).Select(letter => letter.Message).OfType<StringValue>().Select(text => text.Value);
        Assert.Equal(["once", "behind it"], letters.Where(text => text != "settled"));
    }

    private static Task<TestNode> StartAsync(InMemoryNetwork network, ManualTimeProvider time, bool sharedFutures) => TestNode.StartAsync(
        options => options.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 1 },
        network: network,
        time: time,
        system: new ActorSystemConfig() with { SharedFutures = sharedFutures });

    /// <summary>The endpoint waits in a backoff that only manual time ends, and gives up after it.</summary>
    private static async Task<PID> LosePeerAsync(InMemoryNetwork network, ManualTimeProvider time, TestNode node)
    {
        await using var peer = await TestNode.StartAsync(network: network);
        peer.SpawnEcho("target");
        var target = peer.Pid("target");
        await node.AskAsync(target, "settled");
        network.Kill(peer.Address, node.Address);
        await node.Events.NextAsync<EndpointReconnecting>();
        await time.WaitForTimerAsync(Backoff);
        return target;
    }

    private static void Ask(TestNode node, PID target, string what, IFuture future) => node.Root.Request(target, new StringValue { Value = what }, future.Pid);

    private static async Task VerifyAsync(TestNode node, IFuture repeated, IFuture once, DeadLetterReason first, DeadLetterReason then)
    {
        // The last of the three, so that the others would have been told by now.
        var told = Assert.IsType<DeadLetterResponse>(await once.Task.Within("the answer to who asked once"));
        Assert.Equal(then, told.GetReason());
        Assert.False(repeated.Task.IsCompleted);
        var letters = (await node.PublishedAsync<RemoteDeadLetterEvent>()).Where(letter => letter.Message is not StringValue { Value: "settled" });
        Assert.Equal(
            [("repeated", first), ("repeated", then), ("once", then)],
            letters.Select(letter => (((StringValue)letter.Message).Value, letter.Reason)));
    }
}
