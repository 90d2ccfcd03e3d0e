using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;
using Remote.Tests.Links;

namespace Remote.Tests;

/// <summary>What a peer sees of a block list, and what the list of a peer does here.</summary>
[Trait("Behaviour", "H-03")]
public sealed class BlockedWireTests
{
    private const string Peer = "0123456789abcdef0123456789abcdef";
    private const string Third = "f00df00df00df00df00df00df00df00d";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handshake_OfABlockedPeer_IsAnsweredWithThatAndNothingElse(bool byAddress)
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        _ = byAddress ? node.Remote.PeerBlockList.BlockAddress("peer:8000") : node.Remote.PeerBlockList.BlockSystem(Peer);
        using var peer = new RawDialler(network, node.Address);

        // What it sends without waiting for the answer is not delivered either.
        node.Spawn("sink");
        await peer.SendAsync(PlayedDialler.Request(Peer, "peer:8000"), PlayedDialler.Batch("sink", new Int32Value()));

        Assert.Equal(new Protocol.RemoteMessage { ConnectResponse = new() { MemberId = node.SystemId, Blocked = true } }, await peer.ReadAsync());
        Assert.Null(await peer.ReadAsync());
        Assert.Equal("0", await peer.StatusAsync());
        Assert.Empty(node.Events.Of<Receipt>());
    }

    [Fact]
    public async Task Block_BetweenTwoFramesThatCameTogether_TheSecondIsNotDelivered()
    {
        await using var network = new InMemoryNetwork();
        using var serializer = new HeldSerializer();
        await using var node = await TestNode.StartAsync(setup: setup => setup.AddSerializer(HeldSerializer.Id, priority: 1, serializer), network: network);
        node.Spawn("sink");
        using var peer = new RawDialler(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request(Peer, "peer:8000"));
        Assert.False((await peer.ReadAsync())!.ConnectResponse.Blocked);

        await peer.SendAsync(PlayedDialler.Batch("sink", new Int32Value { Value = 1 }), HeldSerializer.Batch("sink", "held"), PlayedDialler.Batch("sink", new Int32Value { Value = 2 }));

        // The entry is made while the frame in the middle is being read.
        await serializer.Entered.Within("the reader in the middle");
        node.Remote.PeerBlockList.BlockSystem(Peer);
        serializer.Release();

        await Assert.ThrowsAnyAsync<IOException>(peer.ReadAsync);
        await node.Remote.Parts.Streams.WhenEndedAsync(Peer).Within("the end of the stream");
        await node.Root.PoisonAsync(node.Pid("sink")).Within("the end of the sink");
        Assert.Equal([1], node.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<Int32Value>().Select(value => value.Value));
    }

    /// <summary>A peer unblocks this node and comes to it, before its last refusal has arrived.</summary>
    [Fact]
    public async Task Refusal_OlderThanAHandshakeOfThePeer_EndsNothing()
    {
        await using var network = new InMemoryNetwork();
        await using var acceptor = await PlayedAcceptor.StartAsync();
        await using var node = await TestNode.StartAsync(setup: setup => setup.ListenerFactory = network);
        node.Root.Send(acceptor.Pid("x"), new Int32Value { Value = 1 });
        await acceptor.AcceptAsync(Peer);
        await acceptor.TakeAsync(1);
        acceptor.Hold();
        acceptor.Cut();
        await acceptor.NextRequestAsync();

        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request(Peer, acceptor.Address));
        Assert.False((await peer.ReadAsync())!.ConnectResponse.Blocked);
        acceptor.Answer(new Protocol.RemoteMessage { ConnectResponse = new() { MemberId = Peer, Blocked = true } });
        acceptor.Hold();

        node.Root.Send(acceptor.Pid("x"), new Int32Value { Value = 2 });
        await acceptor.AcceptAsync(Peer);
        await acceptor.TakeAsync(1);
        Assert.Empty(await node.PublishedAsync<EndpointBlocked>());
        Assert.Empty(await node.PublishedAsync<RemoteDeadLetterEvent>());
    }

    [Fact]
    public async Task SharedEntries_AreTheOnlyOnesThatTravel()
    {
        await using var peer = await PlayedAcceptor.StartAsync();
        await using var dialler = await TestNode.StartAsync(options => options.BlockList.Entries.Add(new BlockedPeer { SystemId = "b", Share = true }));
        dialler.Remote.PeerBlockList.BlockSystem("a", share: true);
        dialler.Remote.PeerBlockList.BlockSystem("not shared");
        dialler.Remote.PeerBlockList.BlockAddress("10.0.0.1:8000");

        dialler.Root.Send(peer.Pid("x"), new Int32Value());

        Assert.Equal(["a", "b"], (await peer.AcceptAsync()).ServerConnection.BlockList);
    }

    [Fact]
    public async Task NothingShared_NothingTravels()
    {
        await using var peer = await PlayedAcceptor.StartAsync();
        await using var node = await TestNode.StartAsync();
        node.Remote.PeerBlockList.BlockSystem(Third);

        node.Root.Send(peer.Pid("x"), new Int32Value());

        Assert.Empty((await peer.AcceptAsync()).ServerConnection.BlockList);
    }

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public void Frames_WithAndWithoutABlockList_AreTheGoldenBytes()
    {
        GoldenFrames.AssertSame("connect-server-with-block-list", Handshake.Request("m1", "10.0.0.1:8001", [], null, ["bad1", "bad2"]));
        GoldenFrames.AssertSame("connect-response-blocked", Handshake.Blocked("m2"));
    }

    [Fact]
    public async Task ListOfAPeer_IsAdvice_ThatChangesNothing()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);

        await AdviseAsync(network, node, Third, node.SystemId);

        Assert.Empty(node.Remote.PeerBlockList.Entries);
        Assert.Empty(await node.PublishedAsync<EndpointBlocked>());
        await AssertAcceptedAsync(network, node, Third, "third:8000");
        Assert.Contains("TrustPeers", (await node.Log.NextAsync("AdviceIgnored")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListOfATrustedPeer_IsKept_ButNeverBlocksThisNodeItself()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.BlockList.TrustPeers = true, network: network);

        await AdviseAsync(network, node, Third, node.SystemId, Peer);

        var entry = Assert.Single(node.Remote.PeerBlockList.Entries);
        Assert.Equal((Third, Peer, false, null), (entry.SystemId, entry.AdvisedBy, entry.Share, entry.Until));
        Assert.Equal(BlockedBy.ThisNode, (await node.Events.NextAsync<EndpointBlocked>()).By);
        await using var third = await PlayedDialler.DialAsync(network, node.Address);
        await third.SendAsync(PlayedDialler.Request(Third, "third:8000"));
        Assert.True((await third.ReadAsync())!.ConnectResponse.Blocked);

        node.Remote.PeerBlockList.UnblockSystem(Third);
        await AssertAcceptedAsync(network, node, Third, "third:8000");
    }

    [Fact]
    public async Task ListOfAPeerThatIsBlockedItself_IsNotHeard()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.BlockList.TrustPeers = true, network: network);
        node.Remote.PeerBlockList.BlockSystem(Peer);
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);

        await peer.SendAsync(PlayedDialler.Request(Peer, "peer:8000", Third));

        Assert.True((await peer.ReadAsync())!.ConnectResponse.Blocked);
        Assert.Equal(Peer, Assert.Single(node.Remote.PeerBlockList.Entries).SystemId);
    }

    [Fact]
    public async Task OtherRefusals_AreNeverCalledBlocked()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        await using var peer = await TestNode.StartAsync(at: "peer:8000", network: network);
        await node.Remote.WaitForConnectionAsync("peer:8000").Within("the connection");

        // It claims an address where somebody else lives.
        await using var liar = await PlayedDialler.DialAsync(network, node.Address);
        await liar.SendAsync(PlayedDialler.Request(Third, "peer:8000"));

        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(liar.ReadAsync)).Status.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_ThatIsBlocked_IsCutAndTold(bool byAddress)
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        await using var client = await TestNode.StartClientAsync(options => options.QuarantineDuration = TimeSpan.FromTicks(1), network: network);
        server.SpawnEcho();
        client.SpawnEcho();
        Assert.Equal("re:hello", await client.AskAsync(server.Pid("echo"), "hello"));
        Assert.Equal("re:you", await server.AskAsync(client.Pid("echo"), "you"));

        _ = byAddress ? server.Remote.PeerBlockList.BlockAddress(client.Address) : server.Remote.PeerBlockList.BlockSystem(client.SystemId);

        Assert.Equal(new EndpointTerminated(client.Address, EndpointTerminatedReason.Blocked), await server.Events.NextAsync<EndpointTerminated>());
        Assert.Equal(BlockedBy.Peer, (await client.Events.NextAsync<EndpointBlocked>()).By);
        Assert.Equal(EndpointTerminatedReason.Blocked, (await client.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Equal(DeadLetterReason.Blocked, await server.RefusedAsync(client.Pid("echo"), "gone"));

        _ = byAddress ? server.Remote.PeerBlockList.UnblockAddress(client.Address) : server.Remote.PeerBlockList.UnblockSystem(client.SystemId);
        Assert.Equal("re:again", await client.AskAsync(server.Pid("echo"), "again"));
        Assert.Equal("re:too", await server.AskAsync(client.Pid("echo"), "too"));
        Assert.Equal(BlockedBy.Peer, (await client.Events.NextAsync<EndpointUnblocked>()).By);
    }

    /// <summary>What it says meanwhile makes its stream notice the entry, before anybody has cut it.</summary>
    [Fact]
    public async Task Client_WhoseStreamNoticesThatItIsBlocked_IsNotWaitedFor()
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        await using var client = await TestNode.StartClientAsync(network: network);
        server.SpawnEcho();
        Assert.Equal("re:hello", await client.AskAsync(server.Pid("echo"), "hello"));
        server.ActorSystem.EventStream.Subscribe<EndpointBlocked>(_ =>
        {
            client.Root.Send(server.Pid("echo"), new StringValue { Value = "still there?" });
            Assert.True(server.Remote.Parts.Streams.WhenEndedAsync(client.SystemId).Wait(TestTime.Ceiling), "The stream goes on.");
        });

        server.Remote.PeerBlockList.BlockSystem(client.SystemId);

        Assert.Equal(new EndpointTerminated(client.Address, EndpointTerminatedReason.Blocked), await server.Events.NextAsync<EndpointTerminated>());
        Assert.Empty(await server.PublishedAsync<EndpointReconnecting>());
        Assert.Single(server.Events.Of<Receipt>());
    }

    [Fact]
    public async Task Client_BlocksItsServer_NothingMoreComesIn()
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(options => options.Link.ClientResumeTimeout = TimeSpan.Zero, network: network);
        await using var client = await TestNode.StartClientAsync(network: network);
        server.SpawnEcho();
        Assert.Equal("re:hello", await client.AskAsync(server.Pid("echo"), "hello"));

        client.Remote.PeerBlockList.BlockAddress(server.Address);

        Assert.Equal(new EndpointTerminated(server.Address, EndpointTerminatedReason.Blocked), await client.Events.NextAsync<EndpointTerminated>());
        Assert.Equal(client.Address, (await server.Events.NextAsync<EndpointTerminated>()).Address);
        await Assert.ThrowsAsync<DeadLetterException>(() => client.AskAsync(server.Pid("echo"), "gone").Within("a request to a blocked server"));
        Assert.Equal(1, network.Dials);
    }

    private static async Task AdviseAsync(InMemoryNetwork network, TestNode node, params string[] blockList)
    {
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request(Peer, "peer:8000", blockList));
        Assert.False((await peer.ReadAsync())!.ConnectResponse.Blocked);
    }

    private static async Task AssertAcceptedAsync(InMemoryNetwork network, TestNode node, string systemId, string address)
    {
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request(systemId, address));
        Assert.False((await peer.ReadAsync())!.ConnectResponse.Blocked);
    }
}
