using Google.Protobuf.WellKnownTypes;
using Remote.Actors;
using Remote.Testing;

namespace Remote.Interop.Tests;

/// <summary>Block lists between a node of ours and one that grpc-js makes of the base protocol.</summary>
[Trait("Needs", "Peers")]
[Trait("Behaviour", "H-03")]
public sealed class BlockedPeerTests : IAsyncLifetime
{
    private const string PeerId = "0123456789abcdef0123456789abcdef";
    private const string PeerAddress = "10.0.0.9:4000";

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly ActorSystem _system = new();
    private readonly EventProbe _events = new();
    private RemoteHost _remote = null!;

    public async Task InitializeAsync()
    {
        _system.EventStream.Subscribe<object>(_events.Record);
        _remote = await RemoteHost.StartAsync(_system, new RemoteOptions { BlockList = { Entries = { new BlockedPeer { SystemId = "somebody else" } } } }, setup => setup.AddWellKnownMessages());
    }

    public async Task DisposeAsync()
    {
        await _remote.ShutdownAsync().WaitAsync(Ceiling);
        await _system.ShutdownAsync().WaitAsync(Ceiling);
        _events.Dispose();
    }

    [Theory]
    [InlineData("by its id", ",\"blocked\":true")]
    [InlineData("by its address", ",\"blocked\":true")]
    [InlineData("not at all", "")]
    public async Task PeerDials_IsToldWhetherItIsBlocked(string how, string expected)
    {
        _ = how switch
        {
            "by its id" => _remote.BlockList.BlockSystem(PeerId),
            "by its address" => _remote.BlockList.BlockAddress(PeerAddress),
            _ => false,
        };

        var (exitCode, output) = await NodeProcess.RunAsync("remoting.js", "dial", _remote.Address, PeerId, PeerAddress);

        Assert.True(exitCode == 0, output);
        Assert.Equal(
            [$"answer {{\"connect_response\":{{\"member_id\":\"{_system.Id}\"{expected}}}}}", "status 0"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task PeerAnswersBlocked_NothingIsTriedAgainByItself()
    {
        var (peer, address) = await NodeProcess.StartAsync("remoting.js", "accept", PeerId, "blocked");
        await using var _ = peer;

        var refused = await Assert.ThrowsAsync<DeadLetterException>(
            () => _system.Root.RequestAsync<StringValue>(new PID(address, "x"), new StringValue(), Ceiling).WaitAsync(Ceiling));

        Assert.Equal(RemoteDeadLetterReasons.Blocked, refused.Reason);
        var blocked = await _events.NextAsync<EndpointBlocked>();
        Assert.Equal((address, PeerId, BlockedBy.Peer), (blocked.Address, blocked.SystemId, blocked.By));
        Assert.Equal(EndpointTerminatedReason.Blocked, (await _events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Empty(_events.Of<EndpointReconnecting>());
    }

    [Fact]
    public async Task PeerIsDialled_SeesTheSharedEntriesAndNoOthers()
    {
        _remote.BlockList.BlockSystem("shared", share: true);
        _remote.BlockList.BlockAddress(PeerAddress);
        var (peer, address) = await NodeProcess.StartAsync("remoting.js", "accept", PeerId);
        await using var _ = peer;

        await _remote.WaitForConnectionAsync(address).WaitAsync(Ceiling);

        Assert.Equal(
            $$"""{"member_id":"{{_system.Id}}","address":"{{_remote.Address}}","block_list":["shared"]}""", await peer.ReadAfterAsync("request "));
    }
}
