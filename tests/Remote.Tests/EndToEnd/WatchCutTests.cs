using Proto;

namespace Remote.Tests;

/// <summary>Cuts that are no end: the same incarnations find each other again.</summary>
[Trait("Behaviour", "W-02")]
public sealed class WatchCutTests : ReplayTests
{
    [Fact]
    public async Task ShortCut_IsNoEndAndLosesNoLaterOne()
    {
        await using var pair = await WatchPair.StartAsync();
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
    public async Task TargetEndsDuringACut_WatcherIsToldOnce()
    {
        await using var pair = await WatchPair.StartAsync();
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
    public async Task OurStreamBreaks_EachPairIsIssuedOnceAndAgainOnTheNextStream()
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedAcceptor.StartAsync();
        var connected = node.Remote.WaitForConnectionAsync(peer.Address);
        await peer.AcceptAsync();
        await connected.Within("the connection");

        // One watcher watches twice, in the two ways there are: by its context, and by a message as another node would send.
        var watcher = WatchPair.SpawnWatcher(node);
        await WatchPair.WatchAsync(node, watcher, peer.Pid("target"));
        node.SendSystem(peer.Pid("target"), new Watch(watcher));
        await WatchPair.WatchAsync(node, watcher, peer.Pid("other"));
        node.Root.Stop(peer.Pid("the end"));
        Assert.Equal(["actor.Watch target", "actor.Watch other", "actor.Stop the end"], await TakeAsync(peer, 3));

        peer.Cut();
        await node.Events.NextAsync<EndpointReconnected>();

        // Who is told of the connection may send before the watches go out.
        node.Root.Stop(peer.Pid("the end"));
        Assert.Equal(["actor.Stop the end", "actor.Watch other", "actor.Watch target"], (await TakeAsync(peer, 3)).Order());
        Assert.DoesNotContain(node.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);

        static async Task<IEnumerable<string>> TakeAsync(PlayedAcceptor peer, int messages) =>
            (await peer.TakeAsync(messages)).SelectMany(batch => batch.Envelopes.Select(envelope => $"{batch.TypeNames[envelope.TypeId]} {batch.Targets[envelope.Target].ToStringUtf8()}"));
    }

    /// <summary>There is no bound for watches, and a lane that is full of them must not end them all for a cut that heals.</summary>
    [Fact]
    public async Task MoreWatchesThanTheControlLaneTakes_AreAllIssuedAgainOnce()
    {
        const int Watches = Endpoint.ControlCapacity + 1;
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedAcceptor.StartAsync();
        var connected = node.Remote.WaitForConnectionAsync(peer.Address);
        await peer.AcceptAsync();
        await connected.Within("the connection");
        var endpoint = node.Remote.Parts.Table.Find(peer.Address)!;
        var watcher = WatchPair.SpawnWatcher(node);
        for (var i = 0; i < Watches; i++)
        {
            endpoint.Watch(watcher, peer.Pid($"target{i}"), new Watch(watcher));
            if (i == Watches / 2)
            {
                await peer.TakeAsync(i + 1);
            }
        }

        await peer.TakeAsync(Watches / 2);
        peer.Hold();
        peer.Cut();
        await node.Events.NextAsync<EndpointReconnecting>();
        Assert.NotEqual(EndpointState.Connected, endpoint.State);
        endpoint.InboundLost();
        endpoint.InboundAccepted();
        await peer.AcceptAsync();
        await node.Events.NextAsync<EndpointReconnected>();
        var again = await peer.TakeAsync(Watches);
        node.Root.Stop(peer.Pid("the end"));
        var end = Assert.Single(await peer.TakeAsync(1));

        Assert.Equal(Watches, again.SelectMany(batch => batch.Envelopes.Select(envelope => batch.Targets[envelope.Target])).Distinct().Count());
        Assert.Equal(["actor.Stop"], end.TypeNames);
        Assert.Equal(Watches, endpoint.WatchCount);
        Assert.DoesNotContain(node.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PeersStreamBreaks_WatchIsIssuedAtTheLossAndWithTheNextStream(bool byUs)
    {
        await using var node = await TestNode.StartAsync();
        var recorded = new RecordedNode("peer", "", "0123456789abcdef0123456789abcdef", IsClient: false);
        await using var peer = await ReplayPeer.StartAsync(recorded, null, () => node.Address, new ReplayLog());
        var target = new PID(peer.Address, "target");
        var watcher = WatchPair.SpawnWatcher(node);
        await WatchPair.WatchAsync(node, watcher, target);
        var ours = await peer.AcceptAsync("ours");
        await ours.NextAsync("the handshake");
        await ours.WriteAsync(Google.Protobuf.MessageExtensions.ToByteArray(new Protocol.RemoteMessage { ConnectResponse = new() { MemberId = recorded.MemberId } }));
        await ExpectWatchAsync(ours, "the first Watch");

        var theirs = await DialAsync(peer);
        if (byUs)
        {
            // Nothing that an acceptor can be asked for.
            await theirs.WriteAsync(Google.Protobuf.MessageExtensions.ToByteArray(new Protocol.RemoteMessage { DisconnectRequest = new() }));
        }
        else
        {
            theirs.Cut();
        }

        await ExpectWatchAsync(ours, "the Watch after the loss");

        // What the peer answered to that may have gone down with a stream that it took for alive.
        var next = await DialAsync(peer);
        await ExpectWatchAsync(ours, "the Watch with the next stream");
        await next.WriteAsync(Batch(new Protocol.Terminated { Who = new Protocol.PID { Address = peer.Address, Id = "target" } }, "watcher"));

        Assert.Equal((target, TerminatedReason.Stopped), await WatchPair.NextAsync(node) is var ended ? (ended.Who, ended.Why) : default);

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
}
