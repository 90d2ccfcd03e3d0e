using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What users may do with a node that does not listen yet: an application has it before its web server is bound.</summary>
[Trait("Behaviour", "O-01")]
public sealed class BeforeStartTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private readonly ActorSystem _system = new();
    private ReliableRemote _host = null!;
    private TestNode _peer = null!;

    public async Task InitializeAsync()
    {
        _peer = await TestNode.StartAsync(at: "127.0.0.1:8000", network: _network);
        var options = new RemoteOptions { Aliases = ["alias:1"] };
        options.Hooks.ListenerFactory = _network;
        options.Hooks.Connect = (_, cancellation) => _network.ConnectAsync(_peer.Address, cancellation);
        _host = new ReliableRemote(_system, RemoteConfig.BindTo("127.0.0.1", 8001), options);
    }

    public async Task DisposeAsync()
    {
        await _host.ShutdownAsync().Within("shutting down");
        await _peer.DisposeAsync();
        await _system.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task WaitForConnection_WaitsForTheStartToo()
    {
        var waiting = _host.WaitForConnectionAsync(_peer.Address);
        Assert.False(waiting.IsCompleted);

        await _host.StartAsync().Within("the start");

        await waiting.Within("the connection");
        Assert.Equal(EndpointState.Connected, _host.GetEndpointState(_peer.Address));
    }

    [Fact]
    public async Task BlockList_EntryMadeBefore_HoldsFromTheFirstDialOn()
    {
        Assert.True(_host.PeerBlockList.BlockAddress(_peer.Address));

        await _host.StartAsync().Within("the start");

        var refused = await Assert.ThrowsAsync<RemoteException>(() => _host.WaitForConnectionAsync(_peer.Address).Within("the refusal"));
        Assert.Equal(RemoteError.Blocked, refused.Error);
    }

    [Fact]
    public void BlockList_AliasOfThisNode_IsRefusedBefore() =>
        Assert.Throws<ArgumentException>(() => _host.PeerBlockList.BlockAddress("alias:1"));

    [Fact]
    public async Task ThereIsNothingToSeeAndNothingToSpawn()
    {
        Assert.Equal(("", EndpointState.Idle), (_host.Address, _host.GetEndpointState(_peer.Address)));
        Assert.Null(_host.GetEndpointStatistics(_peer.Address));
        Assert.Empty(_host.GetEndpoints());
        await _host.ReconnectAsync(_peer.Address).Within("nothing");
        await _host.DisconnectAsync(_peer.Address).Within("nothing");

        var refused = await Assert.ThrowsAsync<RemoteException>(() => _host.SpawnAsync(_peer.Address, "kind").Within("the refusal"));

        Assert.Equal(RemoteError.NotRunning, refused.Error);
    }

    [Fact]
    public async Task Shutdown_RefusesWhatWaits_AndTheNodeStaysDown()
    {
        var waiting = _host.WaitForConnectionAsync(_peer.Address);

        await _host.ShutdownAsync().Within("shutting down");
        _host.Life.Join("127.0.0.1:8001");

        Assert.Equal(RemoteError.NotRunning, (await Assert.ThrowsAsync<RemoteException>(() => waiting.Within("the refusal"))).Error);
        Assert.Equal(("", ActorSystem.NoHost), (_host.Address, _system.Address));
    }
}
