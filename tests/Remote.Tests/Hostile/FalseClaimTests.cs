using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Peers that say to be somebody else, or speak for somebody else.</summary>
[Trait("Behaviour", "T-16")]
[Trait("Behaviour", "H-04")]
public sealed class FalseClaimTests : DisposedAfterTest
{
    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task SystemThatAnsweredElsewhere_IsNotBelievedToBeTheStranger()
    {
        await using var pair = await ConnectedAsync();

        var refusal = await Assert.ThrowsAsync<RpcException>(
            () => Stranger.ConnectAsync(pair.Here.Address, pair.There.SystemId, "stranger:1", _network.ConnectAsync));

        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.Equal(1, pair.Here.Remote.GetLimitStatistics().Refused["foreign system"]);
    }

    /// <summary>
    /// Every node tells its id to whoever dials. Somebody who says it, and the address, would speak for the node itself; and its own dialler wants
    /// nothing but the answer.
    /// </summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task IdOfTheNodeItself_IsAnswered_AndNotServed(bool saysItsAddress, bool offersALink)
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var dialler = await PlayedDialler.DialAsync(_network, node.Address);
        var offer = offersALink ? new LinkOffer(LinkId.Create(), 1, Established: false, null, LinkLimits.None) : null;
        var request = Handshake.Request(node.SystemId, saysItsAddress ? node.Address : "stranger:1", CapabilityNames.All, offer);

        await dialler.Call.WriteAsync(request).AsTask().Within("a handshake");

