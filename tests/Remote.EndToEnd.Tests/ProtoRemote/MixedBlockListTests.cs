using System.Runtime.CompilerServices;
using Proto;
using Proto.Remote;
using Remote.ProtoPeer;

namespace Remote.EndToEnd.Tests;

/// <summary>Block lists between a node of ours and one of Proto.Remote.</summary>
[Trait("Behaviour", "H-03")]
public sealed class MixedBlockListTests
{
    public static TheoryData<string> Roles => MixedPair.Roles;

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task WeBlockThem_TheyAreCutAndNothingGoesEitherWay(string roles)
    {
        await using var pair = await MixedPair.StartAsync(roles);

        pair.Ours.Remote.PeerBlockList.BlockSystem(pair.Theirs.SystemId, "a test");

        await VerifyCutAsync(pair);
    }

    /// <summary>As a cluster does to a member that it takes for dead.</summary>
    [Fact]
    public async Task ProtoActorBlocksThem_TheyAreCutAndNothingGoesEitherWay()
    {
        await using var pair = await MixedPair.StartAsync(MixedPair.BothListen);

        Block(pair.Ours.System.Remote().BlockList, [pair.Theirs.SystemId], "a test");

        await VerifyCutAsync(pair);

        // What is told that it is blocked blocks itself.
        Assert.Equal(pair.Theirs.SystemId, await pair.Theirs.NextAsync("member-blocked "));
        Assert.Equal(pair.Theirs.SystemId, await pair.Theirs.TellAsync("blocked"));
    }

    /// <summary>Theirs does not cut who is connected, so it blocks us before we dial.</summary>
    [Fact]
    public async Task TheyBlockUs_OursIsToldAndNothingGoesEitherWay()
    {
        await using var theirs = await ProtoPeerProcess.StartAsync("server");
        await using var ours = await OwnNode.StartAsync();
        await theirs.TellAsync($"block id={ours.System.Id}");

        await Assert.ThrowsAsync<DeadLetterException>(() => ours.AskAsync(new PID(theirs.Address, "echo"), "hello"));

        var blocked = await ours.Events.NextAsync<EndpointBlocked>(ceiling: Waiting.Ceiling);
        Assert.Equal((theirs.Address, BlockedBy.Peer), (blocked.Address, blocked.By));
        Assert.Equal(DeadLetterReason.Blocked, (await ours.Events.NextAsync<RemoteDeadLetterEvent>(ceiling: Waiting.Ceiling)).Reason);
        Assert.StartsWith("error ", await theirs.GreetAsync(ours.Called("echo", theirs.Address)), StringComparison.Ordinal);
    }

    /// <summary>A node of theirs sends its list with each handshake.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheirListNamesAThirdNode_IsObeyedOnlyIfWeTrustPeers(bool isTrusted)
    {
        await using var theirs = await ProtoPeerProcess.StartAsync("server");
        await using var ours = await OwnNode.StartAsync(change: options => options.BlockList.TrustPeers = isTrusted);
        await theirs.TellAsync("block id=third");

        Assert.Equal("ok hello", await theirs.GreetAsync(ours.Called("echo", theirs.Address)));

        Assert.Equal(isTrusted, ours.Remote.PeerBlockList.FindSystem("third") is not null);
        Assert.Equal(isTrusted, ours.System.Remote().BlockList.IsBlocked("third"));
    }

    [Fact]
    public async Task OurListNamesAThirdNode_IsTakenOverWhenItIsShared()
    {
        await using var theirs = await ProtoPeerProcess.StartAsync("server");
        await theirs.TellAsync("spawn id=echo kind=echo");
        await using var ours = await OwnNode.StartAsync();
        ours.Remote.PeerBlockList.BlockSystem("our business");
        ours.Remote.PeerBlockList.BlockSystem("everybody's", share: true);

        await ours.AskAsync(new PID(theirs.Address, "echo"), "hello");

        Assert.Equal("everybody's", await theirs.TellAsync("blocked"));
    }

    private static async Task VerifyCutAsync(MixedPair pair)
    {
        var ended = await pair.Ours.Events.NextAsync<EndpointTerminated>(ceiling: Waiting.Ceiling);
        Assert.Equal((pair.Theirs.Address, EndpointTerminatedReason.Blocked), (ended.Address, ended.Reason));
        await Assert.ThrowsAsync<DeadLetterException>(() => pair.Ours.AskAsync(pair.AtTheirs("echo"), "hello"));
        Assert.Equal(DeadLetterReason.Blocked, (await pair.Ours.Events.NextAsync<RemoteDeadLetterEvent>(ceiling: Waiting.Ceiling)).Reason);

        // Theirs finds out when it next dials; as a client it goes on dialling.
        await pair.Theirs.TellAsync($"send {pair.AtOurs("record")}");
        Assert.StartsWith("error ", await pair.Theirs.GreetAsync(pair.AtOurs("echo"), timeout: 500), StringComparison.Ordinal);
        Assert.Empty(pair.Ours.Received.Of<Numbered>());
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Block")]
    private static extern void Block(BlockList blockList, IEnumerable<string> memberIds, string reason);
}
