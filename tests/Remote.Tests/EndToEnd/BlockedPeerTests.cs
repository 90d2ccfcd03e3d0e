using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Two nodes, one of which blocks the other.</summary>
[Trait("Behaviour", "H-03")]
public sealed class BlockedPeerTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private TestNode _here = null!;
    private TestNode _there = null!;

    public static TheoryData<bool> ByAddress => [false, true];

    public async Task InitializeAsync()
    {
        _here = await StartAsync("here");
        _there = await StartAsync("there");
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(ByAddress))]
    public async Task Dial_FromABlockedPeer_IsToldAndDeliversNothing(bool byAddress)
    {
        _here.Spawn("sink");
        Block(byAddress);

        var request = _there.RefusedAsync(_here.Pid("sink"), Text("let me in"));

        Assert.Equal(DeadLetterReason.Blocked, await request);
        Assert.Equal(new EndpointBlocked("here:8000", _here.SystemId, BlockedBy.Peer, "here:8000 has this node on its block list."), await _there.Events.NextAsync<EndpointBlocked>());
        Assert.Equal(new EndpointTerminated("here:8000", EndpointTerminatedReason.Blocked), await _there.Events.NextAsync<EndpointTerminated>());
        Assert.Empty(await _there.PublishedAsync<EndpointReconnecting>());
        Assert.Empty(_here.Events.Of<Receipt>());
        Assert.Equal(1, Assert.Single(_here.Remote.PeerBlockList.Entries).Refusals);
        var wait = await Assert.ThrowsAsync<RemoteException>(() => _there.Remote.WaitForConnectionAsync("here:8000").Within("waiting for a connection"));
        Assert.Equal(RemoteError.Blocked, wait.Error);
    }

    [Fact]
    public async Task Dial_AgainAndAgain_IsOneEvent()
    {
        Block(byAddress: false);
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<DeadLetterException>(() => _there.AskAsync(_here.Pid("echo"), "let me in").Within("the request"));
            await _there.Events.NextAsync<EndpointTerminated>();
        }

        Assert.Single(await _there.PublishedAsync<EndpointBlocked>());
        Assert.Equal(3, Assert.Single(_here.Remote.PeerBlockList.Entries).Refusals);
    }

    [Theory]
    [MemberData(nameof(ByAddress))]
    public async Task Block_ALivePeer_CutsBothDirectionsWithinASecond(bool byAddress)
    {
        await ConnectBothWaysAsync();
        var watcher = WatchPair.SpawnWatcher(_here);
        await WatchPair.WatchAsync(_here, watcher, _there.Pid("echo"));
        Assert.Equal("re:watched", await _here.AskAsync(_there.Pid("echo"), "watched"));
        var watch = Stopwatch.StartNew();

        Block(byAddress);

        Assert.Equal(new EndpointTerminated("there:8000", EndpointTerminatedReason.Blocked), await _here.Events.NextAsync<EndpointTerminated>());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"It took {watch.Elapsed}.");
        Assert.Equal(TerminatedReason.AddressTerminated, (await WatchPair.NextAsync(_here)).Why);

        // It dials again and is told.
        Assert.Equal(BlockedBy.Peer, (await _there.Events.NextAsync<EndpointBlocked>()).By);
        Assert.Equal(new EndpointTerminated("here:8000", EndpointTerminatedReason.Blocked), await _there.Events.NextAsync<EndpointTerminated>());
        Assert.Equal(0, _here.Remote.Parts.Links.Count);
    }

    [Theory]
    [MemberData(nameof(ByAddress))]
    public async Task Send_ToABlockedPeer_IsADeadLetterWithoutADial(bool byAddress)
    {
        await ConnectBothWaysAsync();
        Block(byAddress);

        // At once, whether the connection stands still or not.
        Assert.Equal(DeadLetterReason.Blocked, await _here.RefusedAsync(_there.Pid("echo"), "too late"));
        await _here.Events.NextAsync<EndpointTerminated>();
        await _there.Events.NextAsync<EndpointTerminated>();
        var dials = _network.Dials;

        _here.Root.Send(_there.Pid("echo"), Text("hello"));
        var letter = await _here.Events.NextAsync<RemoteDeadLetterEvent>(letter => letter.Message.Equals(Text("hello")));
        var failure = await Assert.ThrowsAsync<RemoteException>(() => _here.Root.SendAsync(_there.Pid("echo"), Text("hello")).AsTask().Within("the send"));
        var spawn = await Assert.ThrowsAsync<RemoteException>(() => _here.Remote.SpawnAsync("there:8000", "kind").Within("the spawn"));
        var watcher = WatchPair.SpawnWatcher(_here);
        await WatchPair.WatchAsync(_here, watcher, _there.Pid("echo"));

        Assert.Equal(DeadLetterReason.Blocked, letter.Reason);
        Assert.Equal((RemoteError.Blocked, RemoteError.Blocked), (failure.Error, spawn.Error));
        Assert.Equal(TerminatedReason.AddressTerminated, (await WatchPair.NextAsync(_here)).Why);
        Assert.Equal(dials, _network.Dials);
        Assert.Equal(4, _here.Remote.GetEndpointStatistics("there:8000")!.Refused[nameof(DeadLetterReason.Blocked)]);
    }

    [Fact]
    public async Task Send_ToAnAddressThatWasBlockedBeforeAnythingWasSent_IsNeverDialled()
    {
        _here.Remote.PeerBlockList.BlockAddress("there:8000");

        _here.Root.Send(_there.Pid("echo"), Text("hello"));
        _here.Root.Send(_there.Pid("echo"), Text("hello again"));

        await _here.Events.WaitForCountAsync<RemoteDeadLetterEvent>(2);
        Assert.All(await _here.PublishedAsync<RemoteDeadLetterEvent>(), letter => Assert.Equal(DeadLetterReason.Blocked, letter.Reason));
        Assert.Equal((EndpointState.Closed, 0), (_here.Remote.GetEndpointState("there:8000"), _network.Dials));
        Assert.Equal(2, _here.Remote.GetEndpointStatistics("there:8000")!.Offered);
        Assert.Empty(await _here.PublishedAsync<EndpointTerminated>());
    }

    [Fact]
    public async Task Block_WhileItsStreamIsLost_EndsItsLink()
    {
        await ConnectBothWaysAsync();
        _network.Refuse("here:8000");
        _network.Cut("here:8000");
        await _here.Remote.Parts.Streams.WhenEndedAsync(_there.SystemId).Within("the end of its stream");
        Assert.Equal(1, _here.Remote.Parts.Links.Count);

        Block(byAddress: false);

        Assert.Equal(0, _here.Remote.Parts.Links.Count);
        _network.Heal("here:8000");
    }

    [Fact]
    public async Task Dial_ThatFindsABlockedSystem_SendsNothing()
    {
        _there.Spawn("sink");
        _here.Remote.PeerBlockList.BlockSystem(_there.SystemId);

        _here.Root.Send(_there.Pid("sink"), Text("hello"));

        Assert.Equal(DeadLetterReason.Blocked, (await _here.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Equal(EndpointTerminatedReason.Blocked, (await _here.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Empty(_there.Events.Of<Receipt>());
    }

    [Theory]
    [MemberData(nameof(ByAddress))]
    public async Task Unblock_BothSidesComeAgain(bool byAddress)
    {
        await ConnectBothWaysAsync();
        Block(byAddress);
        await _there.Events.NextAsync<EndpointTerminated>();
        await _here.Events.NextAsync<EndpointTerminated>();

        Assert.True(byAddress ? _here.Remote.PeerBlockList.UnblockAddress("there:8000") : _here.Remote.PeerBlockList.UnblockSystem(_there.SystemId));

        // At once here, whatever the quarantine is.
        Assert.Equal("re:again", await _here.AskAsync(_there.Pid("echo"), "again"));
        Assert.Equal("re:too", await _there.AskAsync(_here.Pid("echo"), "too"));
        Assert.Equal(new EndpointUnblocked("here:8000", _here.SystemId, BlockedBy.Peer), await _there.Events.NextAsync<EndpointUnblocked>());
        Assert.Single(await _there.PublishedAsync<EndpointBlocked>());
        Assert.Single(await _there.PublishedAsync<EndpointUnblocked>());
    }

    [Fact]
    public async Task Unblock_TheFormerBlockerAsksFirst_IsAnsweredInSpiteOfTheOthersQuarantine()
    {
        await using var there = await TestNode.StartAsync(options => options.QuarantineDuration = TimeSpan.FromHours(1), network: _network);
        there.SpawnEcho();
        _here.Remote.PeerBlockList.BlockAddress(there.Address);
        await Assert.ThrowsAsync<DeadLetterException>(() => there.AskAsync(_here.Pid("echo"), "let me in").Within("the request"));
        _here.Remote.PeerBlockList.UnblockAddress(there.Address);

        Assert.Equal("re:sorry", await _here.AskAsync(there.Pid("echo"), "sorry"));
        Assert.Equal("here:8000", (await there.Events.NextAsync<EndpointUnblocked>()).Address);
    }

    [Fact]
    public async Task SystemIsBlocked_AnotherLifeAtItsAddress_IsNot()
    {
        await ConnectBothWaysAsync();
        Block(byAddress: false);
        await _here.Events.NextAsync<EndpointTerminated>();
        await _there.DisposeAsync();
        _there = await StartAsync("there");
        _there.SpawnEcho();

        Assert.Equal("re:hello", await _there.AskAsync(_here.Pid("echo"), "hello"));
        Assert.Equal("re:hello", await _here.AskAsync(_there.Pid("echo"), "hello"));
    }

    [Fact]
    public async Task Block_WhileMessagesWait_MakesThemDeadLetters()
    {
        await ConnectBothWaysAsync();
        _network.BlackHole("there:8000");
        for (var i = 0; i < 1000; i++)
        {
            _here.Root.Send(_there.Pid("sink"), Text($"{i}"));
        }

        Block(byAddress: true);

        await _here.Events.NextAsync<EndpointTerminated>();
        await _here.Events.WaitForCountAsync<RemoteDeadLetterEvent>(1000);
        var reasons = (await _here.PublishedAsync<RemoteDeadLetterEvent>()).Select(letter => letter.Reason).Distinct();
        Assert.Subset(new HashSet<DeadLetterReason> { DeadLetterReason.Blocked, DeadLetterReason.DeliveryUnknown }, reasons.ToHashSet());
        var statistics = _here.Remote.GetEndpointStatistics("there:8000")!;
        Assert.Equal((0, 0), (statistics.QueueLength, statistics.Retained));
        _network.Heal("there:8000");
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network) => TestNode.StartAsync(
        options =>
        {
            options.QuarantineDuration = host == "here" ? TimeSpan.FromHours(1) : TimeSpan.FromTicks(1);
            options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(20);
        },
        at: $"{host}:8000",
        network: network);

    private static StringValue Text(string value) => new() { Value = value };

    private Task<TestNode> StartAsync(string host) => StartAsync(host, _network);

    private bool Block(bool byAddress) => byAddress
        ? _here.Remote.PeerBlockList.BlockAddress("there:8000", "for a test")
        : _here.Remote.PeerBlockList.BlockSystem(_there.SystemId, "for a test");

    private async Task ConnectBothWaysAsync()
    {
        _here.SpawnEcho();
        _there.SpawnEcho();
        Assert.Equal("re:there", await _here.AskAsync(_there.Pid("echo"), "there"));
        Assert.Equal("re:here", await _there.AskAsync(_here.Pid("echo"), "here"));
    }
}
