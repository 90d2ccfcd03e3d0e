using System.Reflection;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Our list and Proto.Remote's, which Proto.Cluster reads and writes: the two are kept in step, each change is told once (design decision 15).
/// </summary>
[Trait("Behaviour", "I-10")]
public sealed class MemberEventsTests : IAsyncLifetime
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private TestNode _node = null!;

    private PeerBlockList Ours => _node.Remote.PeerBlockList;

    private BlockList Theirs => _node.ActorSystem.Remote().BlockList;

    public async Task InitializeAsync() => _node = await TestNode.StartAsync(network: _network, time: _time);

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task BlockedHere_IsBlockedThereAndToldOnce()
    {
        Ours.BlockSystem(Id, "stolen");
        Ours.BlockSystem(Id, "stolen again");

        Assert.True(Theirs.IsBlocked(Id));
        Assert.Equal([new MemberBlocked(Id, "stolen")], await _node.PublishedAsync<MemberBlocked>());
        Assert.Equal([new EndpointBlocked(null, Id, BlockedBy.ThisNode, "stolen")], await _node.PublishedAsync<EndpointBlocked>());
    }

    [Fact]
    public async Task AddressBlockedHere_IsNoMember()
    {
        Ours.BlockAddress("peer:8000");

        Assert.Empty(Theirs.BlockedMembers);
        Assert.Empty(await _node.PublishedAsync<MemberBlocked>());
    }

    [Fact]
    public async Task BlockedByOthers_IsBlockedHereAndToldOnce()
    {
        _node.ActorSystem.EventStream.Publish(new MemberBlocked(Id, "gossip"));

        var entry = Ours.FindSystem(Id)!;
        Assert.Equal(("gossip", _node.ActorSystem.Config.BlockedMemberDuration), (entry.Reason, entry.Until - entry.Since));
        Assert.True(Theirs.IsBlocked(Id));
        Assert.Equal([new EndpointBlocked(null, Id, BlockedBy.ThisNode, "gossip")], await _node.PublishedAsync<EndpointBlocked>());
    }

    [Fact]
    public async Task BlockedByTheCluster_IsToldOnce()
    {
        BlockAsTheClusterDoes(Theirs, "it left", Id);

        Assert.Equal("it left", Ours.FindSystem(Id)?.Reason);
        Assert.Equal([new MemberBlocked(Id, "it left")], await _node.PublishedAsync<MemberBlocked>());
        Assert.Single(await _node.PublishedAsync<EndpointBlocked>());
    }

    [Fact]
    public async Task BlockedByOthers_WhatCannotBeBlocked_HarmsNobody()
    {
        foreach (var id in new[] { _node.SystemId, "", new string('x', Handshake.MaxIdLength + 1) })
        {
            _node.ActorSystem.EventStream.Publish(new MemberBlocked(id, "nonsense"));
        }

        _node.ActorSystem.EventStream.Publish(new MemberBlocked(Id, "sense"));

        Assert.Equal(Id, Assert.Single(Ours.Entries).SystemId);
        Assert.Single(await _node.PublishedAsync<EndpointBlocked>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UnblockedHere_IsTakenOutThere_AndMayBeBlockedAgain(bool byCluster)
    {
        for (var round = 1; round <= 3; round++)
        {
            Block(byCluster);
            Assert.True(Theirs.IsBlocked(Id));

            Assert.True(Ours.UnblockSystem(Id));

            // Also when the events are late: what was told of the block does not bring it back.
            Assert.Equal(round, (await _node.PublishedAsync<MemberBlocked>()).Count);
            Assert.Equal((round, round), ((await _node.PublishedAsync<EndpointBlocked>()).Count, (await _node.PublishedAsync<EndpointUnblocked>()).Count));
            Assert.False(Theirs.IsBlocked(Id));
            Assert.Empty(Ours.Entries);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Expired_IsTakenOutThere_AndMayBeBlockedAgain(bool byCluster)
    {
        var duration = _node.ActorSystem.Config.BlockedMemberDuration;
        for (var round = 1; round <= 2; round++)
        {
            Block(byCluster, duration);
            _time.Advance(duration - TimeSpan.FromTicks(1));
            Assert.True(Theirs.IsBlocked(Id));
            _time.Advance(TimeSpan.FromTicks(1));

            Assert.Equal((false, 0), (Theirs.IsBlocked(Id), Ours.Entries.Count));
            Assert.Equal(round, (await _node.PublishedAsync<MemberBlocked>()).Count);
        }
    }

    [Fact]
    public async Task ExpiredOnlyThere_MayBeBlockedAgain()
    {
        // Proto.Remote's own skips for ever an id that has expired in it.
        PutAsExpired(Id);
        Assert.False(Theirs.IsBlocked(Id));

        Ours.BlockSystem(Id, "again");

        Assert.True(Theirs.IsBlocked(Id));
        Assert.Equal([new MemberBlocked(Id, "again")], await _node.PublishedAsync<MemberBlocked>());
    }

    [Fact]
    public async Task BlockedHereForEver_OutlastsTheTimeOfTheirs()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            network: network, system: ActorSystemConfig.Setup() with { BlockedMemberDuration = TimeSpan.FromTicks(1) });

        node.Remote.PeerBlockList.BlockSystem(Id);

        Assert.True(node.Remote.BlockList.IsBlocked(Id));
    }

    [Fact]
    public async Task BlockedBeforeTheStart_IsBlockedThereFromTheStart()
    {
        await using var system = new ActorSystem();
        var options = SendingBeforeStartTests.OptionsOn(_network);
        options.BlockList.Entries.Add(new BlockedPeer { SystemId = "configured" });
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost(), options);
        remote.PeerBlockList.BlockSystem("early");

        await remote.StartAsync().Within("the start");

        Assert.Equal(["configured", "early"], remote.BlockList.BlockedMembers.Order());
    }

    [Fact]
    public async Task BlockedThereBeforeTheStart_IsTakenOverAndToldOnce()
    {
        await using var system = new ActorSystem();
        using var told = new EventProbe();
        system.EventStream.Subscribe<object>(told.Record);
        var options = SendingBeforeStartTests.OptionsOn(_network);
        options.Hooks.TimeProvider = _time;
        options.BlockList.Entries.Add(new BlockedPeer { SystemId = "both", Reason = "ours" });
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost(), options);
        BlockAsTheClusterDoes(remote.BlockList, "it left", "both", "member", system.Id, "", new string('x', Handshake.MaxIdLength + 1));

        await remote.StartAsync().Within("the start");

        Assert.Equal(["both", "member"], remote.PeerBlockList.Entries.Select(entry => entry.SystemId).Order());
        Assert.Equal(("ours", null), (remote.PeerBlockList.FindSystem("both")!.Reason, remote.PeerBlockList.FindSystem("both")!.Until));
        var taken = remote.PeerBlockList.FindSystem("member")!;
        Assert.Equal(system.Config.BlockedMemberDuration, taken.Until - taken.Since);

        // Five were told when they were blocked, and none of them again.
        await remote.Parts.Context.Events.WhenIdleAsync().Within("the events");
        Assert.Equal(5, told.Of<MemberBlocked>().Count);
        Assert.Equal("member", Assert.Single(told.Of<EndpointBlocked>()).SystemId);

        _time.Advance(system.Config.BlockedMemberDuration);
        Assert.Equal((false, true), (remote.BlockList.IsBlocked("member"), remote.BlockList.IsBlocked("both")));
    }

    [Fact]
    public async Task BlockedThereBeforeTheStart_IsRefusedFromTheStart()
    {
        await using var peer = await TestNode.StartAsync(at: "127.0.0.1:8100", network: _network);
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, RemoteConfig.BindToLocalhost(), SendingBeforeStartTests.OptionsOn(_network));
        BlockAsTheClusterDoes(remote.BlockList, "it left", peer.SystemId);

        await remote.StartAsync().Within("the start");

        var refused = await Assert.ThrowsAsync<RemoteException>(() => peer.Remote.WaitForConnectionAsync(remote.Address).Within("the refusal"));
        Assert.Equal(RemoteError.Blocked, refused.Error);
    }

    /// <summary>It hears nothing else of those that have blocked it, and a member of a cluster is to leave then.</summary>
    [Fact]
    public async Task RefusedByAPeer_IsToldInProtoRemotesWordsOnce_AndBlocksNobody()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        peer.Remote.PeerBlockList.BlockSystem(_node.SystemId, "a test");

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var refused = await Assert.ThrowsAsync<RemoteException>(() => _node.Remote.WaitForConnectionAsync(peer.Address).Within("the refusal"));
            Assert.Equal(RemoteError.Blocked, refused.Error);
        }

        var told = Assert.Single(await _node.PublishedAsync<MemberBlocked>());
        Assert.Equal(_node.SystemId, told.MemberId);
        Assert.Contains(peer.Address, told.Reason, StringComparison.Ordinal);
        Assert.Equal((0, false), (Ours.Entries.Count, Theirs.IsBlocked(_node.SystemId)));
    }

    [Fact]
    public async Task BlockedByOthers_ForLongerThanAnEntryLasts_IsBlockedForEver()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            network: network, system: ActorSystemConfig.Setup() with { BlockedMemberDuration = TimeSpan.MaxValue });

        node.ActorSystem.EventStream.Publish(new MemberBlocked(Id, "gossip"));

        Assert.Null(node.Remote.PeerBlockList.FindSystem(Id)!.Until);
    }

    [Fact]
    public async Task Endpoint_ThatEnds_IsToldOnceInProtoRemotesWords()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");

        await _node.Remote.DisconnectAsync(peer.Address).Within("leaving");

        Assert.Equal([new EndpointTerminated(peer.Address, EndpointTerminatedReason.Disconnected)], await _node.PublishedAsync<EndpointTerminated>());
        Assert.Equal([new EndpointTerminatedEvent(false, peer.Address, peer.SystemId)], await _node.PublishedAsync<EndpointTerminatedEvent>());
    }

    [Fact]
    public async Task Event_OfOurs_DoesNotEndTheNextLifeOfTheEndpoint()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        peer.SpawnEcho();
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");
        using var late = new ManualResetEventSlim();
        _node.ActorSystem.EventStream.Subscribe<EndpointTerminated>(_ => late.Wait(TestTime.Ceiling));

        // The next life begins before anybody hears that the first has ended.
        await _node.Remote.DisconnectAsync(peer.Address).Within("leaving");
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("a new connection");
        late.Set();

        Assert.Single(await _node.PublishedAsync<EndpointTerminatedEvent>());
        Assert.Equal("re:hello", await _node.AskAsync(peer.Pid("echo"), "hello"));
        await _node.Remote.DisconnectAsync(peer.Address).Within("leaving again");
        Assert.Equal((2, 2), ((await _node.PublishedAsync<EndpointConnected>()).Count, (await _node.PublishedAsync<EndpointTerminated>()).Count));
    }

    [Fact]
    public async Task Event_OfSomebodyElse_EndsTheEndpointOnce()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");

        _node.ActorSystem.EventStream.Publish(new EndpointTerminatedEvent(false, peer.Address.ToUpperInvariant(), peer.SystemId));

        Assert.Equal(EndpointTerminatedReason.Disconnected, (await _node.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Empty(Ours.Entries);
        Assert.Equal(2, (await _node.PublishedAsync<EndpointTerminatedEvent>()).Count);
        Assert.Single(await _node.PublishedAsync<EndpointTerminated>());
    }

    [Fact]
    public async Task Event_OfTheCluster_BlocksTheMemberAndEndsItsEndpoint()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");

        _node.ActorSystem.EventStream.Publish(new EndpointTerminatedEvent(true, peer.Address, peer.SystemId));

        await _node.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((peer.SystemId, true), (Assert.Single(Ours.Entries).SystemId, Theirs.IsBlocked(peer.SystemId)));
        Assert.Single(await _node.PublishedAsync<EndpointTerminated>());
        Assert.Single(await _node.PublishedAsync<EndpointBlocked>(), blocked => blocked.By == BlockedBy.ThisNode);
        Assert.Single(await _node.PublishedAsync<MemberBlocked>());
    }

    [Fact]
    public async Task Event_ForNobody_HarmsNobody()
    {
        foreach (var ended in new[] { new EndpointTerminatedEvent(true, null, null), new EndpointTerminatedEvent(true, "nonsense", ""), new EndpointTerminatedEvent(false, "peer:1", null) })
        {
            _node.ActorSystem.EventStream.Publish(ended);
        }

        Assert.Empty(Ours.Entries);
        Assert.Empty(_node.Remote.GetEndpoints());
        Assert.Empty(await _node.PublishedAsync<EndpointTerminated>());
    }

    [Fact]
    public async Task AfterTheShutdown_NothingIsObeyed()
    {
        await _node.Remote.ShutdownAsync().Within("the shutdown");

        _node.ActorSystem.EventStream.Publish(new MemberBlocked(Id, "too late"));

        Assert.Empty(Ours.Entries);
    }

    private void Block(bool byCluster, TimeSpan? duration = null)
    {
        if (byCluster)
        {
            BlockAsTheClusterDoes(Theirs, "it left", Id);
        }
        else
        {
            Ours.BlockSystem(Id, "ours", duration);
        }
    }

    // Proto.Cluster is a friend of Proto.Remote, and this is how it blocks.
    internal static void BlockAsTheClusterDoes(BlockList list, string reason, params string[] ids) => typeof(BlockList)
        .GetMethod("Block", BindingFlags.Instance | BindingFlags.NonPublic)!
        .Invoke(list, [ids, reason]);

    private void PutAsExpired(string id)
    {
        var members = typeof(BlockList).GetField("_blockedMembers", BindingFlags.Instance | BindingFlags.NonPublic)!;
        members.SetValue(Theirs, ((System.Collections.Immutable.ImmutableDictionary<string, DateTime>)members.GetValue(Theirs)!).Add(id, DateTime.UnixEpoch));
    }
}
