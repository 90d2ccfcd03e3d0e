using Google.Protobuf.WellKnownTypes;
using Proto;
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
            var touched = await from.Root.RequestAsync<Touched>(to.Pid("echo"), new Touch(), TestTime.Ceiling);
            Assert.Equal(to.Pid("echo"), touched.Who);
        }
    }

    [Fact]
    public async Task DeadLetterResponse_NamesTheMissingActorAsItWasAddressed()
    {
        foreach (var (from, to) in new[] { (_server, _client), (_client, _server) })
        {
            Assert.Equal(to.Pid("nobody"), (await from.RefusalAsync(to.Pid("nobody"), new StringValue { Value = "anybody?" })).Target);
        }
    }

    [Fact]
    public async Task OneClientWatchesAnActorOfAnother_ThroughTheirServer()
    {
        await using var other = await ConnectAsync();
        var target = other.SpawnEcho("target");
        var watched = Through(_server, other, "target");
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
    public async Task ClientsActor_ByTheNameOfItsServer_IsReachedByANodeThatNeverHeardOfIt()
    {
        await using var third = await TestNode.StartAsync(network: _network);

        Assert.Equal("re:who are you?", await third.AskAsync(Through(_server, _client, "echo"), "who are you?"));
    }

    [Fact]
    public async Task ClientsActor_ByTheNameOfItsServer_IsReachedAtItsServer()
    {
        var target = _client.Spawn("target");
        var portable = Through(_server, _client, "target");
        var watcher = WatchPair.SpawnWatcher(_server);

        await WatchPair.WatchAsync(_server, watcher, portable);
        _server.Root.Send(portable, new StringValue { Value = "sent" });
        await _server.Root.SendAsync(portable, new StringValue { Value = "sent too" }).AsTask().Within("the send");
        Assert.Equal(_client.Pid("target"), (await _server.Root.RequestAsync<Touched>(portable, new Touch(), TestTime.Ceiling)).Who);
        await _client.Root.StopAsync(target).Within("stopping the target");

        var ended = await WatchPair.NextAsync(_server);
        Assert.Equal((portable, TerminatedReason.Stopped), (ended.Who, ended.Why));
        Assert.Equal(3, _client.Events.Of<Receipt>().Count(receipt => receipt.Actor == "target"));
        Assert.Empty(await _server.PublishedAsync<DeadLetterEvent>());
    }

    /// <summary>What any node may call an actor of a client.</summary>
    private static PID Through(TestNode server, TestNode client, string id) => new(server.Address, $"{client.Address}/{id}");

    private async Task<TestNode> ConnectAsync()
    {
        var client = await TestNode.StartClientAsync(network: _network);
        await client.Remote.WaitForConnectionAsync(_server.Address).Within("the connection");
        await _server.Events.NextAsync<EndpointConnected>(connected => connected.Address == client.Address);
        return client;
    }
}
