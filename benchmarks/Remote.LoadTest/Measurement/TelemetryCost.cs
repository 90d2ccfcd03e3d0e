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
internal sealed record TelemetryCostRow(string Listeners, int Runs, double MessagesPerSecond, double Ratio, double LowestRatio, double HighestRatio);

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
        var rates = Kinds.ToDictionary(static kind => kind, static _ => new List<double>());
        var ratios = Kinds.ToDictionary(static kind => kind, static _ => new List<double>());
        for (var run = 0; run < runs; run++)
        {
            var turns = await RunAsync(cancellation);
            foreach (var kind in Kinds)
            {
                rates[kind].Add(Statistics.Median(turns[kind]));
                ratios[kind].Add(Statistics.Median([.. turns[kind].Zip(turns[Listeners.Nobody], static (one, other) => one / other)]));
            }

            await progress.WriteLineAsync($"{Name}, run {run + 1} of {runs}: {string.Join(", ", Kinds.Select(kind => $"{kind} {ratios[kind][^1]:F3}"))}");
        }

        return
        [
            .. Kinds.Select(kind => new TelemetryCostRow(
                kind.ToString(),
                runs,
                Math.Round(Statistics.Median(rates[kind])),
                Math.Round(Statistics.Median(ratios[kind]), 3),
                Math.Round(ratios[kind].Min(), 3),
                Math.Round(ratios[kind].Max(), 3))),
        ];
    }

    private async Task<Dictionary<Listeners, List<double>>> RunAsync(CancellationToken cancellation)
    {
        var plan = Scenarios.Plan(Scenario.Concurrent, payloadBytes);
        List<Pair> pairs = [];
        try
        {
            foreach (var kind in Kinds)
            {
                pairs.Add(await Pair.StartAsync(Subject.Product, plan with { Listeners = kind }, cancellation));
            }

            var rates = Kinds.ToDictionary(static kind => kind, static _ => new List<double>());
            for (var turn = -RowMeasurement.EnoughWarmUpRuns; turn < Turns; turn++)
            {
                // Another one is the first each time, for whatever the one before leaves behind.
                for (var place = 0; place < Kinds.Length; place++)
                {
                    var kind = Kinds[(place + turn + Kinds.Length * Turns) % Kinds.Length];
                    var rate = (await pairs[(int)kind].RunAsync(cancellation)).MessagesPerSecond;
                    if (turn >= 0)
                    {
                        rates[kind].Add(rate);
                    }
                }
            }

            return rates;
        }
        finally
        {
            foreach (var pair in pairs)
            {
                await pair.DisposeAsync();
            }
        }
    }
}
