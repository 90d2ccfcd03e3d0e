using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Handlers of events that wait for the shutdown, never return, or throw: they harm nobody (design decision 12).</summary>
/// <remarks>Time stands still unless a test moves it, so nothing here ends because its time is over.</remarks>
[Trait("Behaviour", "I-07")]
public sealed class EventHandlerTests
{
    [Theory]
    [MemberData(nameof(EventScene.Names), MemberType = typeof(EventScene))]
    public async Task Handler_ThatWaitsForTheShutdown_Returns(string fact)
    {
        await using var scene = await EventScene.StartAsync();
        var ended = scene.On(fact, static node => node.Remote.ShutdownAsync().GetAwaiter().GetResult());

        await scene.CauseAsync(fact);

        await ended.Within($"the handler of {fact}");
        await scene.Node.Remote.ShutdownAsync().Within("the shutdown");
    }

    [Theory]
    [InlineData(nameof(EndpointTerminated))]
    [InlineData(nameof(EndpointTerminatedEvent))]
    public async Task Handler_ThatWaitsForAShutdownUnderWay_Returns(string fact)
    {
        await using var scene = await EventScene.StartAsync();
        await scene.Node.Remote.WaitForConnectionAsync(scene.Peer.Address).Within("the connection");
        var ended = scene.On(fact, static node => node.Remote.ShutdownAsync().GetAwaiter().GetResult());

        await scene.Node.Remote.ShutdownAsync().Within("the shutdown that causes it");

        await ended.Within($"the handler of {fact}");
    }

    [Fact]
    public async Task Handler_ThatIsAsynchronousAndAwaitsTheShutdown_GoesOn()
    {
        await using var scene = await EventScene.StartAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scene.Node.ActorSystem.EventStream.Subscribe<EndpointConnected>(async _ =>
        {
            await scene.Node.Remote.ShutdownAsync();
            ended.TrySetResult();
        });

        await scene.CauseAsync(nameof(EndpointConnected));

        await ended.Task.Within("the handler");
    }

    [Fact]
    public async Task Handler_ThatNeverReturns_DelaysTheShutdownByNoMoreThanItsTimeout()
    {
        await using var scene = await EventScene.StartAsync();
        using var forever = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = scene.On(nameof(EndpointConnected), _ =>
        {
            entered.TrySetResult();
            forever.Wait(TestTime.Ceiling * 3);
        });
        await scene.CauseAsync(nameof(EndpointConnected));
        await entered.Task.Within("the handler");

        var shutdown = scene.Node.Remote.ShutdownAsync();
        await scene.Node.Log.NextAsync("Stopped");
        Assert.False(shutdown.IsCompleted);
        scene.Time.Advance(new RemoteOptions().ShutdownTimeout);

        await shutdown.Within("the shutdown");
        Assert.False(handler.IsCompleted);
        forever.Set();
        await handler.Within("the handler");
    }

    [Fact]
    public async Task Handler_ThatNeverReturns_HoldsNoMessageUp()
    {
        await using var scene = await EventScene.StartAsync();
        using var forever = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = scene.On(nameof(EndpointConnected), _ =>
        {
            entered.TrySetResult();
            forever.Wait(TestTime.Ceiling * 3);
        });
        await scene.CauseAsync(nameof(EndpointConnected));
        await entered.Task.Within("the handler");
        scene.Peer.SpawnEcho();

        for (var number = 0; number < 100; number++)
        {
            Assert.Equal($"re:{number}", await scene.Node.AskAsync(scene.Peer.Pid("echo"), $"{number}"));
        }

        forever.Set();
    }

    [Theory]
    [MemberData(nameof(EventScene.Names), MemberType = typeof(EventScene))]
    public async Task Handler_ThatThrows_HarmsNobody(string fact)
    {
        await using var scene = await EventScene.StartAsync();
        var ended = scene.On(fact, static _ => throw new InvalidOperationException("A handler of the application failed."));

        await scene.CauseAsync(fact);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ended.Within($"the handler of {fact}"));

        // The other handlers hear of it, and of what comes after it; and messages come and go.
        var later = scene.NextAsync(nameof(EndpointBlocked), blocked => blocked is EndpointBlocked { Address: "later:1" });
        scene.Node.Remote.PeerBlockList.BlockAddress("later:1");
        await later.Within("a later event");
        await scene.HeardAsync(fact);
        await using var other = await TestNode.StartAsync(network: scene.Network);
        other.SpawnEcho();
        Assert.Equal("re:alive", await scene.Node.AskAsync(other.Pid("echo"), "alive"));
    }

    [Fact]
    public async Task DeadLetterHandler_ThatThrows_HarmsNoSender()
    {
        await using var node = await TestNode.StartAsync();
        node.ActorSystem.EventStream.Subscribe<DeadLetterEvent>(static _ => throw new InvalidOperationException("A handler failed."));

        node.Root.Send(PID.FromAddress("nonsense", "x"), new Empty());
        var refused = await node.RefusedAsync(PID.FromAddress("nonsense", "x"), "asked");

        Assert.Equal(DeadLetterReason.InvalidAddress, refused);
    }

    [Fact]
    public async Task DeadLetter_IsHeardOnceByHandlersOfEitherType()
    {
        await using var node = await TestNode.StartAsync();
        using var letters = new EventProbe();
        node.ActorSystem.EventStream.Subscribe<DeadLetterEvent>(letters.Record);
        using var ours = new EventProbe();
        node.ActorSystem.EventStream.Subscribe<RemoteDeadLetterEvent>(ours.Record);
        var (target, header) = (PID.FromAddress("nonsense", "x"), new Proto.MessageHeader(new Dictionary<string, string> { ["key"] = "value" }));
        var sender = node.Spawn("sender");

        node.Root.Send(target, new Proto.MessageEnvelope(new StringValue { Value = "lost" }, sender, header));

        var letter = Assert.Single(ours.Of<RemoteDeadLetterEvent>());
        Assert.Same(letter, Assert.Single(letters.Of<DeadLetterEvent>()));
        Assert.Equal((target, "lost", sender, "value"), (letter.Pid, ((StringValue)letter.Message).Value, letter.Sender, letter.Header!["key"]));
        Assert.Equal(DeadLetterReason.InvalidAddress, letter.Reason);
        Assert.Equal(target, ((DeadLetterResponse)(await node.NextReceiptAsync("sender")).Message).Target);
    }

    [Fact]
    public async Task MemberBlocked_ByTheListOfAPeer_MayWaitForTheShutdown()
    {
        await using var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(options => options.BlockList.TrustPeers = true, network: network, time: time);
        await using var peer = await TestNode.StartAsync(network: network);
        peer.Remote.PeerBlockList.BlockSystem("third", share: true);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ActorSystem.EventStream.Subscribe<MemberBlocked>(_ =>
        {
            node.Remote.ShutdownAsync().GetAwaiter().GetResult();
            ended.TrySetResult();
        });

        peer.Root.Send(node.Pid("x"), new Empty());

        await ended.Task.Within("the handler");
    }
}
