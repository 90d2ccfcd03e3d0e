using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// A server is told to leave one of its clients, by its own user or by an event of Proto.Cluster: the connection ends as one that it dialled
/// itself.
/// </summary>
[Trait("Behaviour", "H-02")]
public sealed class ClientDisconnectTests : IAsyncLifetime
{
    private const int Sent = 100;

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private TestNode _server = null!;
    private TestNode _client = null!;

    public async Task InitializeAsync()
    {
        _server = await TestNode.StartAsync(network: _network, time: _time);
        _client = await TestNode.StartClientAsync(options => options.Reconnect.MaxAttempts = 0, network: _network, time: new ManualTimeProvider());
        _server.SpawnEcho();
        _client.SpawnEcho();
        _client.Spawn("sink");
        await _client.Remote.WaitForConnectionAsync(_server.Address).Within("the connection");
        await _server.Events.NextAsync<EndpointConnected>();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_IsLeftInGoodOrder_AndMayComeAgain(bool byEvent)
    {
        for (var number = 0; number < Sent; number++)
        {
            _server.Root.Send(_client.Pid("sink"), new Int32Value { Value = number });
        }

        await DisconnectAsync(byEvent);

        // What waited for it was written first, and both sides know that it arrived.
        var received = await _client.Events.WaitForCountAsync<Receipt>(Sent);
        Assert.Equal(Enumerable.Range(0, Sent), received.Select(receipt => ((Int32Value)receipt.Message).Value));
        Assert.Equal(new EndpointTerminated(_server.Address, EndpointTerminatedReason.PeerLeft), await _client.Events.NextAsync<EndpointTerminated>());
        Assert.Empty(await _server.PublishedAsync<DeadLetterEvent>());
        Assert.Empty(await _server.PublishedAsync<EndpointUnconfirmed>());
        Assert.Equal((EndpointState.Closed, 0), (_server.Remote.GetEndpointState(_client.Address), _server.Remote.Parts.Links.Count));

        // The next message of the client connects, as that of a server would.
        Assert.Equal("re:again", await _client.AskAsync(_server.Pid("echo"), "again"));
        Assert.Equal("re:back", await _server.AskAsync(_client.Pid("echo"), "back"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientThatIsAway_IsNotWaitedForAnyLonger(bool byEvent)
    {
        var lost = _server.Events.NextAsync<EndpointReconnecting>();
        _network.BlackHole(_server.Address);
        Array.ForEach([.. _network.Connections], connection => connection.Cut());
        await lost;
        _server.Root.Send(_client.Pid("sink"), new Int32Value());

        await DisconnectAsync(byEvent);

        Assert.Equal(DeadLetterReason.EndpointClosed, Assert.Single(await _server.PublishedAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Empty(await _server.PublishedAsync<EndpointReconnectFailed>());
        Assert.Equal(0, _server.Remote.Parts.Links.Count);
    }

    [Fact]
    public async Task ClientThatTakesNothing_IsGivenTheTimeAndNoMore()
    {
        Array.ForEach([.. _network.Connections], connection => connection.Stall(NetworkDirection.ToClient));
        _server.Root.Send(_client.Pid("sink"), new Int32Value());

        var leaving = _server.Remote.DisconnectAsync(_client.Address);
        await _time.WaitForTimerAsync(new RemoteOptions().ShutdownTimeout);
        Assert.False(leaving.IsCompleted);
        _time.Advance(new RemoteOptions().ShutdownTimeout);

        await leaving.Within("leaving");
        Assert.Equal(EndpointTerminatedReason.Disconnected, (await _server.Events.NextAsync<EndpointTerminated>()).Reason);
        Array.ForEach([.. _network.Connections], connection => connection.Cut());
    }

    [Fact]
    public async Task ClientThatIsNotThere_IsNothingToLeave()
    {
        await _server.Remote.DisconnectAsync("$client/nobody").Within("nothing");
        _server.ActorSystem.EventStream.Publish(new EndpointTerminatedEvent(false, "$client/nobody", "nobody"));

        Assert.Equal("re:still here", await _client.AskAsync(_server.Pid("echo"), "still here"));
        Assert.Empty(await _server.PublishedAsync<EndpointTerminated>());
    }

    private async Task DisconnectAsync(bool byEvent)
    {
        var ended = _server.Events.NextAsync<EndpointTerminated>();
        if (byEvent)
        {
            _server.ActorSystem.EventStream.Publish(new EndpointTerminatedEvent(false, _client.Address, _client.SystemId));
        }
        else
        {
            await _server.Remote.DisconnectAsync(_client.Address).Within("leaving");
        }

        Assert.Equal(new EndpointTerminated(_client.Address, EndpointTerminatedReason.Disconnected), await ended.Within("the end"));
    }
}
