using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>The list of one node that has no peers.</summary>
[Trait("Behaviour", "H-03")]
public sealed class PeerBlockListTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Block_Unblock_ChangeTheListAndAreEvents()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: time);
        var list = node.Remote.PeerBlockList;

        Assert.True(list.BlockSystem(Id, "stolen", TimeSpan.FromHours(2)));
        Assert.False(list.BlockSystem(Id, "stolen again", TimeSpan.FromHours(1)));
        Assert.True(list.BlockAddress("peer:8000", "decommissioned"));

        var now = time.GetUtcNow();
        Assert.Equal(
            new BlockEntry[] { new() { SystemId = Id, Reason = "stolen again", Since = now, Until = now.AddHours(1) }, new() { Address = "peer:8000", Reason = "decommissioned", Since = now } },
            list.Entries.OrderBy(entry => entry.Address));
        Assert.Equal("stolen again", list.FindSystem(Id)?.Reason);
        Assert.Equal("decommissioned", list.FindAddress("peer:8000")?.Reason);
        Assert.Equal(new EndpointBlocked(null, Id, BlockedBy.ThisNode, "stolen"), await node.Events.NextAsync<EndpointBlocked>());
        Assert.Equal(new EndpointBlocked("peer:8000", null, BlockedBy.ThisNode, "decommissioned"), await node.Events.NextAsync<EndpointBlocked>());

        Assert.True(list.UnblockSystem(Id));
        Assert.False(list.UnblockSystem(Id));
        Assert.True(list.UnblockAddress("peer:8000"));
        Assert.False(list.UnblockAddress("peer:8000"));
        Assert.Empty(list.Entries);
        Assert.Equal(new EndpointUnblocked(null, Id, BlockedBy.ThisNode), await node.Events.NextAsync<EndpointUnblocked>());
        Assert.Equal(new EndpointUnblocked("peer:8000", null, BlockedBy.ThisNode), await node.Events.NextAsync<EndpointUnblocked>());
        Assert.Equal((2, 2), ((await node.PublishedAsync<EndpointBlocked>()).Count, (await node.PublishedAsync<EndpointUnblocked>()).Count));
    }

    [Fact]
    public async Task Entries_WithADuration_EndToTheTick()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: time);
        var list = node.Remote.PeerBlockList;
        list.BlockSystem("long", duration: TimeSpan.FromDays(400));
        list.BlockSystem("short", duration: TimeSpan.FromMinutes(1));
        list.BlockAddress("peer:8000", duration: TimeSpan.FromMinutes(2));
        list.BlockSystem("ever");

        time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.Equal(4, list.Entries.Count);
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(list.FindSystem("short"));
        Assert.Equal("short", (await node.Events.NextAsync<EndpointUnblocked>()).SystemId);

        // Made longer while it lasts.
        list.BlockAddress("peer:8000", duration: TimeSpan.FromMinutes(2));
        time.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromTicks(1));
        Assert.NotNull(list.FindAddress("peer:8000"));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("peer:8000", (await node.Events.NextAsync<EndpointUnblocked>()).Address);

        time.Advance(TimeSpan.FromDays(400));
        Assert.Equal("ever", Assert.Single(list.Entries).SystemId);
    }

    [Fact]
    public async Task Start_WithEntries_BlocksThem()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options =>
            {
                options.BlockList.Entries.Add(new BlockedPeer { SystemId = Id, Reason = "known", Share = true });
                options.BlockList.Entries.Add(new BlockedPeer { Address = "peer:8000", Duration = TimeSpan.FromMinutes(1) });
            },
            network: network,
            time: time);

        Assert.Equal("known", node.Remote.PeerBlockList.FindSystem(Id)?.Reason);
        Assert.Equal([Id], node.Remote.PeerBlockList.Shared);
        Assert.NotNull(node.Remote.PeerBlockList.FindAddress("peer:8000"));
        Assert.Empty(await node.PublishedAsync<EndpointBlocked>());
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(node.Remote.PeerBlockList.FindAddress("peer:8000"));
    }

    [Fact]
    public async Task Block_WhatCannotBe_IsRefused()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.Aliases.Add("alias:1"), network: network);
        var list = node.Remote.PeerBlockList;

        Assert.Throws<ArgumentException>(() => list.BlockSystem(""));
        Assert.Throws<ArgumentException>(() => list.BlockSystem(new string('x', 257)));
        Assert.Throws<ArgumentException>(() => list.BlockSystem(node.SystemId));
        Assert.Throws<ArgumentException>(() => list.BlockAddress(node.Address));
        Assert.Throws<ArgumentException>(() => list.BlockAddress("alias:1"));
        Assert.Throws<ArgumentException>(() => list.BlockAddress("nowhere"));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.BlockSystem(Id, duration: TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.BlockSystem(Id, duration: TimeSpan.FromDays(36_501)));
        Assert.Empty(list.Entries);
        Assert.True(list.BlockAddress("$client/" + Id));
        Assert.True(list.BlockAddress("unix:///run/peer.sock"));
    }

    [Fact]
    public async Task Share_BeyondTheLimit_IsRefused()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        var list = node.Remote.PeerBlockList;
        for (var i = 0; i < PeerBlockList.MaxShared; i++)
        {
            list.BlockSystem($"m{i}", share: true);
        }

        Assert.Throws<InvalidOperationException>(() => list.BlockSystem("one more", share: true));
        Assert.False(list.BlockSystem("m0", "again", share: true));
        list.BlockSystem("m0");
        Assert.True(list.BlockSystem("one more", share: true));
    }

    [Fact]
    public async Task Validate_EntriesThatCannotBe_NamesEachFault()
    {
        await using var system = new ActorSystem();
        var options = new RemoteOptions { Aliases = { "alias:1" } };
        BlockedPeer[] wrong =
        [
            new(), new() { SystemId = "a", Address = "h:1" }, new() { SystemId = new string('x', 257) }, new() { Address = "nowhere" },
            new() { SystemId = "a", Duration = TimeSpan.Zero }, new() { Address = "h:1", Share = true }, new() { Address = "node:8000" }, new() { Address = "alias:1" },
        ];
        foreach (var entry in wrong)
        {
            options.BlockList.Entries.Add(entry);
        }

        options.BlockList.Entries.Add(new BlockedPeer { SystemId = "fine", Duration = TimeSpan.FromHours(1), Share = true });

        string[] faults = [.. RemoteConfigRules.Faults(NodeKit.SettingsOf(system, options, new TestSetup().At("node:8000"))), .. RemoteOptionsValidator.Validate(options)];

        Assert.Equal(wrong.Select((_, index) => $"BlockList.Entries[{index}]"), faults.Select(fault => fault[..(fault.IndexOf(']') + 1)]).Order());
    }
}
