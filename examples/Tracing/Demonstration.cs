using Examples;
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
        string trace;
        try
        {
            trace = await OrderAsync(collector.Endpoint, output, late.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the check failed: the order was not taken within {Patience.TotalSeconds:F0} s");
        }

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
        return isWhole ? ExitCode.Right : ExitCode.Wrong;
    }

    /// <returns>The id of the trace.</returns>
    private static async Task<string> OrderAsync(Uri collector, TextWriter output, CancellationToken cancellation)
    {
        string[] to = ["--collector", collector.ToString()];
        await using var store = await StartAsync(output, Nodes.Store, [.. to], cancellation);
        var storeAddress = await store.ReadAfterAsync(Nodes.ReadyPrefix);
        await using var worker = await StartAsync(output, Nodes.Worker, [storeAddress, .. to], cancellation);
        var workerAddress = await worker.ReadAfterAsync(Nodes.ReadyPrefix);
        await using var gateway = await StartAsync(output, Nodes.Gateway, [workerAddress, "tea", .. to], cancellation);

        // Whichever of the three ends before its time is named.
        await output.WriteLineAsync($"saved {await store.DuringAsync(worker.DuringAsync(gateway.ReadAfterAsync(Nodes.SavedPrefix)))}");
        var trace = await gateway.ReadAfterAsync(Nodes.TracePrefix);
        await gateway.Ended.WaitAsync(cancellation);
        await worker.EndAsync();
        await store.EndAsync();
        return trace;
    }

    private static async Task<ChildProcess> StartAsync(TextWriter output, string name, string[] arguments, CancellationToken cancellation)
    {
        var child = ChildProcess.Start($"the {name}", readsErrors: false, cancellation, [name, .. arguments]);
        await output.WriteLineAsync($"the {name} is process {child.Id}");
        return child;
    }
}
