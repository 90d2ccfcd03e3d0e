using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>One peer under several spellings of its host: case and the dot of a full name make no difference (design decision 16).</summary>
[Trait("Behaviour", "E-04")]
public sealed class HostSpellingTests : IAsyncLifetime
{
    private const string Plain = "localhost:8000";
    private static readonly string[] Spellings = [Plain, "LOCALHOST:8000", "localhost.:8000", "LocalHost.:8000"];

    private readonly InMemoryNetwork _network = new();
    private TestNode _here = null!;
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _there = await TestNode.StartAsync(setup: setup => setup.AdvertisedHost = "LOCALHOST.", network: _network, at: "127.0.0.1:8000");

        // A dial under any other spelling finds nobody.
        _network.AddName(Plain, "127.0.0.1:8000");
        _here = await TestNode.StartAsync(network: _network);
        _there.SpawnEcho();
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public void Node_IsCalledByThePlainSpelling() => Assert.Equal(Plain, _there.Address);

    [Fact]
    public async Task Send_ByAllSpellings_GoesThroughOneEndpointInOrder()
    {
        for (var number = 0; number < 400; number++)
        {
            _here.Root.Send(new PID(Spellings[number % 4], "echo"), new Int32Value { Value = number });
        }

        var received = await _there.Events.WaitForCountAsync<Receipt>(400);
        Assert.Equal(Enumerable.Range(0, 400), received.Select(receipt => ((Int32Value)receipt.Message).Value));
        Assert.Equal(Plain, Assert.Single(_here.Remote.GetEndpoints()).Address);
        Assert.Single(await _here.PublishedAsync<EndpointConnected>());
        Assert.Empty(await _here.PublishedAsync<RemoteDeadLetterEvent>());
    }

    [Fact]
    public async Task Ask_ByEverySpelling_IsAnswered()
    {
        foreach (var spelling in Spellings)
        {
            Assert.Equal($"re:{spelling}", await _here.AskAsync(new PID(spelling, "echo"), spelling));
        }
    }

    [Fact]
    public async Task CallsAboutThePeer_ByEverySpelling_MeanTheOneEndpoint()
    {
        foreach (var spelling in Spellings)
        {
            await _here.Remote.WaitForConnectionAsync(spelling).Within("the connection");
            Assert.Equal(EndpointState.Connected, _here.Remote.GetEndpointState(spelling));
            Assert.Equal((Plain, _there.SystemId), (_here.Remote.GetEndpointStatistics(spelling)!.Address, _here.Remote.GetEndpointStatistics(spelling)!.SystemId));
        }

        Assert.Equal(1, _network.Dials);

        await _here.Remote.ReconnectAsync("LOCALHOST.:8000").Within("the new connection");
        Assert.Equal(2, _network.Dials);
        await _here.Remote.DisconnectAsync("LocalHost:8000").Within("leaving");
        Assert.Equal(EndpointState.Closed, _here.Remote.GetEndpointState(Plain));
    }

    [Fact]
    public async Task Watch_ByOneSpelling_IsToldOnceByIt()
    {
        var watcher = WatchPair.SpawnWatcher(_here);
        await WatchPair.WatchAsync(_here, watcher, new PID("LOCALHOST.:8000", "echo"));
        await _here.AskAsync(_there.Pid("echo"), "settled");

        await _there.Root.StopAsync(_there.Pid("echo")).Within("stopping the target");

        Assert.Equal([new PID("LOCALHOST.:8000", "echo")], await ToldAsync(watcher, 1));
    }

    [Fact]
    public async Task Watch_ByEverySpelling_IsToldOncePerPid()
    {
        var watcher = WatchPair.SpawnWatcher(_here);
        foreach (var spelling in Spellings)
        {
            await WatchPair.WatchAsync(_here, watcher, new PID(spelling, "echo"));
            await WatchPair.WatchAsync(_here, watcher, new PID(spelling, "echo"));
        }

        await _here.AskAsync(_there.Pid("echo"), "settled");

        await _there.Root.StopAsync(_there.Pid("echo")).Within("stopping the target");

        // Proto.Actor's watcher knows four PIDs, and waits for each.
        var told = await ToldAsync(watcher, Spellings.Length);
        Assert.Equal(Spellings.Order(), told.Select(who => who.Address).Order());
    }

    [Fact]
    public async Task Watch_WhenThePeerIsLost_IsToldOnceByItsSpelling()
    {
        var watcher = WatchPair.SpawnWatcher(_here);
        await WatchPair.WatchAsync(_here, watcher, new PID("LOCALHOST:8000", "echo"));
        await _here.AskAsync(_there.Pid("echo"), "settled");

        await _here.Remote.DisconnectAsync("localhost.:8000").Within("leaving");

        Assert.Equal([new PID("LOCALHOST:8000", "echo")], await ToldAsync(watcher, 1));
    }

