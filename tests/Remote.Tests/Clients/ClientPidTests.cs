using Remote.Actors;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>PIDs that cross the stream of a client, in whatever message, mean the same process on the other side.</summary>
[Trait("Behaviour", "H-02")]
public sealed class ClientPidTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private TestNode _server = null!;
    private TestNode _client = null!;

    public async Task InitializeAsync()
    {
        _server = await TestNode.StartAsync(network: _network);
        _client = await ConnectAsync();
        _server.SpawnEcho();
        _client.SpawnEcho();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Touched_NamesTheTouchedActorAsItWasAddressed()
    {
        foreach (var (from, to) in new[] { (_server, _client), (_client, _server) })
        {
            var touched = await from.Root.RequestAsync<Touched>(to.Pid("echo"), Touch.Instance, TestTime.Ceiling);
            Assert.Equal(to.Pid("echo"), touched.Who);
        }
    }

    [Fact]
    public async Task DeadLetterResponse_NamesTheMissingActorAsItWasAddressed()
    {
        foreach (var (from, to) in new[] { (_server, _client), (_client, _server) })
        {
            var failure = await Assert.ThrowsAsync<DeadLetterException>(() => from.AskAsync(to.Pid("nobody"), "anybody?").Within("the request"));
            Assert.Equal("nobody", failure.Target.Id);
            Assert.Equal(to.Address, failure.Target.Address);
        }
    }

    [Fact]
    public async Task OneClientWatchesAnActorOfAnother_ThroughTheirServer()
    {
        await using var other = await ConnectAsync();
        var target = other.SpawnEcho("target");
        var watched = other.Root.Portable(target);
        var watcher = _client.Spawn("watcher", context =>
        {
            if (context.Message is PID pid)
            {
                context.Watch(pid);
                context.Respond("done");
            }
        });
        await _client.Root.RequestAsync<string>(watcher, watched, TestTime.Ceiling);
        await _client.AskAsync(watched, "settled");

        await other.Root.StopAsync(target).Within("stopping the target");

        var ended = (Terminated)(await _client.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated)).Message;
        Assert.Equal((watched, TerminatedReason.Stopped), (ended.Who, ended.Why));
    }

    [Fact]
    public async Task Portable_OfAClientsActor_IsUsableByANodeThatNeverHeardOfIt()
    {
        await using var third = await TestNode.StartAsync(network: _network);

        var portable = _client.Root.Portable(new PID("", "echo"));

        Assert.Equal(new PID(_server.Address, $"{_client.Address}/echo"), portable);
        Assert.Equal(portable, _client.Root.Portable(_client.Pid("echo")));
        Assert.Equal(portable, _server.Root.Portable(_client.Pid("echo")));
        Assert.Equal("re:who are you?", await third.AskAsync(portable, "who are you?"));
    }

    /// <summary>At the server too, whether it wrote the PID itself or a person copied the id from a list of processes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Portable_OfAClientsActor_IsUsableAtItsServer(bool withAddress)
    {
        var target = _client.Spawn("target");
        var portable = new PID(withAddress ? _server.Address : "", $"{_client.Address}/target");
        var watcher = WatchPair.SpawnWatcher(_server);

        await WatchPair.WatchAsync(_server, watcher, portable);
        _server.Root.Send(portable, new Google.Protobuf.WellKnownTypes.StringValue { Value = "sent" });
        await _server.Root.SendAsync(portable, new Google.Protobuf.WellKnownTypes.StringValue { Value = "sent too" }).AsTask().Within("the send");
        Assert.Equal(_client.Pid("target"), (await _server.Root.RequestAsync<Touched>(portable, Touch.Instance, TestTime.Ceiling)).Who);
        await _client.Root.StopAsync(target).Within("stopping the target");

        var ended = await WatchPair.NextAsync(_server);
        Assert.Equal((new PID("", portable.Id), TerminatedReason.Stopped), (ended.Who, ended.Why));
        Assert.Equal(3, _client.Events.Of<Receipt>().Count(receipt => receipt.Actor == "target"));
        Assert.Empty(_server.Events.Of<DeadLetterEvent>());
    }

    [Fact]
    public async Task Portable_OfAnActorWithAnAddress_IsItself()
    {
        await using var third = await TestNode.StartAsync(network: _network);

        Assert.Equal(_server.Pid("echo"), _server.Root.Portable(new PID("", "echo")));
        Assert.Equal(third.Pid("x"), _client.Root.Portable(third.Pid("x")));
        Assert.Equal(7u, _server.Root.Portable(new PID("", "echo", 7)).RequestId);
    }

    [Fact]
    public async Task Portable_WithoutOneServer_AsksWhichOne()
    {
        await using var lonely = await TestNode.StartClientAsync(network: _network);

        Assert.Throws<InvalidOperationException>(() => lonely.Root.Portable(new PID("", "x")));
        Assert.Equal(new PID("elsewhere:1", $"{lonely.Address}/x"), lonely.Root.Portable(new PID("", "x"), "elsewhere:1"));
    }

    [Fact]
    public async Task Portable_WithoutRemoting_IsItself()
    {
        await using var system = new ActorSystem();

        Assert.Equal(new PID("", "x"), system.Root.Portable(new PID("", "x")));
    }

    private async Task<TestNode> ConnectAsync()
    {
        var client = await TestNode.StartClientAsync(network: _network);
        await client.Remote.WaitForConnectionAsync(_server.Address).Within("the connection");
        await _server.Events.NextAsync<EndpointConnected>(connected => connected.Address == client.Address);
        return client;
    }
}
