using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Remote.OpenTelemetry;

namespace Remote.LoadTest;

/// <summary>OpenTelemetry with exporters that throw everything away, as an application would set it up otherwise.</summary>
internal sealed class Listening : IDisposable
{
    private const int CollectEveryMilliseconds = 1000;

    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    public Listening(Listeners who)
    {
        if (who == Listeners.Metrics)
        {
            _metrics = Sdk.CreateMeterProviderBuilder().AddRemoteInstrumentation()
                .AddReader(new PeriodicExportingMetricReader(new Nowhere<Metric>(), CollectEveryMilliseconds)).Build();
        }
        else if (who != Listeners.Nobody)
        {
            _traces = Sdk.CreateTracerProviderBuilder().AddRemoteInstrumentation()
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(who == Listeners.AllTraces ? 1 : 0.01)))
                .AddProcessor(new BatchActivityExportProcessor(new Nowhere<System.Diagnostics.Activity>())).Build();
        }
    }

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private sealed class Nowhere<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch) => ExportResult.Success;
    }
}
