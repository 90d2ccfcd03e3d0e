using Remote.Actors;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Watching across nodes: one way to end per test, and one Terminated per watch in each.</summary>
[Trait("Behaviour", "W-01")]
public sealed class WatchTests : ReplayTests
{
    [Fact]
    public async Task TargetIsStopped_WatcherIsToldOnce()
    {
        await using var pair = await Pair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.There.Root.StopAsync(target).Within("stopping the target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task TargetIsStoppedFromHere_WatcherIsToldOnce()
    {
        await using var pair = await Pair.StartAsync();
        pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.Here.Root.PoisonAsync(pair.There.Pid("target")).Within("poisoning the target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task TargetIsMissing_WatcherIsToldAtOnce()
    {
        await using var pair = await Pair.StartAsync();

        await pair.WatchAsync("missing");

        await pair.ExpectAsync(("missing", TerminatedReason.NotFound));
        Assert.Empty(pair.There.Events.Of<DeadLetterEvent>());
    }

    [Fact]
    public async Task TargetEndedBeforeItIsWatchedAgain_WatcherIsToldAgain()
    {
        await using var pair = await Pair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");
        await pair.There.Root.StopAsync(target).Within("stopping the target");
        await pair.NextAsync();

        await pair.WatchAsync("target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped), ("target", TerminatedReason.NotFound));
    }

    [Fact]
    public async Task NodeDies_WatchersAreToldOnce()
    {
        await using var pair = await Pair.StartAsync(TestPeers.GiveUpQuickly);
        pair.There.SpawnEcho("one");
        pair.There.SpawnEcho("two");
        await pair.WatchAsync("one");
        await pair.WatchAsync("two");

        pair.Network.Kill(pair.There.Address, pair.Here.Address);

        await pair.ExpectAsync(("one", TerminatedReason.AddressTerminated), ("two", TerminatedReason.AddressTerminated));
        var ended = await pair.Here.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((pair.There.Address, EndpointTerminatedReason.Unreachable), (ended.Address, ended.Reason));
    }

    [Fact]
    public async Task NodeLeaves_WatcherIsToldOnce()
    {
        await using var pair = await Pair.StartAsync();
        pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.There.Remote.ShutdownAsync().Within("the shutdown");

        await pair.ExpectAsync(("target", TerminatedReason.AddressTerminated));
    }

    [Fact]
    public async Task NodeStopsItsActorsAndThenLeaves_WatcherHearsOfTheActorOnce()
    {
        await using var pair = await Pair.StartAsync();
        pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.There.ActorSystem.ShutdownAsync().Within("stopping the actors");
        await pair.There.Remote.ShutdownAsync().Within("the shutdown");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task NodeIsReplaced_WatcherIsToldAndTheNewActorIsAnother()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        var first = await TestNode.StartAsync(network: network);
        first.SpawnEcho("target");
        var watcher = SpawnWatcher(here);
        await WatchAsync(here, watcher, first.Pid("target"));
        await here.AskAsync(first.Pid("target"), "settled");
        network.Kill(first.Address, here.Address);
        await here.Events.NextAsync<EndpointReconnecting>();
        await first.Remote.ShutdownAsync().Within("burying the first");

        await using var second = await TestNode.StartAsync(options => options.Port = first.Port, network: network);
        second.SpawnEcho("target");
        network.Heal(first.Address);

        var ended = await NextAsync(here);
        Assert.Equal((first.Pid("target"), TerminatedReason.AddressTerminated), (ended.Who, ended.Why));
        Assert.Equal("re:new", await here.AskAsync(second.Pid("target"), "new"));
        await here.Root.PoisonAsync(watcher).Within("stopping the watcher");
        Assert.Single(here.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
    }

    [Fact]
    public async Task AddressWhereNobodyListens_WatcherIsToldOnce()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(TestPeers.GiveUpQuickly, network: network);
        var watcher = SpawnWatcher(here);

        await WatchAsync(here, watcher, new PID("127.0.0.1:9", "x"));

        var ended = await NextAsync(here);
        Assert.Equal((new PID("127.0.0.1:9", "x"), TerminatedReason.AddressTerminated), (ended.Who, ended.Why));

        // The address rests now; a watch is answered all the same.
        await WatchAsync(here, watcher, new PID("127.0.0.1:9", "y"));
        Assert.Equal(TerminatedReason.AddressTerminated, (await NextAsync(here)).Why);
        await here.Root.PoisonAsync(watcher).Within("stopping the watcher");
        Assert.Equal(2, here.Events.Of<Receipt>().Count(receipt => receipt.Message is Terminated));
    }

    [Fact]
    public async Task OwnNodeLeaves_WatcherIsTold()
    {
        await using var pair = await Pair.StartAsync();
        pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.Here.Remote.ShutdownAsync().Within("the shutdown");

        await pair.ExpectAsync(("target", TerminatedReason.AddressTerminated));
    }

    [Fact]
    public async Task Unwatched_WatcherIsNotTold()
    {
        await using var pair = await Pair.StartAsync(TestPeers.GiveUpQuickly);
        var target = pair.There.SpawnEcho("target");
        pair.There.SpawnEcho("other");
        await pair.WatchAsync("target");
        await pair.WatchAsync("other");
        await pair.UnwatchAsync("target");

        await pair.There.Root.StopAsync(target).Within("stopping the target");
        pair.Network.Kill(pair.There.Address, pair.Here.Address);

        await pair.ExpectAsync(("other", TerminatedReason.AddressTerminated));
    }

    [Fact]
    public async Task WatchedTwice_WatcherIsToldOnce()
    {
        await using var pair = await Pair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");
        await pair.WatchAsync("target");

        await pair.There.Root.StopAsync(target).Within("stopping the target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task ManyWatchersOfOneTarget_EachIsToldOnce()
    {
        var count = TestScale.Count(1000);
        await using var pair = await Pair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        PID[] watchers = [.. Enumerable.Range(0, count).Select(i => SpawnWatcher(pair.Here, $"watcher{i}"))];
        foreach (var watcher in watchers)
        {
            await WatchAsync(pair.Here, watcher, pair.There.Pid("target"));
        }

        await pair.Here.AskAsync(pair.There.Pid("target"), "settled");
        await pair.There.Root.StopAsync(target).Within("stopping the target");

        await Task.WhenAll(watchers.Select(watcher => pair.Here.Events.NextAsync<Receipt>(
            receipt => receipt.Actor == watcher.Id && receipt.Message is Terminated { Why: TerminatedReason.Stopped })));
        await Task.WhenAll(watchers.Select(pair.Here.Root.PoisonAsync)).Within("stopping the watchers");
        Assert.Equal(count, pair.Here.Events.Of<Receipt>().Count(receipt => receipt.Message is Terminated));
    }

    [Fact]
    [Trait("Behaviour", "W-02")]
    public async Task ShortCut_IsNoEndAndLosesNoLaterOne()
    {
        await using var pair = await Pair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        pair.Network.Cut(pair.There.Address);
        pair.Network.Cut(pair.Here.Address);
        await pair.Here.Events.NextAsync<EndpointReconnected>();
        await pair.Here.AskAsync(pair.There.Pid("target"), "again");
        Assert.DoesNotContain(pair.Here.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
        await pair.There.Root.StopAsync(target).Within("stopping the target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    [Trait("Behaviour", "W-02")]
    public async Task TargetEndsDuringACut_WatcherIsToldOnce()
    {
        await using var pair = await Pair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        // Only the way back is cut: the Terminated is written into the void, and our own stream lives on.
        pair.Network.BlackHole(pair.Here.Address);
        await pair.There.Root.StopAsync(target).Within("stopping the target");
        pair.Network.Cut(pair.Here.Address);
        pair.Network.Heal(pair.Here.Address);

        var ended = await pair.NextAsync();
        Assert.Equal(pair.There.Pid("target"), ended.Who);
        Assert.NotEqual(TerminatedReason.AddressTerminated, ended.Why);
        await pair.ExpectAsync(("target", ended.Why));
    }

    [Fact]
    [Trait("Behaviour", "W-02")]
    public async Task PeersStreamBreaks_WatchIsIssuedAtTheLossAndWithTheNextStream()
    {
        await using var node = await TestNode.StartAsync();
        var recorded = new RecordedNode("peer", "", "0123456789abcdef0123456789abcdef", IsClient: false);
        await using var peer = await ReplayPeer.StartAsync(recorded, null, () => node.Address, new ReplayLog());
        var target = new PID(peer.Address, "target");
        var watcher = SpawnWatcher(node);
        await WatchAsync(node, watcher, target);
        var ours = await peer.AcceptAsync("ours");
        await ours.NextAsync("the handshake");
        await ours.WriteAsync(Google.Protobuf.MessageExtensions.ToByteArray(new Protocol.RemoteMessage { ConnectResponse = new() { MemberId = recorded.MemberId } }));
        await ExpectWatchAsync(ours, "the first Watch");

        var theirs = await DialAsync(peer);
        theirs.Cut();
        await ExpectWatchAsync(ours, "the Watch after the loss");

        // What the peer answered to that may have gone down with a stream that it took for alive.
        var next = await DialAsync(peer);
        await ExpectWatchAsync(ours, "the Watch with the next stream");
        await next.WriteAsync(Batch(new Protocol.Terminated { Who = new Protocol.PID { Address = peer.Address, Id = "target" } }, "watcher"));

        Assert.Equal((target, TerminatedReason.Stopped), await NextAsync(node) is var ended ? (ended.Who, ended.Why) : default);

        static async Task ExpectWatchAsync(ReplayStream stream, string phase) =>
            Assert.Equal("actor.Watch", (await stream.NextAsync(phase) as Observed.Envelope)?.View.Type);

        async Task<ReplayStream> DialAsync(ReplayPeer peer)
        {
            var stream = await peer.DialAsync("theirs");
            await stream.WriteAsync(Google.Protobuf.MessageExtensions.ToByteArray(new Protocol.RemoteMessage
            {
                ConnectRequest = new() { ServerConnection = new() { MemberId = recorded.MemberId, Address = peer.Address } },
            }));
            await stream.NextAsync("the answer to the handshake");
            return stream;
        }
    }

    private static PID SpawnWatcher(TestNode node, string name = "watcher") => node.Spawn(name, context =>
    {
        switch (context.Message)
        {
            case PID target:
                context.Watch(target);
                context.Respond("done");
                break;
            case string id:
                context.Unwatch(new PID(id[..id.IndexOf('/')], id[(id.IndexOf('/') + 1)..]));
                context.Respond("done");
                break;
        }
    });

    private static Task WatchAsync(TestNode node, PID watcher, PID target) => node.Root.RequestAsync<string>(watcher, target, TestTime.Ceiling);

    private static async Task<Terminated> NextAsync(TestNode node) =>
        (Terminated)(await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated, expected: "a Terminated")).Message;

    /// <summary>A watcher here, its targets there.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private PID _watcher = null!;
        private int _seen;

        public InMemoryNetwork Network { get; } = new();

        public TestNode Here { get; private set; } = null!;

        public TestNode There { get; private set; } = null!;

        public static async Task<Pair> StartAsync(Action<RemoteOptions>? options = null)
        {
            var pair = new Pair();
            pair.Here = await TestNode.StartAsync(options, network: pair.Network);
            pair.There = await TestNode.StartAsync(options, network: pair.Network);
            pair._watcher = SpawnWatcher(pair.Here);
            return pair;
        }

        /// <summary>Watches, and waits until the Watch has arrived.</summary>
        public async Task WatchAsync(string id)
        {
            await WatchTests.WatchAsync(Here, _watcher, There.Pid(id));
            if (There.ActorSystem.Processes.Find(id) is not null)
            {
                // Control passes user messages, so whoever answers this has had the Watch.
                await Here.AskAsync(There.Pid(id), "settled");
            }
        }

        public async Task UnwatchAsync(string id)
        {
            await Here.Root.RequestAsync<string>(_watcher, $"{There.Address}/{id}", TestTime.Ceiling);
            await Here.AskAsync(There.Pid(id), "settled");
        }

        public Task<Terminated> NextAsync()
        {
            _seen++;
            return WatchTests.NextAsync(Here);
        }

        /// <summary>All that the watcher is told until it stops, in any order.</summary>
        public async Task ExpectAsync(params (string Id, TerminatedReason Why)[] expected)
        {
            while (_seen < expected.Length)
            {
                await NextAsync();
            }

            await Here.Root.PoisonAsync(_watcher).Within("stopping the watcher");
            Assert.Equal(expected.Select(end => (There.Pid(end.Id), end.Why)).OrderBy(end => end.Item1.Id).ThenBy(end => end.Why), Told().OrderBy(end => end.Who.Id).ThenBy(end => end.Why));
        }

        public async ValueTask DisposeAsync()
        {
            await Here.DisposeAsync();
            await There.DisposeAsync();
            await Network.DisposeAsync();
        }

        private IEnumerable<(PID Who, TerminatedReason Why)> Told() =>
            Here.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<Terminated>().Select(ended => (ended.Who, ended.Why));
    }
}
