using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What begins the schedule of retries anew, and what does not. The delays pass in manual time, the peer lives in real time.</summary>
[Trait("Behaviour", "R-02")]
public sealed class ProgressTests : DisposedAfterTest
{
    private const string Peer = "peer:8000";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task Acknowledgement_BeginsTheScheduleAnew()
    {
        await using var pair = await StartAsync(maxAttempts: 2);
        await LoseAndComeBackAsync(pair.Node, retry: 1);
        pair.Node.Root.Send(new PID(Peer, "sink"), new StringValue { Value = "progress" });
        await pair.Peer.NextReceiptAsync("sink");
        await pair.Node.Remote.Parts.Table.Find(Peer)!.WhenAcknowledgedAsync().Within("the acknowledgement");

        await LoseAndComeBackAsync(pair.Node, retry: 2);

        Assert.Equal([1, 1], (await pair.Node.PublishedAsync<EndpointReconnecting>()).Select(fact => fact.Attempt));
    }

    [Fact]
    public async Task Handshake_IsNoProgress()
    {
        await using var pair = await StartAsync(maxAttempts: 2);
        await LoseAndComeBackAsync(pair.Node, retry: 1);
        await LoseAndComeBackAsync(pair.Node, retry: 2);

        // Accepted twice, and good for nothing.
        _network.Cut(Peer);

        Assert.Equal(EndpointTerminatedReason.Unreachable, (await pair.Node.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Equal([1, 2], (await pair.Node.PublishedAsync<EndpointReconnecting>()).Select(fact => fact.Attempt));
        Assert.Equal(2, Assert.Single(await pair.Node.PublishedAsync<EndpointReconnectFailed>()).Attempts);
    }

    [Fact]
    public async Task ThirtySecondsConnected_AreProgress()
    {
        await using var pair = await StartAsync(maxAttempts: 2);
        await LoseAndComeBackAsync(pair.Node, retry: 1);
        _time.Advance(TimeSpan.FromSeconds(31));

        await LoseAndComeBackAsync(pair.Node, retry: 2);

        Assert.Equal([1, 1], (await pair.Node.PublishedAsync<EndpointReconnecting>()).Select(fact => fact.Attempt));
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task Reconnect_AskedForWhenTheAttemptsAreUsedUp_IsNotTheEnd()
    {
        await using var pair = await StartAsync(maxAttempts: 1);
        await LoseAndComeBackAsync(pair.Node, retry: 1);

        // The clock stands still: nobody waits for a delay.
        await pair.Node.Remote.ReconnectAsync(Peer).Within("the connection that was asked for");
        await pair.Node.Events.WaitForCountAsync<EndpointReconnected>(2);

        Assert.Equal(EndpointState.Connected, pair.Node.Remote.GetEndpointState(Peer));
        Assert.Empty(await pair.Node.PublishedAsync<EndpointReconnectFailed>());
        Assert.Equal([(1, FirstDelay), (1, TimeSpan.Zero)], (await pair.Node.PublishedAsync<EndpointReconnecting>()).Select(fact => (fact.Attempt, fact.Delay)));
        Assert.Equal([1, 1], (await pair.Node.PublishedAsync<EndpointReconnected>()).Select(fact => fact.Attempts));
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    /// <summary>The connection breaks, and is there again after as long as the schedule says.</summary>
    private async Task LoseAndComeBackAsync(TestNode node, int retry)
    {
        _network.Cut(Peer);
        var delay = (await node.Events.WaitForCountAsync<EndpointReconnecting>(retry))[^1].Delay;
        await _time.WaitForTimerAsync(delay);
        _time.Advance(delay);
        await node.Events.WaitForCountAsync<EndpointReconnected>(retry);
    }

    private async Task<Pair> StartAsync(int maxAttempts)
    {
        var peer = await TestNode.StartAsync(at: "peer:8000", network: _network);
        peer.Spawn("sink");
        var node = await TestNode.StartAsync(
            options =>
            {
                options.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = maxAttempts };

                // The clocks of the two differ: neither must take the other for dead.
                (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (TimeSpan.FromHours(1), TimeSpan.FromHours(3));
            },
            at: "node:8000",
            network: _network,
            time: _time);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        return new Pair(node, peer);
    }

    private sealed record Pair(TestNode Node, TestNode Peer) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Node.DisposeAsync();
            await Peer.DisposeAsync();
        }
    }
}
