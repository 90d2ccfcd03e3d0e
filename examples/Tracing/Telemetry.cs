using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Remote.OpenTelemetry;

namespace Tracing;

/// <summary>The spans and figures of one process, on their way to a collector. Disposing it sends the last of them.</summary>
internal sealed class Telemetry : IDisposable
{
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    /// <param name="service">The name of the process in traces.</param>
    /// <param name="collector">Where to; <see langword="null"/> for what OTEL_EXPORTER_OTLP_ENDPOINT says.</param>
    public Telemetry(string service, Uri? collector)
    {
        var resource = ResourceBuilder.CreateDefault().AddService(service);
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(TracedProps.SourceName)
            .AddRemoteInstrumentation()
            .AddOtlpExporter(Send)
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddRemoteInstrumentation()
            .AddOtlpExporter(Send)
            .Build();

        void Send(OtlpExporterOptions exporter)
        {
            exporter.Protocol = OtlpExportProtocol.Grpc;
            exporter.Endpoint = collector ?? exporter.Endpoint;
        }
    }

    /// <summary>Sends the figures of now. To be called before a node ends: its meter ends with it.</summary>
    /// <returns>Whether a collector has taken them.</returns>
    public bool Flush() => _metrics.ForceFlush();

    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }
}
