using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Remote.Testing;
using Remote.Tests.Links;

namespace Remote.Tests;

[Trait("Behaviour", "O-03")]
public sealed class BatchMeterTests : IDisposable
{
    private readonly MetricsProbe _probe = new(histograms: true);
    private readonly ManualTimeProvider _time = new();
    private readonly NodeHistograms _histograms = new(NullLogger.Instance);
    private readonly BatchMeter _meter;

    public BatchMeterTests()
    {
        _meter = new BatchMeter(_histograms, "peer:1", _time);
        _histograms.AddTo(_probe.Create(new MeterOptions(RemoteTelemetry.MeterName)));
    }

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Sending_RecordsMessagesAndBytes()
    {
        _meter.Sending(3, 200, sequence: 0);

        Assert.Equal(
            [(RemoteTelemetry.BatchMessages, "remote.peer peer:1", 3), (RemoteTelemetry.BatchSize, "remote.peer peer:1", 200)],
            _probe.Measured);
    }

    [Fact]
    public void Acknowledged_OneBatchAtATime()
    {
        _meter.Sending(1, 100, 7);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        _meter.Sending(1, 100, 8);
        _meter.Acknowledged(6);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        _meter.Acknowledged(9);
        _meter.Acknowledged(9);

        Assert.Equal([0.007], RoundTrips());
    }

    [Fact]
    public void Acknowledged_AfterAnOutage_IsNoRoundTrip()
    {
        _meter.Sending(1, 100, 7);
        _meter.StreamEnded();
        _time.Advance(TimeSpan.FromMinutes(1));
        _meter.Acknowledged(7);

        Assert.Empty(RoundTrips());
    }

    [Fact]
    public void WithoutALink_NothingIsTimed()
    {
        _meter.Sending(1, 100, 0);
        _meter.Acknowledged(100);

        Assert.Empty(RoundTrips());
    }

    [Fact]
    public void NobodyListens_IsOff()
    {
        using var observing = new MetricsProbe();
        var histograms = new NodeHistograms(NullLogger.Instance);
        Assert.False(new BatchMeter(histograms, "peer:1", _time).IsOn);
        histograms.AddTo(observing.Create(new MeterOptions(RemoteTelemetry.MeterName)));

        Assert.False(new BatchMeter(histograms, "peer:1", _time).IsOn);
        Assert.True(_meter.IsOn);
    }

    /// <summary>Whoever listens may allocate; the node does not, with a listener or without.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Measuring_AllocatesNothing(bool isHeard)
    {
        using var scope = new MetricsProbe();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (isHeard && ReferenceEquals(instrument.Meter.Scope, scope))
                {
                    all.EnableMeasurementEvents(instrument);
                }
            },
        };
        var heard = 0;
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => heard++);
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => heard++);
        listener.Start();
        var histograms = new NodeHistograms(NullLogger.Instance);
        histograms.AddTo(scope.Create(new MeterOptions(RemoteTelemetry.MeterName)));
        var meter = new BatchMeter(histograms, "peer:1", TimeProvider.System);

        Assert.Equal(0, Allocations.Measure(() =>
        {
            if (meter.IsOn)
            {
                meter.Sending(1, 100, 7);
            }

            meter.Acknowledged(7);
        }));
        Assert.Equal(isHeard, heard > 0);
    }

    [Fact]
    public void Listener_Throws_IsLogged()
    {
        using var scope = new MetricsProbe();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, scope))
                {
                    all.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => throw new InvalidOperationException("It listens badly."));
        listener.Start();
        var log = new TestLog();
        var histograms = new NodeHistograms(log.CreateLogger("Remote"));
        histograms.AddTo(scope.Create(new MeterOptions(RemoteTelemetry.MeterName)));

        new BatchMeter(histograms, "peer:1", _time).Sending(1, 1, 1);

        Assert.Equal("MeasuringFailed", Assert.Single(log.Lines.Select(static line => line.Event.Name).Distinct()));
    }

    [Fact]
    public void SerializationFailures_HaveSoManyTypes()
    {
        var counts = new SerializationFailureCounts();
        System.Type[] types = [.. typeof(object).Assembly.GetTypes().Where(static type => type is { IsPublic: true, IsGenericType: false }).Take(SerializationFailureCounts.MaxTypes + 5)];
        Array.ForEach(types, counts.Count);
        Array.ForEach(types, counts.Count);
        counts.CountReceived();

        var shown = counts.Snapshot();

        Assert.Equal(SerializationFailureCounts.MaxTypes + 2, shown.Count);
        Assert.Contains((RemoteTelemetry.OutValue, RemoteTelemetry.OthersValue, 10), shown);
        Assert.Contains((RemoteTelemetry.InValue, RemoteTelemetry.OthersValue, 1), shown);
        Assert.Contains((RemoteTelemetry.OutValue, types[0].FullName!, 2), shown);
    }

    private IEnumerable<double> RoundTrips() => _probe.Measured.Where(static one => one.Instrument == RemoteTelemetry.RoundTrip).Select(static one => one.Value);
}
