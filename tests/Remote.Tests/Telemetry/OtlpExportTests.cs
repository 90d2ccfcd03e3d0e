using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Proto;
using Remote.OpenTelemetry;
using Remote.Testing;
using Tracing.Collector;
using SpanKind = Tracing.Otlp.SpanKind;

namespace Remote.Tests;

/// <summary>What arrives at a collector, over OpenTelemetry's own exporter and a real connection.</summary>
[Collection(nameof(TracingTests))]
[Trait("Behaviour", "O-03")]
public sealed class OtlpExportTests : IAsyncLifetime
{
    private const string Here = "shop:8000";
    private const string There = "store:8000";
    private const string ShopSource = "Shop";
    private const string Resource = "service.instance.id=till-1 service.name=shop service.version=7";

    private readonly InMemoryNetwork _network = new();
    private readonly MetricsProbe _probe = new(histograms: true);
    private readonly MetricsProbe _peers = new();
    private readonly ResourceBuilder _resource = ResourceBuilder.CreateEmpty().AddService("shop", serviceVersion: "7", serviceInstanceId: "till-1");
    private OtlpCollector _collector = null!;
    private TestNode _here = null!;
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _collector = await OtlpCollector.StartAsync();
        _here = await TestNode.StartAsync(options => options.Hooks.MeterFactory = _probe, network: _network, at: Here);
        _there = await TestNode.StartAsync(options => options.Hooks.MeterFactory = _peers, network: _network, at: There);
        _there.SpawnEcho();
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        _probe.Dispose();
        _peers.Dispose();
        await _network.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task Metrics_ArriveAsTheyAre()
    {
        using var meters = Sdk.CreateMeterProviderBuilder()
            .AddRemoteInstrumentation()
            .SetResourceBuilder(_resource)
            .AddOtlpExporter((exporter, reader) =>
            {
                Send(exporter);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = Timeout.Infinite;
            })
            .Build();
        await _here.AskAsync(_there.Pid("echo"), "1");
        await _here.AskAsync(_there.Pid("echo"), "2");
        _here.Root.Send(new PID("no address", "sink"), new Empty());

        // 1. While they live: what is there only with a connection.
        Assert.True(meters.ForceFlush());
        var during = Latest();
        _probe.Collect();
        Assert.Equal(1, during[$"remote.endpoint.connected {There}"].Value);
        Assert.Equal(1_000_000, during[$"remote.queue.capacity {There}"].Value);
        Assert.Equal(1, during["remote.endpoint.count Connected"].Value);

        // 2. When nothing moves any more: whoever has left in good order has read and acknowledged all.
        await _here.Remote.ShutdownAsync().Within("the shutdown");
        await _there.Remote.ShutdownAsync().Within("the shutdown of the peer");
        Assert.True(meters.ForceFlush());
        var after = Latest();
        Assert.Equal(
            (2, 2, 2, 1),
            (after[$"remote.messages.sent {There}"].Value, after[$"remote.messages.acknowledged {There}"].Value,
                after[$"remote.messages.delivered {There}"].Value, after.Where(static point => point.Key.StartsWith("remote.dead_letters ", StringComparison.Ordinal)).Sum(static point => point.Value.Value)));
        var said = _probe.Collect();
        var batches = after[$"remote.batch.messages {There}"];
        Assert.Equal((ulong)after[$"remote.batches.sent {There}"].Value, batches.Count);
        Assert.Equal(after[$"remote.messages.sent {There}"].Value, batches.Value);
        Assert.Equal(after[$"remote.bytes.sent {There}"].Value, after[$"remote.batch.size {There}"].Value);
        Assert.InRange(after[$"remote.round_trip.duration {There}"].Value, double.Epsilon, TestTime.Ceiling.TotalSeconds);
        Assert.Equal(
            said.Select(static value => (value.Key, value.Value)).Order(),
            after.Where(point => said.ContainsKey(point.Key)).Select(static point => (point.Key, (long)point.Value.Value)).Order());

        // 3. All that a collector goes by.
        Assert.All(during.Values.Concat(after.Values), point =>
        {
            var instrument = _probe.Instruments.Single(instrument => instrument.Name == point.Name);
            Assert.Equal((instrument.Unit, MetricKinds.Of(instrument)), (point.Unit, point.Kind));
            Assert.Equal(instrument.IsObservable ? _probe.TagNames[point.Name] : RemoteTelemetry.PeerTag, string.Join(' ', Ordered(point).Select(static attribute => attribute.Key)));
            Assert.Equal(Resource, string.Join(' ', point.Resource.OrderBy(static attribute => attribute.Key).Select(static attribute => $"{attribute.Key}={attribute.Value}")));
        });
    }

    [Fact]
    public async Task Spans_ArriveAsOneTrace()
    {
        using var source = new ActivitySource(ShopSource);
        using var traces = Sdk.CreateTracerProviderBuilder()
            .AddRemoteInstrumentation()
            .AddSource(ShopSource)
            .SetResourceBuilder(_resource)
            .AddOtlpExporter(Send)
            .Build();
        string trace;
        using (var order = source.StartActivity("order")!)
        {
            trace = order.TraceId.ToHexString();
            await _here.AskAsync(_there.Pid("echo"), "1");
        }

        // A span may end behind the answer that it sets off.
        await _here.Remote.ShutdownAsync().Within("the shutdown");
        Assert.True(traces.ForceFlush());
        var spans = _collector.Spans.Where(span => span.TraceId == trace).ToDictionary(static span => $"{span.Scope} {span.Name}");
        var (root, send, receive) = (spans["Shop order"], spans["Remote send"], spans["Remote receive"]);
        Assert.Equal(("", SpanKind.Internal), (root.ParentId, root.Kind));
        Assert.Equal((root.Id, SpanKind.Producer, There), (send.ParentId, send.Kind, send.Attributes[RemoteTelemetry.PeerTag]));
        Assert.Equal((send.Id, SpanKind.Consumer, Here), (receive.ParentId, receive.Kind, receive.Attributes[RemoteTelemetry.PeerTag]));
        Assert.All(spans.Values, static span => Assert.Equal("shop", span.Service));
    }

    private void Send(OtlpExporterOptions exporter) => (exporter.Endpoint, exporter.Protocol) = (_collector.Endpoint, OtlpExportProtocol.Grpc);

    /// <summary>OpenTelemetry sorts attributes by name; here the peer comes first, as the node says it.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Ordered(CollectedPoint point) =>
        point.Attributes.OrderBy(static attribute => attribute.Key != RemoteTelemetry.PeerTag);

    /// <summary>The last export of the node, by names and values of tags as in <see cref="MetricsProbe.Collect"/>.</summary>
    private Dictionary<string, CollectedPoint> Latest()
    {
        var latest = new Dictionary<string, CollectedPoint>(StringComparer.Ordinal);
        foreach (var point in _collector.Points.Where(static point => point.Scope == RemoteTelemetry.MeterName && point.ScopeAttributes[RemoteTelemetry.NodeTag] == Here))
        {
            latest[string.Join(' ', Ordered(point).Select(static attribute => attribute.Value).Prepend(point.Name))] = point;
        }

        return latest;
    }
}
