using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tracing.Otlp;

namespace Tracing.Collector;

/// <summary>
/// Stands in for an OpenTelemetry collector: takes what exporters send by OTLP over gRPC, and keeps it. Thread-safe. A real one takes its
/// place by the variable
/// OTEL_EXPORTER_OTLP_ENDPOINT.
/// </summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<CollectedSpan> _spans = [];
    private readonly List<CollectedPoint> _points = [];
    private readonly WebApplication _app;
    private TaskCompletionSource _changed = NewChange();

    private OtlpCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcService<Traces>();
        _app.MapGrpcService<Metrics>();
    }

    /// <summary>Where exporters send to.</summary>
    public Uri Endpoint => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>All spans so far.</summary>
    public IReadOnlyList<CollectedSpan> Spans
    {
        get
        {
            lock (_gate)
            {
                return [.. _spans];
            }
        }
    }

    /// <summary>All figures so far, the last ones behind the earlier.</summary>
    public IReadOnlyList<CollectedPoint> Points
    {
        get
        {
            lock (_gate)
            {
                return [.. _points];
            }
        }
    }

    public static async Task<OtlpCollector> StartAsync()
    {
        var collector = new OtlpCollector();
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Waits until what has come is enough.</summary>
    /// <param name="isEnough">Whether it is; asked after each export.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task WaitAsync(Func<OtlpCollector, bool> isEnough, CancellationToken cancellation)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                change = _changed.Task;
            }

            if (isEnough(this))
            {
                return;
            }

            await change.WaitAsync(cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Add(IEnumerable<CollectedSpan> spans, IEnumerable<CollectedPoint> points)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _spans.AddRange(spans);
            _points.AddRange(points);
            (changed, _changed) = (_changed, NewChange());
        }

        changed.SetResult();
    }

    private sealed class Traces(OtlpCollector collector) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            collector.Add(CollectedSpan.Of(request), []);
            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }

    private sealed class Metrics(OtlpCollector collector) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            collector.Add([], CollectedPoint.Of(request));
            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }
}