    [Fact]
    public async Task BlockList_ByAnySpelling_BlocksThePeerUnderAll()
    {
        await _here.AskAsync(_there.Pid("echo"), "connected");
        var list = _here.Remote.PeerBlockList;

        Assert.True(list.BlockAddress("LOCALHOST.:8000", "by another spelling"));

        Assert.Equal(EndpointTerminatedReason.Blocked, (await _here.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.False(list.BlockAddress(Plain, "again"));
        foreach (var spelling in Spellings)
        {
            Assert.Equal(Plain, list.FindAddress(spelling)?.Address);
            Assert.Equal(DeadLetterReason.Blocked, await _here.RefusedAsync(new PID(spelling, "echo"), "blocked"));
        }

        Assert.True(list.UnblockAddress("LocalHost:8000"));
        Assert.Empty(list.Entries);
        Assert.Equal("re:again", await _here.AskAsync(new PID("localhost.:8000", "echo"), "again"));
    }

    [Fact]
    public async Task OwnAddress_ByEverySpelling_IsOurs()
    {
        foreach (var spelling in Spellings)
        {
            Assert.Equal($"re:{spelling}", await _there.AskAsync(new PID(spelling, "echo"), spelling));
            Assert.Throws<ArgumentException>(() => _there.Remote.PeerBlockList.BlockAddress(spelling));
            await _there.Remote.WaitForConnectionAsync(spelling).Within("nothing");
        }

        Assert.Equal(0, _network.Dials);
    }

    [Theory]
    [InlineData("Orders.Example.:4000")]
    [InlineData("orders.example:4000")]
    public async Task Alias_InAnySpelling_IsOurs(string alias)
    {
        await using var node = await TestNode.StartAsync(options => options.Aliases = [alias], network: _network);
        node.SpawnEcho();

        foreach (var spelling in new[] { "orders.example:4000", "ORDERS.EXAMPLE:4000", "Orders.Example.:4000" })
        {
            Assert.Equal("re:alias", await node.AskAsync(new PID(spelling, "echo"), "alias"));
            Assert.Throws<ArgumentException>(() => node.Remote.PeerBlockList.BlockAddress(spelling));
        }

        Assert.Equal(0, _network.Dials);
    }

    [Fact]
    public async Task EntryOfTheOptions_ForAnAliasInAnotherSpelling_IsRefused()
    {
        static void Configure(RemoteOptions options)
        {
            options.Aliases = ["orders.example:4000"];
            options.BlockList.Entries.Add(new BlockedPeer { Address = "ORDERS.Example.:4000" });
        }

        var failure = await Assert.ThrowsAsync<RemoteException>(() => TestNode.StartAsync(Configure, network: _network));

        Assert.Contains("which is this node", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EntryOfTheOptions_ForTheNodeInAnotherSpelling_IsRefused()
    {
        var failure = await Assert.ThrowsAsync<RemoteException>(() => TestNode.StartAsync(
            options => options.BlockList.Entries.Add(new BlockedPeer { Address = "NODE1.:9000" }),
            setup => setup.AdvertisedHost = "node1",
            network: _network,
            at: "127.0.0.1:9000"));

        Assert.Contains("which is this node", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlainPeer_InAnotherSpelling_IsPlain()
    {
        await using var node = await TestNode.StartAsync(options => options.PlainPeers = ["LocalHost.:8000"], network: _network);

        await node.AskAsync(_there.Pid("echo"), "hello");

        // Without links nothing is acknowledged.
        Assert.Equal(0, _there.Remote.Parts.Links.Count);
    }

    [Fact]
    public void Dialect_InAnotherSpelling_IsThatOfThePeer()
    {
        var options = new RemoteOptions { Dialects = new Dictionary<string, WireDialect> { ["LocalHost.:8000"] = WireDialect.PidTargets } };
        AddressSpelling.Unify(options);

        Assert.True(new PeerDialects(options.Dialects).WritesPids(Plain, "any"));
    }

    private async Task<IEnumerable<PID>> ToldAsync(PID watcher, int count)
    {
        for (var told = 0; told < count; told++)
        {
            await WatchPair.NextAsync(_here);
        }

        // Nothing comes after its end.
        await _here.Root.PoisonAsync(watcher).Within("stopping the watcher");
        return _here.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<Terminated>().Select(ended => ended.Who);
    }
}
