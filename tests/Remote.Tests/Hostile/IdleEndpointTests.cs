using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Connections that nothing goes through any more.</summary>
[Trait("Behaviour", "H-04")]
public sealed class IdleEndpointTests : DisposedAfterTest
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Unused_IsClosedAfterTheTimeout_AndTheNextMessageConnectsAgain()
    {
        await using var there = await StartAsync();
        await using var here = await StartAsync();
        there.Spawn("sink");
        await SendAsync(here, there, "first");
        await PassAsync(9);
        await SendAsync(here, there, "second");
        await PassAsync(9);
        Assert.Equal(EndpointState.Connected, here.Remote.GetEndpointState(there.Address));

        await PassAsync(3);

        var ended = await here.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((there.Address, EndpointTerminatedReason.Idle), (ended.Address, ended.Reason));
        await here.Log.NextAsync("IdleClosed");
        await _network.Connections[0].Closed.Within("the end of the connection");
        await SendAsync(here, there, "third");
        Assert.Equal(2, _network.Dials);
        Assert.Empty(await here.PublishedAsync<DeadLetterEvent>());
        Assert.Empty(await here.PublishedAsync<Proto.Remote.EndpointTerminatedEvent>());
        var statistics = here.Remote.GetEndpointStatistics(there.Address)!;
        Assert.Equal((3, EndpointState.Connected), (statistics.Accepted, statistics.State));
        Assert.NotNull(here.Find($"$endpoint/{there.Address}"));
    }

    [Fact]
    public async Task ThatAnActorWatchesThrough_IsKept()
    {
        await using var there = await StartAsync();
        await using var here = await StartAsync();
        there.SpawnEcho("watched");
        await WatchPair.WatchAsync(here, WatchPair.SpawnWatcher(here), there.Pid("watched"));
        await here.AskAsync(there.Pid("watched"), "settled");

        await PassAsync(30);

        Assert.Equal(EndpointState.Connected, here.Remote.GetEndpointState(there.Address));
        Assert.Empty(await here.PublishedAsync<EndpointTerminated>());
    }

    [Fact]
    public async Task OfANodeWithoutAListener_OrToAProtoActorNode_IsKept()
    {
        await using var there = await StartAsync();
        there.SpawnEcho();
        await using var client = await TestNode.StartClientAsync(Configure, network: _network, time: _time);
        Assert.Equal("re:x", await client.AskAsync(there.Pid("echo"), "x"));
        await using var plain = await TestNode.StartAsync(
            options =>
            {
                Configure(options);
                options.PlainPeers = [there.Address];
            },
            network: _network, time: _time);
        await plain.Remote.WaitForConnectionAsync(there.Address).Within("the connection");

        await PassAsync(30);

        Assert.Equal(EndpointState.Connected, client.Remote.GetEndpointState(there.Address));
        Assert.Equal(EndpointState.Connected, plain.Remote.GetEndpointState(there.Address));
    }

    /// <summary>Messages that come at the very moment go through the next endpoint: none is lost, and none overtakes another.</summary>
    [Fact]
    public async Task MessagesAtTheMomentOfTheEnd_AllArriveInOrder()
    {
        const int Messages = 300;
        await using var there = await TestNode.StartAsync(network: _network);
        await using var here = await TestNode.StartAsync(options => options.Endpoint.IdleTimeout = TimeSpan.FromMilliseconds(3), network: _network);
        there.Spawn("sink");
        var random = new Random(1);
        for (var i = 0; i < Messages; i++)
        {
            here.Root.Send(there.Pid("sink"), new Int32Value { Value = i });
            if (i % 10 == 0)
            {
                await Task.Delay(random.Next(4, 30));
            }
        }

        var received = await there.Events.WaitForCountAsync<Receipt>(Messages);

        Assert.Equal(Enumerable.Range(0, Messages), received.Select(receipt => ((Int32Value)receipt.Message).Value));
        Assert.Empty(await here.PublishedAsync<DeadLetterEvent>());
        Assert.Contains(await here.PublishedAsync<EndpointTerminated>(), fact => fact.Reason == EndpointTerminatedReason.Idle);
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    // No heartbeat is due in the time of a test, so that time can be moved by the minute.
    private static void Configure(RemoteOptions options) =>
        (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (TimeSpan.FromDays(1), TimeSpan.FromDays(2));

    private static async Task SendAsync(TestNode here, TestNode there, string text)
    {
        here.Root.Send(there.Pid("sink"), new StringValue { Value = text });
        Assert.Equal(text, ((StringValue)(await there.NextReceiptAsync("sink")).Message).Value);
    }

    private Task<TestNode> StartAsync() => TestNode.StartAsync(Configure, network: _network, time: _time);

    /// <summary>So many minutes, one at a time. What is due after milliseconds has been done before the first.</summary>
    private async Task PassAsync(int minutes)
    {
        for (var i = 0; i < minutes; i++)
        {
            _time.Advance(Minute);
            await Task.Delay(5);
        }
    }
}
