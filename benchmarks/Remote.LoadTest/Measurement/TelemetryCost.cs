namespace Remote.LoadTest;

/// <summary>Who listens to a node while it is measured.</summary>
internal enum Listeners
{
    Nobody,

    /// <summary>OpenTelemetry collects all instruments each second.</summary>
    Metrics,

    /// <summary>OpenTelemetry takes the spans of one message in a hundred; every message is asked about.</summary>
    OneTraceInAHundred,

    /// <summary>OpenTelemetry takes the spans of every message.</summary>
    AllTraces,
}

/// <summary>What it costs that somebody listens: requests per second beside those without.</summary>
/// <param name="Listeners">Who listens.</param>
/// <param name="Runs">Runs, each in fresh processes.</param>
/// <param name="MessagesPerSecond">The median.</param>
/// <param name="Ratio">The median of the ratios of the runs, with divided by without.</param>
/// <param name="LowestRatio">The lowest of them.</param>
/// <param name="HighestRatio">The highest of them.</param>
/// <param name="ProcessorRatio">
/// The same of requests per second of processor time, of both processes: what others do on the machine meanwhile hardly changes it.
/// </param>
/// <param name="BytesPerRequest">Allocated by both processes, those of OpenTelemetry included; the median.</param>
internal sealed record TelemetryCostRow(
    string Listeners,
    int Runs,
    double MessagesPerSecond,
    double Ratio,
    double LowestRatio,
    double HighestRatio,
    double ProcessorRatio,
    double BytesPerRequest);

/// <summary>
/// Pairs of processes that differ in who listens take turns, and again with new processes. The ratio is made within a turn: on a machine
/// that others use too, rates say nothing.
/// </summary>
internal sealed class TelemetryCost(int payloadBytes, int runs, TextWriter progress)
{
    public const string Name = "telemetry-cost";

    // Turns of one set of processes that are counted.
    private const int Turns = 7;

    private static readonly Listeners[] Kinds = Enum.GetValues<Listeners>();

    public async Task<IReadOnlyList<TelemetryCostRow>> MeasureAsync(CancellationToken cancellation)
    {
        var all = Kinds.ToDictionary(static kind => kind, static _ => new List<RunRatios>());
        for (var run = 0; run < runs; run++)
        {
            var turns = await RunAsync(cancellation);
            foreach (var kind in Kinds)
            {
                all[kind].Add(Compare(turns[kind], turns[Listeners.Nobody]));
            }

            var told = Kinds.Select(kind => $"{kind} {all[kind][^1].Ratio:F3} (processor {all[kind][^1].ProcessorRatio:F3})");
            await progress.WriteLineAsync($"{Name}, run {run + 1} of {runs}: {string.Join(", ", told)}");
        }

        return [.. Kinds.Select(kind => Row(kind, all[kind]))];
    }

    private static RunRatios Compare(List<RunFigures> with, List<RunFigures> without)
    {
        var pairs = with.Zip(without).ToList();
        return new RunRatios(
            Statistics.Median([.. with.Select(static figures => figures.MessagesPerSecond)]),
            Statistics.Median([.. pairs.Select(static pair => pair.First.MessagesPerSecond / pair.Second.MessagesPerSecond)]),
            Statistics.Median([.. pairs.Select(static pair => pair.Second.ProcessorMicrosPerMessage / pair.First.ProcessorMicrosPerMessage)]),
            Statistics.Median([.. with.Select(static figures => figures.SenderBytesPerMessage + figures.ReceiverBytesPerMessage)]));
    }

    private static TelemetryCostRow Row(Listeners kind, List<RunRatios> all) => new(
        kind.ToString(),
        all.Count,
        Math.Round(Statistics.Median([.. all.Select(static run => run.MessagesPerSecond)])),
        Math.Round(Statistics.Median([.. all.Select(static run => run.Ratio)]), 3),
        Math.Round(all.Min(static run => run.Ratio), 3),
        Math.Round(all.Max(static run => run.Ratio), 3),
        Math.Round(Statistics.Median([.. all.Select(static run => run.ProcessorRatio)]), 3),
        Math.Round(Statistics.Median([.. all.Select(static run => run.Bytes)])));

    private async Task<Dictionary<Listeners, List<RunFigures>>> RunAsync(CancellationToken cancellation)
    {
        var plan = Scenarios.Plan(Scenario.Concurrent, payloadBytes);
        List<Pair> pairs = [];
        try
        {
            foreach (var kind in Kinds)
            {
                pairs.Add(await Pair.StartAsync(Subject.Product, plan with { Listeners = kind }, cancellation));
            }

            var all = Kinds.ToDictionary(static kind => kind, static _ => new List<RunFigures>());
            for (var turn = -RowMeasurement.EnoughWarmUpRuns; turn < Turns; turn++)
            {
                // Another one is the first each time, for whatever the one before leaves behind.
                for (var place = 0; place < Kinds.Length; place++)
                {
                    var kind = Kinds[(place + turn + Kinds.Length * Turns) % Kinds.Length];
                    var figures = await pairs[(int)kind].RunAsync(cancellation);
                    if (turn >= 0)
                    {
                        all[kind].Add(figures);
                    }
                }
            }

            return all;
        }
        finally
        {
            foreach (var pair in pairs)
            {
                await pair.DisposeAsync();
            }
        }
    }

    /// <summary>One run: the medians of its turns.</summary>
    private sealed record RunRatios(double MessagesPerSecond, double Ratio, double ProcessorRatio, double Bytes);
}
