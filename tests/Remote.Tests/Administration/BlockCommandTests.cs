using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The block list by way of the administration service.</summary>
[Trait("Behaviour", "H-04")]
[Trait("Behaviour", "H-03")]
public sealed class BlockCommandTests
{
    [Fact]
    public async Task Block_OfALivePeer_CutsItAndUnblockLetsItIn()
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await TestNode.StartAsync(options => options.QuarantineDuration = TimeSpan.Zero);
        node.SpawnEcho();
        await peer.AskAsync(node.Pid("echo"), "hello");
        using var admin = new AdminKit(node.Address);

        var blocked = await admin.Admin.BlockAsync(new Wire.BlockRequest { SystemId = peer.SystemId, Reason = "sends garbage" }).ResponseAsync.Within("a block");

        Assert.Equal((true, peer.SystemId, "sends garbage"), (blocked.IsNew, blocked.Entry.SystemId, blocked.Entry.Reason));
        Assert.Equal(EndpointTerminatedReason.Blocked, (await peer.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.True(Assert.Single((await admin.GetAsync()).Endpoints, row => row.Address == peer.Address).Blocked);
        Assert.Contains(peer.SystemId, (await node.Log.NextAsync("Administered")).Text, StringComparison.Ordinal);

        var again = await admin.Admin.BlockAsync(new Wire.BlockRequest { SystemId = peer.SystemId, Reason = "still" }).ResponseAsync.Within("a block");
        Assert.Equal((false, "still"), (again.IsNew, again.Entry.Reason));
        var unblocked = await admin.Admin.UnblockAsync(new Wire.UnblockRequest { SystemId = peer.SystemId }).ResponseAsync.Within("an unblock");
        Assert.True(unblocked.WasBlocked);
        Assert.Equal("re:again", await peer.AskAsync(node.Pid("echo"), "again"));
    }

    [Fact]
    public async Task Block_ByAddressAndForAWhile_IsListed()
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);

        await admin.Admin.BlockAsync(new Wire.BlockRequest { Address = "Host.Example:80", Duration = TimeSpan.FromHours(1).ToDuration() }).ResponseAsync.Within("a block");
        await admin.Admin.BlockAsync(new Wire.BlockRequest { SystemId = "shared", Share = true }).ResponseAsync.Within("a block");

        var listed = await admin.GetAsync(new Wire.GetEndpointsRequest { WithBlocked = true });
        Assert.Equal(2, listed.BlockedTotal);
        Assert.Equal(("host.example:80", ""), (listed.Blocked[0].Address, listed.Blocked[0].SystemId));
        Assert.Equal(TimeSpan.FromHours(1), listed.Blocked[0].Until.ToDateTime() - listed.Blocked[0].Since.ToDateTime());
        Assert.Equal(("shared", true), (listed.Blocked[1].SystemId, listed.Blocked[1].Share));
        Assert.Null(listed.Blocked[1].Until);
        Assert.Empty((await admin.GetAsync()).Blocked);
        Assert.False((await admin.Admin.UnblockAsync(new Wire.UnblockRequest { Address = "elsewhere:1" }).ResponseAsync.Within("an unblock")).WasBlocked);
    }

    public static TheoryData<string, string> Faults => new()
    {
        { """{ }""", "names no peer" },
        { """{ "systemId": "" }""", "" },
        { """{ "address": "no address" }""", "host:port" },
        { """{ "address": "own" }""", "this node" },
        { """{ "address": "a:1", "share": true }""", "Only a system_id" },
        { """{ "address": "a:1", "duration": "-1s" }""", "more than zero" },
        { """{ "address": "a:1", "duration": "0s" }""", "more than zero" },
        { """{ "address": "a:1", "duration": "315576000000s" }""", "100 years" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Block_OfWhatCannotBe_IsInvalidArgumentAndBlocksNothing(string request, string said)
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);
        var parsed = Wire.BlockRequest.Parser.ParseJson(request.Replace("own", node.Address, StringComparison.Ordinal));

        var refusal = await AdminKit.FailsAsync(admin.Admin.BlockAsync(parsed).ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains(said, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(node.Remote.PeerBlockList.Entries);
    }

    [Fact]
    public async Task Reason_ThatIsTooLong_IsInvalidArgument()
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);

        var refusal = await AdminKit.FailsAsync(admin.Admin.BlockAsync(new Wire.BlockRequest { Address = "a:1", Reason = new string('x', 1_025) }).ResponseAsync);
        var unblock = await AdminKit.FailsAsync(admin.Admin.UnblockAsync(new Wire.UnblockRequest()).ResponseAsync);

        Assert.Equal((StatusCode.InvalidArgument, StatusCode.InvalidArgument), (refusal.StatusCode, unblock.StatusCode));
    }

    [Fact]
    public async Task MoreSharedEntriesThanThereMayBe_AreRefused()
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);
        for (var i = 0; i < PeerBlockList.MaxShared; i++)
        {
            node.Remote.PeerBlockList.BlockSystem($"id{i}", share: true);
        }

        var refusal = await AdminKit.FailsAsync(admin.Admin.BlockAsync(new Wire.BlockRequest { SystemId = "one more", Share = true }).ResponseAsync);
        var listed = await admin.GetAsync(new Wire.GetEndpointsRequest { WithBlocked = true });

        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Equal((1_000, 1_000), (listed.Blocked.Count, listed.BlockedTotal));
    }
}
