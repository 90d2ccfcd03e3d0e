using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Heartbeats between two nodes, in manual time: they have a number, and come back, where somebody listens.</summary>
[Trait("Behaviour", "O-03")]
public sealed class HeartbeatRoundTripTests : DisposedAfterTest
{
    private const string Here = "here:8000";
    private const string There = "there:8000";

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryNetwork _network = new();
    private readonly MetricsProbe _here = new(histograms: true);
    private readonly MetricsProbe _there = new(histograms: true);

    public override async ValueTask DisposeAsync()
    {
        _here.Dispose();
        _there.Dispose();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task BothListen_EachMeasuresTheOther()
    {
        await using var there = await StartAsync(There, _there);
        await using var here = await StartAsync(Here, _here);
        await here.Remote.WaitForConnectionAsync(There).Within("the connection");

        AdvanceUntil(() => Tags(_here).Any() && Tags(_there).Any());

        Assert.Equal(($"remote.peer {There}", $"remote.peer {Here}"), (Tags(_here).First(), Tags(_there).First()));
    }

    /// <summary>What the other node measures does not change with who listens here.</summary>
    [Fact]
    public async Task OneListens_OneMeasures()
    {
        using var deaf = new MetricsProbe();
        await using var there = await StartAsync(There, deaf);
        await using var here = await StartAsync(Here, _here);
        await here.Remote.WaitForConnectionAsync(There).Within("the connection");

        AdvanceUntil(() => Tags(_here).Count() >= 3);

        Assert.Empty(deaf.Measured);
    }

    /// <summary>A peer that knows heartbeats and no numbers, as Remote was before, stays what it is: connected, and not measured.</summary>
    [Fact]
    public async Task PeerSendsNothingBack_NothingIsMeasured()
    {
        await using var peer = await PlayedLinkPeer.StartAsync(static _ => false);
        await using var here = await TestNode.StartAsync(options =>
        {
            options.Hooks.MeterFactory = _here;
            options.Heartbeat.Interval = TimeSpan.FromMilliseconds(20);
        });
        await here.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");

        var heartbeats = await peer.Accepted.WaitForCountAsync<Wire.Heartbeat>(3);

        Assert.Equal([1ul, 2ul, 3ul], heartbeats.Take(3).Select(static heartbeat => heartbeat.Number));
        Assert.Empty(Tags(_here));
        Assert.Equal(EndpointState.Connected, here.Remote.GetEndpointState(peer.Address));
    }

    /// <summary>A stream without heartbeats has no echoes either, whatever comes on it: its peer knows none.</summary>
    [Theory]
    [InlineData(false, "ConnectResponse")]
    [InlineData(true, "ConnectResponse HeartbeatEcho")]
    public async Task NumberedHeartbeat_IsSentBackOnStreamsWithHeartbeatsOnly(bool hasHeartbeats, string answers)
    {
        await using var here = await StartAsync(Here, _here);
        await using var peer = await PlayedDialler.DialAsync(_network, Here);
        var request = PlayedDialler.Request(new string('a', 32), "peer:1");
        if (hasHeartbeats)
        {
            request.ConnectRequest.ServerConnection.Capabilities.Add(CapabilityNames.Heartbeat);
        }

        await peer.SendAsync(request, new() { Heartbeat = new() { Number = 7 } });
        await peer.Call.CompleteAsync().AsTask().Within("a half-close");

        List<Wire.RemoteMessage> received = [];
        while (await peer.ReadAsync() is { } message)
        {
            received.Add(message);
        }

        Assert.Equal(answers, string.Join(' ', received.Select(static message => message.MessageTypeCase)));
        Assert.All(received.Skip(1), static echo => Assert.Equal(7ul, echo.HeartbeatEcho.Number));
    }

    private static IEnumerable<string> Tags(MetricsProbe probe) =>
        probe.Measured.Where(static one => one.Instrument == RemoteTelemetry.HeartbeatRoundTrip).Select(static one => one.Tag);

    /// <summary>The clock stands still while frames are on their way, or a healthy peer would be found dead.</summary>
    private void AdvanceUntil(Func<bool> isSeen)
    {
        for (var looks = 0; !SpinWait.SpinUntil(isSeen, TimeSpan.FromMilliseconds(50)); looks++)
        {
            Assert.True(looks < 1_000, "No heartbeat was measured.");
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private Task<TestNode> StartAsync(string at, MetricsProbe metrics) => TestNode.StartAsync(
        own =>
        {
            own.Hooks.MeterFactory = metrics;
            own.Heartbeat.Timeout = TimeSpan.FromHours(1);
            own.Endpoint.IdleTimeout = Timeout.InfiniteTimeSpan;
        },
        network: _network,
        time: _time,
        at: at);
}
