using System.Diagnostics.Metrics;

namespace Remote.Tests;

/// <summary>Hears when a node has measured its first round trip: an acknowledgement, or the echo of a heartbeat, comes a while after what it answers.</summary>
internal sealed class RoundTripListener : IDisposable
{
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MeterListener _listener = new();

    public RoundTripListener(string node, string of = RemoteTelemetry.RoundTrip)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == of && instrument.Meter.Tags!.Contains(new KeyValuePair<string, object?>(RemoteTelemetry.NodeTag, node)))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => _heard.TrySetResult());
        _listener.Start();
    }

    public Task Heard => _heard.Task;

    public void Dispose() => _listener.Dispose();
}
