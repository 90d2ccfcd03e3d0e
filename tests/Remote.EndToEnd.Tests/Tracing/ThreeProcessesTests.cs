using Tracing.Collector;
using Tracing.Otlp;

namespace Remote.EndToEnd.Tests;

/// <summary>One trace through three processes, each of which sends its spans to a collector by OTLP: the programs of
/// `examples/Tracing`.</summary>
[Trait("Behaviour", "O-03")]
public sealed class ThreeProcessesTests : IAsyncLifetime
{
    private OtlpCollector _collector = null!;

    public async Task InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public async Task GatewayWorkerStore_OneTrace()
    {
        string[] to = ["--collector", _collector.Endpoint.ToString()];
        await using var store = NodeProcess.Start("Tracing", ["store", .. to]);
        var storeAddress = await store.ReadAfterAsync("listening on ");
        await using var worker = NodeProcess.Start("Tracing", ["worker", storeAddress, .. to]);
        var workerAddress = await worker.ReadAfterAsync("listening on ");
        await using var gateway = NodeProcess.Start("Tracing", ["gateway", workerAddress, "tea", .. to]);
        Assert.Equal("TEA", await gateway.ReadAfterAsync("saved "));
        var trace = await gateway.ReadAfterAsync("trace ");

        // Each sends the last of its spans before it ends.
        foreach (var process in new[] { gateway, worker, store })
        {
            process.CloseInput();
            Assert.Equal(0, (await process.WaitForExitAsync()).ExitCode);
        }

        var spans = _collector.Spans;
        Assert.Equal(trace, Assert.Single(spans.Select(static span => span.TraceId).Distinct()));
        Assert.Equal(11, spans.Count);

        // 1. The order goes from the gateway over the worker to the store.
        var order = Only(null, "gateway", "order", SpanKind.Server);
        var toWorker = Only(order, "gateway", "send", SpanKind.Producer, workerAddress);
        var atWorker = Only(toWorker, "worker", "receive", SpanKind.Consumer);
        var work = Only(toWorker, "worker", "work", SpanKind.Internal);
        var toStore = Only(work, "worker", "send", SpanKind.Producer, storeAddress);
        var atStore = Only(toStore, "store", "receive", SpanKind.Consumer, workerAddress);
        var save = Only(toStore, "store", "save", SpanKind.Internal);

        // 2. The answers go back: each is a message like any other.
        var answer = Only(save, "store", "send", SpanKind.Producer, workerAddress);
        Only(answer, "worker", "receive", SpanKind.Consumer, storeAddress);
        var last = Only(work, "worker", "send", SpanKind.Producer, PeerOf(atWorker));
        Only(last, "gateway", "receive", SpanKind.Consumer, workerAddress);
        Assert.Equal("Remote", atStore.Scope);
    }

    private static string PeerOf(CollectedSpan span) => span.Attributes[RemoteTelemetry.PeerTag];

    private CollectedSpan Only(CollectedSpan? parent, string service, string name, SpanKind kind, string? peer = null) => Assert.Single(
        _collector.Spans,
        span => span.ParentId == (parent?.Id ?? "") && span.Service == service && span.Name == name && span.Kind == kind
            && (peer is null || PeerOf(span) == peer));
}
