using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
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

    private readonly ActorSystem _system = new ActorSystem().WithRemote(
        RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor),
        options => options.BlockList.Entries.Add(new BlockedPeer { SystemId = "somebody else" }));

    private readonly EventProbe _events = new();

    private PeerBlockList BlockList => _system.ReliableRemote().PeerBlockList;

    public Task InitializeAsync()
    {
        _system.EventStream.Subscribe<object>(_events.Record);
        return _system.Remote().StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _system.Remote().ShutdownAsync().WaitAsync(Ceiling);
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
            "by its id" => BlockList.BlockSystem(PeerId),
            "by its address" => BlockList.BlockAddress(PeerAddress),
            _ => false,
        };

        var (exitCode, output) = await PeerProcess.RunAsync(Library.Node, "handshake", "dial", _system.Address, PeerId, PeerAddress);

        Assert.True(exitCode == 0, output);
        Assert.Equal(
            [$"answer {{\"connect_response\":{{\"member_id\":\"{_system.Id}\"{expected}}}}}", "status 0"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task PeerAnswersBlocked_NothingIsTriedAgainByItself()
    {
        var (peer, address) = await PeerProcess.StartAsync(Library.Node, "handshake", "accept", PeerId, "blocked");
        await using var _ = peer;

        await Assert.ThrowsAsync<DeadLetterException>(
            () => _system.Root.RequestAsync<StringValue>(new PID(address, "x"), new StringValue(), Ceiling).WaitAsync(Ceiling));

        Assert.Equal(DeadLetterReason.Blocked, (await _events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        var blocked = await _events.NextAsync<EndpointBlocked>();
        Assert.Equal((address, PeerId, BlockedBy.Peer), (blocked.Address, blocked.SystemId, blocked.By));
        Assert.Equal(EndpointTerminatedReason.Blocked, (await _events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Empty(_events.Of<EndpointReconnecting>());
    }

    [Fact]
    public async Task PeerIsDialled_SeesTheSharedEntriesAndNoOthers()
    {
        BlockList.BlockSystem("shared", share: true);
        BlockList.BlockAddress(PeerAddress);
        var (peer, address) = await PeerProcess.StartAsync(Library.Node, "handshake", "accept", PeerId);
        await using var _ = peer;

        await _system.ReliableRemote().WaitForConnectionAsync(address).WaitAsync(Ceiling);

        Assert.Equal(
            $$"""{"member_id":"{{_system.Id}}","address":"{{_system.Address}}","block_list":["shared"]}""", await peer.ReadAfterAsync("request "));
    }
}
