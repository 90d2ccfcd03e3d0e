namespace Remote.LoadTest;

/// <summary>
/// Measures one row: the product and its baselines take turns, run by run, so that whatever else the machine does in
/// these minutes happens to all of them.
/// </summary>
/// <param name="plan">What is run.</param>
/// <param name="runs">Counted runs.</param>
/// <param name="warmUpRuns">Runs of each subject before them.</param>
/// <param name="progress">Hears of each run.</param>
internal sealed class RowMeasurement(RunPlan plan, int runs, int warmUpRuns, TextWriter progress)
{
    /// <summary>After the fifth run, the rates of a subject stay where they are.</summary>
    public const int EnoughWarmUpRuns = 5;

    private readonly Dictionary<Subject, List<RunFigures>> _figures = Subjects.All.ToDictionary(subject => subject, _ => new List<RunFigures>());

    public async Task<ResultRow> MeasureAsync(CancellationToken cancellation)
    {
        var firstRuns = await MeasureFirstRunsAsync(cancellation);
        await MeasureSteadyStateAsync(cancellation);
        return Row(firstRuns);
    }

    /// <summary>Each in processes of its own that have done nothing yet.</summary>
    private async Task<List<double>> MeasureFirstRunsAsync(CancellationToken cancellation)
    {
        List<double> rates = [];
        for (var run = 0; run < runs; run++)
        {
            await using var pair = await Pair.StartAsync(Subject.Product, plan, cancellation);
            rates.Add((await pair.RunAsync(cancellation)).MessagesPerSecond);
            Tell($"first run {run + 1} of {runs}", Subject.Product, rates[^1]);
        }

        return rates;
    }

    private async Task MeasureSteadyStateAsync(CancellationToken cancellation)
    {
        await using var product = await Pair.StartAsync(Subject.Product, plan, cancellation);
        await using var rawTcp = await Pair.StartAsync(Subject.RawTcp, plan, cancellation);
        await using var transport = await Pair.StartAsync(Subject.Transport, plan, cancellation);
        await using var protoRemote = await Pair.StartAsync(Subject.ProtoRemote, plan, cancellation);
        (Subject Subject, Pair Pair)[] pairs =
            [(Subject.Product, product), (Subject.RawTcp, rawTcp), (Subject.Transport, transport), (Subject.ProtoRemote, protoRemote)];
        for (var run = -warmUpRuns; run < runs; run++)
        {
            foreach (var (subject, pair) in pairs)
            {
                var figures = await pair.RunAsync(cancellation);
                Tell(run < 0 ? "warm-up" : $"run {run + 1} of {runs}", subject, figures.MessagesPerSecond);
                if (run >= 0)
                {
                    _figures[subject].Add(figures);
                }
            }
        }
    }

    private ResultRow Row(List<double> firstRuns)
    {
        var rate = Median(Subject.Product, figures => figures.MessagesPerSecond);
        Func<RunFigures, double> compared = plan.Scenario == Scenario.Latency ? figures => figures.P50Micros!.Value : figures => figures.MessagesPerSecond;
        var baseline = new Baselines(Median(Subject.RawTcp, compared), Median(Subject.Transport, compared), Median(Subject.ProtoRemote, compared));
        var ours = Median(Subject.Product, compared);
        return new ResultRow(
            Scenarios.Name(plan.Scenario),
            plan.PayloadBytes,
            Math.Round(rate),
            Math.Round(Statistics.Median(firstRuns)),
            Micros(Subject.Product, figures => figures.P50Micros),
            Micros(Subject.Product, figures => figures.P99Micros),
            Micros(Subject.ProtoRemote, figures => figures.P99Micros),
            new ProcessorTimes(ProcessorMicros(Subject.Product), ProcessorMicros(Subject.ProtoRemote)),
            new Allocations(
                Math.Round(Median(Subject.Product, figures => figures.SenderBytesPerMessage), 1),
                Math.Round(Median(Subject.Product, figures => figures.ReceiverBytesPerMessage), 1)),
            new Baselines(Math.Round(baseline.RawTcp, 1), Math.Round(baseline.Transport, 1), Math.Round(baseline.ProtoRemote, 1)),
            new Baselines(Significant(ours / baseline.RawTcp), Significant(ours / baseline.Transport), Significant(ours / baseline.ProtoRemote)));
    }

    private double Median(Subject subject, Func<RunFigures, double> figure) => Statistics.Median(_figures[subject].Select(figure));

    /// <summary>Of a scenario that times requests; otherwise there are none.</summary>
    private double? Micros(Subject subject, Func<RunFigures, double?> figure) =>
        Scenarios.HasLatency(plan.Scenario) ? Math.Round(Median(subject, figures => figure(figures)!.Value), 1) : null;

    private double ProcessorMicros(Subject subject) => Significant(Median(subject, figures => figures.ProcessorMicrosPerMessage));

    private void Tell(string what, Subject subject, double rate) =>
        progress.WriteLine(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Scenarios.Name(plan.Scenario)} {plan.PayloadBytes} B, {what}: {subject} {rate:N0}/s"));

    // A ratio may be a hundred or a hundredth: decimals would be too many for the one and none for the other.
    private static double Significant(double value) =>
        double.Parse(value.ToString("G3", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
