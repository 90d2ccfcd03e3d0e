using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// What is measured when it happens, because no statistics keep it: sizes and times. Whoever measures asks first whether anybody listens.
/// Thread-safe.
/// </summary>
/// <param name="log">For listeners that fail: they are called from here.</param>
internal sealed class NodeHistograms(ILogger log)
{
    private static readonly InstrumentAdvice<double> Seconds =
        new() { HistogramBucketBoundaries = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private static readonly InstrumentAdvice<long> Messages = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000] };

    private static readonly InstrumentAdvice<long> Bytes =
        new() { HistogramBucketBoundaries = [64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304] };

    private volatile Instruments? _instruments;

    /// <summary>Whether batches and the time to their acknowledgement are listened to.</summary>
    public bool IsOnForBatches =>
        _instruments is { } all && (all.BatchMessages.Enabled || all.BatchSize.Enabled || all.RoundTrip.Enabled);

    /// <summary>Whether the time from a heartbeat to its echo is listened to.</summary>
    public bool IsOnForHeartbeats => _instruments is { Heartbeat.Enabled: true };

    /// <summary>Whether the time in actors is listened to.</summary>
    public bool IsOnForActors => _instruments is { ActorTime.Enabled: true };

    /// <summary>From here on there is somebody to tell. Called once, when the node has its meter.</summary>
    public void AddTo(Meter meter) => _instruments = new Instruments(
        meter.CreateHistogram(RemoteTelemetry.RoundTrip, "s", "From the write of a batch to its acknowledgement.", null, Seconds),
        meter.CreateHistogram(RemoteTelemetry.HeartbeatRoundTrip, "s", "From the write of a heartbeat to its echo.", null, Seconds),
        meter.CreateHistogram(RemoteTelemetry.BatchMessages, "{message}", "Messages in a batch.", null, Messages),
        meter.CreateHistogram(RemoteTelemetry.BatchSize, "By", "Bytes of a batch.", null, Bytes),
        meter.CreateHistogram(RemoteTelemetry.ActorTime, "s", "How long an actor took over a message.", null, Seconds));

    public void RecordBatch(string peer, int messages, int bytes)
    {
        if (_instruments is { } all)
        {
            Record(all.BatchMessages, messages, RemoteTelemetry.PeerTag, peer);
            Record(all.BatchSize, bytes, RemoteTelemetry.PeerTag, peer);
        }
    }

    public void RecordRoundTrip(string peer, TimeSpan time) => Record(_instruments?.RoundTrip, time.TotalSeconds, RemoteTelemetry.PeerTag, peer);

    public void RecordHeartbeat(string peer, TimeSpan time) => Record(_instruments?.Heartbeat, time.TotalSeconds, RemoteTelemetry.PeerTag, peer);

    public void RecordActorTime(string actor, TimeSpan time) => Record(_instruments?.ActorTime, time.TotalSeconds, RemoteTelemetry.ActorTag, actor);

    private void Record<T>(Histogram<T>? histogram, T value, string tag, string tagValue)
        where T : struct
    {
        try
        {
            histogram?.Record(value, new KeyValuePair<string, object?>(tag, tagValue));
        }
        catch (Exception exception)
        {
            RemoteLog.MeasuringFailed(log, exception);
        }
    }

    private sealed record Instruments(
        Histogram<double> RoundTrip,
        Histogram<double> Heartbeat,
        Histogram<long> BatchMessages,
        Histogram<long> BatchSize,
        Histogram<double> ActorTime);
}
