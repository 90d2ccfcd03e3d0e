using System.Diagnostics.Metrics;

namespace Remote.Tests;

/// <summary>Hears when a node has measured its first round trip: an acknowledgement comes a while after the messages.</summary>
internal sealed class RoundTripListener : IDisposable
{
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MeterListener _listener = new();

    public RoundTripListener(string node)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == RemoteTelemetry.RoundTrip && instrument.Meter.Tags!.Contains(new KeyValuePair<string, object?>(RemoteTelemetry.NodeTag, node)))
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
