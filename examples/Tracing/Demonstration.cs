using Tracing.Collector;

namespace Tracing;

/// <summary>Starts a collector and the three programs, each in a process of its own, takes an order, and shows its trace as a
/// tree.</summary>
internal static class Demonstration
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // An answer is a message like any other.
    private static readonly string[] Expected =
    [
        "gateway order (server)",
        "  gateway send (producer)",
        "    worker receive (consumer)",
        "    worker work (internal)",
        "      worker send (producer)",
        "        store receive (consumer)",
        "        store save (internal)",
        "          store send (producer)",
        "            worker receive (consumer)",
        "      worker send (producer)",
        "        gateway receive (consumer)",
    ];

    /// <returns>0 if the trace is what it should be.</returns>
    public static async Task<int> RunAsync(TextWriter output, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Patience);
        await using var collector = await OtlpCollector.StartAsync();
        var trace = await OrderAsync(collector.Endpoint, output, late.Token);

        // All three have ended, and sent the last of their spans before.
        var lines = TraceTree.Lines([.. collector.Spans.Where(span => span.TraceId == trace)]);
        foreach (var line in lines)
        {
            await output.WriteLineAsync(line);
        }

        var sent = collector.Points.Count(static point => point.Name == Remote.RemoteTelemetry.MessagesSent);
        await output.WriteLineAsync($"and {collector.Points.Count} figures, {sent} of them of messages sent");
        var isWhole = lines.Order().SequenceEqual(Expected.Order()) && sent > 0;
        await output.WriteLineAsync(isWhole ? "one trace through three processes" : "the check failed: the trace is not what it should be");
        return isWhole ? 0 : 1;
    }

    /// <returns>The id of the trace.</returns>
    private static async Task<string> OrderAsync(Uri collector, TextWriter output, CancellationToken cancellation)
    {
        string[] to = ["--collector", collector.ToString()];
        using var store = Child.Start([Nodes.Store, .. to]);
        var storeAddress = await store.ReadAsync(Nodes.ReadyPrefix, cancellation);
        using var worker = Child.Start([Nodes.Worker, storeAddress, .. to]);
        var workerAddress = await worker.ReadAsync(Nodes.ReadyPrefix, cancellation);
        using var gateway = Child.Start([Nodes.Gateway, workerAddress, "tea", .. to]);
        await output.WriteLineAsync($"saved {await gateway.ReadAsync(Nodes.SavedPrefix, cancellation)}");
        var trace = await gateway.ReadAsync(Nodes.TracePrefix, cancellation);
        await gateway.EndAsync(cancellation);
        await worker.EndAsync(cancellation);
        await store.EndAsync(cancellation);
        return trace;
    }
}
