using System.Net;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Who is alive and who is not, in manual time.</summary>
[Trait("Behaviour", "R-06")]
public sealed class LivenessTests
{
    private const string Peer = "peer:8000";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    /// <summary>That of the heartbeat's own timer.</summary>
    private static readonly TimeSpan Step = Interval / 4;

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryNetwork _network = new() { RecordBytes = true };

    [Fact]
    public async Task BlackHole_NoReset_IsFoundByBothSidesWithinTimeoutPlusInterval()
    {
        await using var pair = await StartAsync(Timeout);

        _network.BlackHole(Peer);
        Advance(Timeout + Interval);

        // The clock stands still from here: what is found now was found in time.
        var lost = await pair.Here.Events.NextAsync<EndpointReconnecting>();
        Assert.Contains("no sign of life", lost.Error.Message, StringComparison.Ordinal);
        await pair.There!.Log.NextAsync("InboundLost");
        _network.Heal(Peer);
    }

    [Fact]
    public async Task IdleLink_HealthyPeer_StaysUpForHours()
    {
        await using var pair = await StartAsync(Timeout);
        var connection = Assert.Single(_network.Connections);
        var inbound = pair.There!.Remote.Parts.Table.Record(pair.Here.Address);
        var hours = TimeSpan.FromHours(TestScale.IsLong ? 24 : 2);
        Advance(Interval);
        for (var passed = TimeSpan.Zero; passed < hours; passed += Interval)
        {
            Advance(Interval);

            // Each side has sent a heartbeat meanwhile, and nothing else. Real time must pass until it has arrived, or a clock that runs ahead calls
            // a healthy peer dead. In the beginning one may come a look later: what it sent last is known when it is looked at.
            for (var more = 0; !SpinWait.SpinUntil(AreSeen, TimeSpan.FromSeconds(1)); more++)
            {
                Assert.True(more < 8, $"No heartbeat after {passed}.");
                _time.Advance(Step);
            }
        }

        Assert.Equal(EndpointState.Connected, pair.Here.Remote.GetEndpointState(Peer));
        Assert.Empty(await pair.Here.PublishedAsync<EndpointReconnecting>());
        Assert.DoesNotContain(pair.There!.Log.Lines, line => line.Event.Name == "InboundLost");
        Assert.False(connection.Closed.IsCompleted);
        var statistics = pair.Here.Remote.GetEndpointStatistics(Peer)!;
        Assert.Equal((0L, 0L, 0), (statistics.Offered, statistics.Batches, statistics.Reconnects));

        bool AreSeen() => IsSeen(pair.Here.Remote.GetEndpointStatistics(Peer)!) && IsSeen(inbound.Complete(new(), new() { Address = Peer }));

        bool IsSeen(EndpointStatistics statistics) => statistics.LastSeen > _time.GetUtcNow() - Interval;
    }

    [Fact]
    public async Task GoAway_StreamLivesOn_ABlackHoleIsFound()
    {
        await using var server = await PlayedCalls.ListenAsync(AnswerHeartbeatsAsync, _network, new DnsEndPoint("peer", 8000));
        await using var pair = new Pair(await TestNode.StartAsync(options => Configure(options, Timeout), network: _network, time: _time), null, _network);
        await pair.Here.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        await _time.WaitForTimerAsync(Step);
        var connection = _network.Connections[0];
        using var never = new CancellationTokenSource();

        var stopping = server.StopAsync(never.Token);
        await new Http2Frames(connection, NetworkDirection.ToClient).WaitForAsync(Http2Frames.GoAway).Within("the GOAWAY of a server that stops");

        Assert.Equal(EndpointState.Connected, pair.Here.Remote.GetEndpointState(Peer));
        _network.BlackHole(Peer);
        Advance(Timeout + Interval);
        var lost = await pair.Here.Events.NextAsync<EndpointReconnecting>();
        Assert.Contains("no sign of life", lost.Error.Message, StringComparison.Ordinal);
        Assert.Single(_network.Connections);
        _network.Heal(Peer);
        await never.CancelAsync();
        await stopping.Within("stopping the played peer");
    }

    private static async Task AnswerHeartbeatsAsync(AcceptedCall stream)
    {
        Assert.True(await stream.Reader.ReadAsync());
        await stream.WriteMessageAsync(new Wire.RemoteMessage
        {
            ConnectResponse = new Wire.ConnectResponse { MemberId = "0123456789abcdef0123456789abcdef", Capabilities = { "heartbeat/1" } },
        });
        while (await stream.Reader.ReadAsync())
        {
            await stream.WriteMessageAsync(new Wire.RemoteMessage { Heartbeat = new Wire.Heartbeat() });
        }
    }

    // What says nothing but heartbeats is closed after a while, which is not what this is about.
    private static void Configure(RemoteOptions options, TimeSpan timeout)
    {
        (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (Interval, timeout);
        options.Endpoint.IdleTimeout = System.Threading.Timeout.InfiniteTimeSpan;
    }

    private async Task<Pair> StartAsync(TimeSpan timeout)
    {
        var there = await TestNode.StartAsync(options => Configure(options, timeout), network: _network, time: _time, at: Peer);
        var here = await TestNode.StartAsync(options => Configure(options, timeout), network: _network, time: _time);
        await here.Remote.WaitForConnectionAsync(Peer).Within("the connection");

        // Both sides listen from now on. A pulse that begins after the clock has moved would wait for a timeout that never comes.
        await _time.WaitForTimersDueAsync(2, Step);
        return new Pair(here, there, _network);
    }

    private void Advance(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += Step)
        {
            _time.Advance(Step);
        }
    }

    private sealed record Pair(TestNode Here, TestNode? There, InMemoryNetwork Network) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Here.DisposeAsync();
            if (There is not null)
            {
                await There.DisposeAsync();
            }

            await Network.DisposeAsync();
        }
    }
}
