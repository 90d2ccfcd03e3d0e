using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Remote.Testing;

namespace Remote.Tests;

[Trait("Behaviour", "O-03")]
public sealed class HeartbeatMeterTests : IDisposable
{
    private readonly MetricsProbe _probe = new(histograms: true);
    private readonly ManualTimeProvider _time = new();
    private readonly NodeHistograms _histograms = new(NullLogger.Instance);
    private readonly HeartbeatMeter _meter;

    public HeartbeatMeterTests()
    {
        _meter = new HeartbeatMeter(_histograms, "peer:1", _time);
        _histograms.AddTo(_probe.Create(new MeterOptions(RemoteTelemetry.MeterName)));
    }

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Echoed_IsTheRoundTrip()
    {
        Assert.Equal(1ul, _meter.Sending());
        _time.Advance(TimeSpan.FromMilliseconds(3));
        _meter.Echoed(1);
        Assert.Equal(2ul, _meter.Sending());
        _time.Advance(TimeSpan.FromMilliseconds(4));
        _meter.Echoed(2);

        Assert.Equal([(RemoteTelemetry.HeartbeatRoundTrip, "remote.peer peer:1", 0.003), (RemoteTelemetry.HeartbeatRoundTrip, "remote.peer peer:1", 0.004)], _probe.Measured);
    }

    /// <summary>The peer may send only the last of several back; the first is the one that was under way the longest.</summary>
    [Fact]
    public void Echoed_SlowerThanTheInterval_TheFirstOneCounts()
    {
        _meter.Sending();
        _time.Advance(TimeSpan.FromSeconds(5));
        _meter.Sending();
        _time.Advance(TimeSpan.FromSeconds(1));
        _meter.Echoed(2);
        _meter.Echoed(2);

        Assert.Equal([6.0], _probe.Measured.Select(static one => one.Value));
    }

    /// <summary>A peer sends back what it likes.</summary>
    [Fact]
    public void Echoed_NeverSent_CountsForNothing()
    {
        _meter.Echoed(1);
        _meter.Sending();
        _meter.Echoed(ulong.MaxValue);
        _meter.Echoed(0);

        Assert.Empty(_probe.Measured);
    }

    [Fact]
    public void NobodyListens_IsOff()
    {
        using var observing = new MetricsProbe();
        var histograms = new NodeHistograms(NullLogger.Instance);
        histograms.AddTo(observing.Create(new MeterOptions(RemoteTelemetry.MeterName)));

        Assert.False(new HeartbeatMeter(new NodeHistograms(NullLogger.Instance), "peer:1", _time).IsOn);
        Assert.False(new HeartbeatMeter(histograms, "peer:1", _time).IsOn);
        Assert.True(_meter.IsOn);
    }
}
