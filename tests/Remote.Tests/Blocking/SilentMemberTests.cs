using System.Net;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A cluster that finds all others silent because its own process stood still puts itself out, and nobody else.</summary>
[Trait("Behaviour", "K-03")]
public sealed class SilentMemberTests : IAsyncLifetime
{
    private const string At = "127.0.0.1:8100";

    private readonly InMemoryNetwork _network = new();
    private readonly StandingClock _clock = new();
    private TestNode _node = null!;

    private PeerBlockList Ours => _node.Remote.PeerBlockList;

    private BlockList Theirs => _node.ActorSystem.Remote().BlockList;

    public async Task InitializeAsync() =>
        _node = await TestNode.StartAsync(options => options.Hooks.ProcessTime = _clock, network: _network);

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    /// <param name="hasBlockedUs">Whether the others have given this node up meanwhile.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AfterAStandstill_MemberThatAnswers_IsNotBlocked_AndThisNodeLeaves(bool hasBlockedUs)
    {
        await using var peer = await ConnectedAsync();
        if (hasBlockedUs)
        {
            peer.Remote.PeerBlockList.BlockSystem(_node.SystemId, "It was silent.");
        }

        _clock.StandStill(TimeSpan.FromSeconds(10));
        FindSilent(peer.SystemId);

        var told = await _node.Events.NextAsync<MemberBlocked>(told => told.MemberId == _node.SystemId);
        Assert.Contains(peer.Address, told.Reason, StringComparison.Ordinal);
        Assert.Equal((0, false), (Ours.Entries.Count, Theirs.IsBlocked(peer.SystemId)));
        Assert.DoesNotContain(await peer.PublishedAsync<MemberBlocked>(), blocked => blocked.MemberId == peer.SystemId);
        Assert.Contains(_node.Log.Lines, line => line.Event.Id == 2040);
    }

    [Fact]
    public async Task AfterAStandstill_MemberThatDoesNotAnswer_IsBlocked_AndThisNodeStays()
    {
        await using var peer = await ConnectedAsync();
        _network.Refuse(peer.Address);

        _clock.StandStill(TimeSpan.FromSeconds(10));
        FindSilent(peer.SystemId);

        Assert.Equal(peer.SystemId, (await _node.Events.NextAsync<EndpointBlocked>()).SystemId);
        Assert.True(Theirs.IsBlocked(peer.SystemId));
        Assert.DoesNotContain(await _node.PublishedAsync<MemberBlocked>(), told => told.MemberId == _node.SystemId);
    }

    /// <summary>A member that leaves answers until its virtual actors have stopped: a rolling restart would take this node with it.</summary>
    [Theory]
    [InlineData(BlockReason.Left)]
    [InlineData(BlockReason.LeftGracefully)]
    public async Task AfterAStandstill_MemberThatLeavesAndStillAnswers_IsBlockedAtOnce_AndThisNodeStays(string reason)
    {
        await using var peer = await ConnectedAsync();

        _clock.StandStill(TimeSpan.FromSeconds(2.5));
        MemberEventsTests.BlockAsTheClusterDoes(Theirs, reason, peer.SystemId);

        Assert.Equal(reason, Ours.FindSystem(peer.SystemId)?.Reason);
        Assert.True(Theirs.IsBlocked(peer.SystemId));
        Assert.DoesNotContain(await _node.PublishedAsync<MemberBlocked>(), told => told.MemberId == _node.SystemId);
        Assert.DoesNotContain(_node.Log.Lines, line => line.Event.Id == 2040);
    }

    /// <summary>The word of the others that a member has left may come before its own and before the provider's.</summary>
    [Fact]
    public async Task AfterAStandstill_MemberThatOthersBlockAndThatWelcomesUs_IsBlocked_AndThisNodeStays()
    {
        await using var peer = await ConnectedAsync();

        _clock.StandStill(TimeSpan.FromSeconds(2.5));
        MemberEventsTests.BlockAsTheClusterDoes(Theirs, BlockReason.BlockedElsewhere, peer.SystemId);

        Assert.Equal(peer.SystemId, (await _node.Events.NextAsync<EndpointBlocked>(blocked => blocked.By == BlockedBy.ThisNode)).SystemId);
        Assert.True(Theirs.IsBlocked(peer.SystemId));
        Assert.DoesNotContain(await _node.PublishedAsync<MemberBlocked>(), told => told.MemberId == _node.SystemId);
    }

    /// <summary>The member that tells it may have stood still with this one, as two on one machine do.</summary>
    [Fact]
    public async Task AfterAStandstill_MemberThatOthersBlockAndThatBlocksUs_IsNotBlocked_AndThisNodeLeaves()
    {
        await using var peer = await ConnectedAsync();
        peer.Remote.PeerBlockList.BlockSystem(_node.SystemId, "It was silent.");

        _clock.StandStill(TimeSpan.FromSeconds(10));
        MemberEventsTests.BlockAsTheClusterDoes(Theirs, BlockReason.BlockedElsewhere, peer.SystemId);

        await _node.Log.NextAsync("WasSilentItself");
        Assert.Equal((0, false), (Ours.Entries.Count, Theirs.IsBlocked(peer.SystemId)));
    }

    [Fact]
    public async Task Answers_OnlyTheIncarnationThatWasAskedFor()
    {
        await using var peer = await ConnectedAsync();
        var inquiry = _node.Remote.Parts.Inquiry;

        Assert.Equal(InquiryAnswer.Welcome, await inquiry.AskAsync(peer.SystemId, peer.Address).Within("its answer"));
        Assert.Equal(InquiryAnswer.None, await inquiry.AskAsync("another", peer.Address).Within("its answer"));

        peer.Remote.PeerBlockList.BlockSystem(_node.SystemId, "It was silent.");
        Assert.Equal(InquiryAnswer.Refusal, await inquiry.AskAsync(peer.SystemId, peer.Address).Within("its refusal"));
        Assert.Equal(InquiryAnswer.None, await inquiry.AskAsync("another", peer.Address).Within("its refusal"));
    }

    [Fact]
    public async Task Answers_NotWhatIsNoNode()
    {
        await using var other = await PlayedCalls.ListenAsync(
            async stream =>
            {
                await stream.Reader.ReadAsync();
                await stream.WriteAsync(new byte[] { 0xFF, 0xFF, 0xFF });
            },
            _network, IPEndPoint.Parse(At));

        Assert.Equal(InquiryAnswer.None, await _node.Remote.Parts.Inquiry.AskAsync("another", At).Within("its answer"));
    }

    [Fact]
    public async Task WithoutAStandstill_MemberThatAnswers_IsBlockedAtOnce()
    {
        await using var peer = await ConnectedAsync();

        FindSilent(peer.SystemId);

        Assert.NotNull(Ours.FindSystem(peer.SystemId));
    }

    [Fact]
    public void AfterAStandstill_MemberThatWasNeverDialled_IsBlockedAtOnce()
    {
        _clock.StandStill(TimeSpan.FromSeconds(10));

        FindSilent("0123456789abcdef0123456789abcdef");

        Assert.NotNull(Ours.FindSystem("0123456789abcdef0123456789abcdef"));
    }

    private async Task<TestNode> ConnectedAsync()
    {
        var peer = await TestNode.StartAsync(at: At, network: _network);
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");
        return peer;
    }

    /// <summary>What Proto.Cluster does with each member whose heartbeat is too old.</summary>
    private void FindSilent(string id) => MemberEventsTests.BlockAsTheClusterDoes(Theirs, "Expired heartbeat", id);
}