        Assert.Equal(node.SystemId, (await dialler.ReadAsync())!.ConnectResponse.MemberId);
        Assert.Null(await dialler.ReadAsync());
        Assert.Contains(saysItsAddress ? node.Address : "stranger:1", (await node.Log.NextAsync("OwnHandshake")).Text, StringComparison.Ordinal);
    }

    /// <summary>The stranger came first, when nothing could be known.</summary>
    [Fact]
    public async Task Terminated_OfAStrangerThatSaidToBeThatSystem_TellsNobody()
    {
        await using var there = await TestNode.StartAsync(network: _network);
        await using var here = await TestNode.StartAsync(network: _network);
        there.SpawnEcho("watched");
        here.Spawn("sink");
        await using var stranger = await Stranger.ConnectAsync(here.Address, there.SystemId, "stranger:1", _network.ConnectAsync);
        var watcher = WatchPair.SpawnWatcher(here);
        await WatchPair.WatchAsync(here, watcher, there.Pid("watched"));
        await here.AskAsync(there.Pid("watched"), "settled");

        await stranger.SendAsync("watcher", new Terminated { Who = there.Pid("watched"), Why = TerminatedReason.Stopped });
        await stranger.SendAsync("sink", new StringValue());
        await here.NextReceiptAsync("sink");

        Assert.DoesNotContain(here.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
        await there.Root.StopAsync(there.Pid("watched")).Within("the end of the actor");
        Assert.Equal(there.Pid("watched"), (await WatchPair.NextAsync(here)).Who);
    }

    [Theory]
    [InlineData("third:1")]
    [InlineData("$client/third")]
    [InlineData("")]
    public async Task Watch_ForSomebodyElse_IsNotTaken_AndNobodyIsDialledForIt(string address)
    {
        await using var node = await TestNode.StartAsync(network: _network);
        var echo = node.SpawnEcho();
        await using var stranger = await Stranger.ConnectAsync(node.Address, connect: _network.ConnectAsync);
        var dials = _network.Dials;

        // An empty address is the peer's own, so that one is written which is the node's.
        await stranger.SendAsync("echo", new Watch { Watcher = new PID(address.Length == 0 ? node.Address : address, "x") });
        await stranger.SendAsync("echo", new Watch { Watcher = new PID("stranger:1", "x") });
        await stranger.SendAsync("echo", new StringValue());
        await node.NextReceiptAsync("echo");

        Assert.Equal(1, node.Remote.GetLimitStatistics().Refused["foreign watch"]);
        await node.Root.StopAsync(echo).Within("the end of the actor");
        await node.Events.NextAsync<EndpointReconnecting>(fact => fact.Address == "stranger:1", expected: "the attempt to tell the stranger");
        Assert.All(node.Remote.GetEndpoints(), endpoint => Assert.Equal("stranger:1", endpoint.Address));
        Assert.True(_network.Dials > dials);
    }

    /// <summary>A peer that was dialled because it had sent something says the id of another one, to be sent what that one is to get.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnswerWithTheIdOfAnotherSystem_DoesNotGetItsMessages(bool advertisesVictim)
    {
        await using var victim = await TestNode.StartAsync();
        victim.Spawn("sink");
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        await using var liar = await PlayedAcceptor.StartAsync();
        await using var stranger = await DialledAsync(node, liar);
        liar.Answer(Saying(victim.SystemId, advertisesVictim ? victim.Address : liar.Address));
        await liar.TakeAsync(1);

        node.Root.Send(victim.Pid("sink"), new StringValue { Value = "for the victim" });

        Assert.Equal("for the victim", ((StringValue)(await victim.NextReceiptAsync("sink")).Message).Value);
        Assert.Equal(EndpointState.Connected, node.Remote.GetEndpointState(victim.Address));
        await node.Log.NextAsync("SystemClaimedTwice");
    }

    [Fact]
    public async Task LinkThatAPeerDoesNotHold_IsNotResumed()
    {
        await using var pair = await ConnectedAsync();
        await using var dialler = await PlayedDialler.DialAsync(_network, pair.There.Address);
        var guess = new LinkOffer(LinkId.Create(), 99, Established: true, pair.There.SystemId, LinkLimits.None);
        await dialler.Call.WriteAsync(Handshake.Request(pair.Here.SystemId, pair.Here.Address, CapabilityNames.All, guess)).AsTask().Within("a handshake");

        Assert.Equal(Wire.LinkStatus.LinkUnknown, (await dialler.ReadAsync())!.ConnectResponse.LinkStatus);

        // And a new one does not take its place while it has a stream.
        await using var another = await PlayedDialler.DialAsync(_network, pair.There.Address);
        var fresh = new LinkOffer(LinkId.Create(), 1, Established: false, null, LinkLimits.None);
        await another.Call.WriteAsync(Handshake.Request(pair.Here.SystemId, pair.Here.Address, CapabilityNames.All, fresh)).AsTask().Within("a handshake");
        Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(another.ReadAsync)).StatusCode);
        Assert.Equal("re:x", await pair.Here.AskAsync(pair.There.Pid("echo"), "x"));
        Assert.Empty(await pair.Here.PublishedAsync<EndpointReconnecting>());
    }

    [Fact]
    public void LinkIds_AreNotCounted()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => LinkId.Create()).ToList();

        Assert.Equal(1000, ids.Distinct().Count());

        // Every byte takes many values: sixteen that are drawn have about 250 of 256 each.
        Assert.All(Enumerable.Range(0, 16), at => Assert.InRange(ids.Select(id => id.ToArray()[at]).Distinct().Count(), 200, 256));
    }

    /// <summary>The id of a client is no secret. While the node waits for it, only whoever shows its certificate takes its place.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task ClientThatIsWaitedFor_GivesWayToItselfOnly(bool hasCertificate, bool isSame)
    {
        using var certificates = new TestCertificates();
        using var one = certificates.Issue("one");
        using var two = certificates.Issue("two");
        var system = new ActorSystem();
        var parts = NodeKit.PartsOf(system);
        var clients = ClientsOf(system, parts);
        var own = hasCertificate ? one : null;
        var session = await clients.OpenAsync(Stream(own));
        session.StreamEnded(null, new IOException("The connection was lost."));

        var another = clients.OpenAsync(Stream(isSame ? own : two)).AsTask();

        if (isSame)
        {
            Assert.NotSame(session, await another.Within("the place of the former one"));
        }
        else
        {
            Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => another)).StatusCode);
        }

        clients.EndAll(EndpointTerminatedReason.Shutdown);
        parts.Links.Dispose();
        await system.ShutdownAsync();
    }

    /// <summary>The way of a stranger: it opens a link of its own under the name of the client, before anybody looks at the sessions.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientThatIsWaitedFor_ItsLinkGivesWayToItselfOnly(bool isSame)
    {
        using var certificates = new TestCertificates();
        using var one = certificates.Issue("one");
        using var two = certificates.Issue("two");
        var system = new ActorSystem();
        var parts = NodeKit.PartsOf(system);
        var clients = ClientsOf(system, parts);
        var stream = Stream(one);
        var link = (await parts.Links.ClaimAsync(stream))!;
        link.Client = await clients.OpenAsync(stream);
        link.Client.StreamEnded(null, new IOException("The connection was lost."));
        parts.Links.Detach(link, stream);

        var another = parts.Links.ClaimAsync(Stream(isSame ? one : two)).AsTask();

        if (isSame)
        {
            Assert.NotSame(link, await another);
            Assert.True(link.Client.Closed.IsCompleted);
        }
        else
        {
            Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => another)).StatusCode);
            Assert.False(link.IsEnded);
            Assert.False(link.Client.Closed.IsCompleted);
        }

        clients.EndAll(EndpointTerminatedReason.Shutdown);
        parts.Links.Dispose();
        await system.ShutdownAsync();
    }

    [Fact]
    public async Task ClientThatCameBackWithARenewedCertificate_IsKnownByThatFromThenOn()
    {
        using var certificates = new TestCertificates();
        using var former = certificates.Issue("one");
        using var renewed = certificates.Issue("one");
        var system = new ActorSystem();
        var parts = NodeKit.PartsOf(system);
        var clients = ClientsOf(system, parts);
        var session = await clients.OpenAsync(Stream(former));
        session.StreamEnded(null, new IOException("The connection was lost."));
        Assert.True(session.TryResume(Stream(renewed)));
        session.StreamEnded(null, new IOException("The connection was lost again."));

        Assert.False(session.TryDisplace(Stream(former)));
        Assert.True(session.TryDisplace(Stream(renewed)));

        parts.Links.Dispose();
        await system.ShutdownAsync();
    }

    /// <summary>Whoever is dialled can answer with the id of another system, and then with another id: nothing of that system ends.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnswerWithTheIdOfAnotherSystem_AndThenWithAnotherId_EndsNothingOfThatSystem(bool isClient)
    {
        await using var victim = isClient ? await TestNode.StartClientAsync() : await TestNode.StartAsync();
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        node.Spawn("sink");
        victim.Root.Send(node.Pid("sink"), new StringValue { Value = "before" });
        await node.NextReceiptAsync("sink");
        var stream = Assert.Single(node.Remote.Parts.Streams.All);
        await using var liar = await PlayedAcceptor.StartAsync();
        await using var stranger = await DialledAsync(node, liar);
        liar.Answer(Saying(victim.SystemId, liar.Address));
        await liar.TakeAsync(1);

        liar.Hold();
        liar.Cut();
        await liar.NextRequestAsync();
        liar.Answer(Saying("another", liar.Address));

        await node.Events.NextAsync<EndpointTerminated>(
            fact => fact.Address == liar.Address && fact.Reason == EndpointTerminatedReason.IncarnationEnded, expected: "the end of the liar's first life");
        Assert.False(stream.Link!.IsEnded);
        Assert.False(stream.Ended.IsCompleted);
        victim.Root.Send(node.Pid("sink"), new StringValue { Value = "after" });
        Assert.Equal("after", ((StringValue)(await node.NextReceiptAsync("sink")).Message).Value);
        Assert.Empty(await victim.PublishedAsync<EndpointReconnecting>());
    }

    /// <summary>The liar was first: what answers at the address that the real one gives decides whether that one is let in.</summary>
    [Fact]
    public async Task SystemWhoseIdWasAnsweredByAStrangerFirst_IsLetInWhereItAnswersItself()
    {
        await using var victim = await TestNode.StartAsync();
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        node.Spawn("sink");
        await using var liar = await PlayedAcceptor.StartAsync();
        await using var stranger = await DialledAsync(node, liar);
        liar.Answer(Saying(victim.SystemId, liar.Address));
        await liar.TakeAsync(1);

        victim.Root.Send(node.Pid("sink"), new StringValue { Value = "it is me" });
        var told = node.NextReceiptAsync("sink");
        var refused = victim.Events.WaitForCountAsync<EndpointTerminated>(1);

        Assert.True(await Task.WhenAny(told, refused) == told, "The victim was refused.");
        Assert.Equal("it is me", ((StringValue)(await told).Message).Value);
    }

    /// <summary>Where somebody else lives, or where this node may not look, nobody is let in with the id of a system that has answered.</summary>
    [Theory]
    [InlineData(true, StatusCode.FailedPrecondition, 1)]
    [InlineData(false, StatusCode.Unavailable, 0)]
    public async Task SystemThatAMessageNamed_IsNotBelievedToLiveWhereItDoesNotAnswer(bool mayDial, StatusCode expected, int counted)
    {
        await using var other = await TestNode.StartAsync();
        await using var node = await TestNode.StartAsync(options => options.Hooks.AllowDial = (_, origin) => mayDial || origin != DialOrigin.Handshake);
        node.SpawnEcho();
        await using var first = await PlayedAcceptor.StartAsync();
        await using var stranger = await DialledAsync(node, first);
        first.Answer(Saying("system", first.Address));
        await first.TakeAsync(1);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => Stranger.ConnectAsync(node.Address, "system", other.Address));

        Assert.Equal(expected, refusal.StatusCode);
        Assert.Equal(counted, node.Remote.GetLimitStatistics().Refused.GetValueOrDefault("foreign system"));
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    /// <summary>A stream of a client with a certificate, and a link that is new.</summary>
    private static InboundStream Stream(X509Certificate2? certificate)
    {
        var request = new PlayedRequest();
        request.Call.HttpContext.Connection.ClientCertificate = certificate;
        var offer = new LinkOffer(LinkId.Create(), 1, Established: false, null, LinkLimits.None);
        return new InboundStream(request.Call, new PeerIdentity("c", "$client/c", IsClient: true) { Offer = offer })
        {
            Link = new InboundLinkState(offer, "c", "$client/c", "node:1"),
        };
    }

    /// <summary>Lets a node dial a played peer, because a message names it; the handshake is not answered yet.</summary>
    private static async Task<Stranger> DialledAsync(TestNode node, PlayedAcceptor peer)
    {
        var stranger = await Stranger.ConnectAsync(node.Address, "liar", peer.Address);
        await stranger.SendAsync("echo", new StringValue { Value = "dial me" }, new Wire.PID { Address = peer.Address, Id = "x" });
        await peer.NextRequestAsync();
        return stranger;
    }

    private static Wire.RemoteMessage Saying(string systemId, string advertised) => new()
    {
        ConnectResponse = new Wire.ConnectResponse
        {
            MemberId = systemId,
            Capabilities = { CapabilityNames.All },
            NextExpected = 1,
            Credit = new Wire.LinkCredit { Messages = 1000, Bytes = 1_000_000 },
            AdvertisedAddress = advertised,
        },
    };

    private async Task<Pair> ConnectedAsync()
    {
        var pair = new Pair(await TestNode.StartAsync(network: _network), await TestNode.StartAsync(network: _network));
        pair.There.SpawnEcho();
        await pair.Here.Remote.WaitForConnectionAsync(pair.There.Address).Within("the connection");
        return pair;
    }

    private sealed record Pair(TestNode Here, TestNode There) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Here.DisposeAsync();
            await There.DisposeAsync();
        }
    }

    private static ClientSessions ClientsOf(ActorSystem system, NodeParts parts) =>
        new(parts.Context, parts.Table, parts.Links, new PeerBlockList(NodeKit.SettingsOf(system)));
}
