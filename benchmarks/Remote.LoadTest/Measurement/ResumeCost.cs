namespace Remote.LoadTest;

/// <summary>What links cost: the throughput of <c>tell</c> with them and without.</summary>
/// <param name="PayloadBytes">Bytes of payload per message.</param>
/// <param name="Runs">Runs, each in fresh processes.</param>
/// <param name="ResumeOnMessagesPerSecond">The median with links.</param>
/// <param name="ResumeOffMessagesPerSecond">The median without.</param>
/// <param name="Ratio">The median of the ratios of the runs, with divided by without.</param>
/// <param name="LowestRatio">The lowest of them.</param>
/// <param name="HighestRatio">The highest of them.</param>
internal sealed record ResumeCostRow(
    int PayloadBytes, int Runs, double ResumeOnMessagesPerSecond, double ResumeOffMessagesPerSecond, double Ratio, double LowestRatio, double HighestRatio);

/// <summary>
/// Two pairs of processes, one with links and one without, take turns, and again with new processes: what the runtime makes of the code differs
/// by up to a tenth from process to process and stays as it is while the process lives.
/// </summary>
internal sealed class ResumeCost(int payloadBytes, int runs, TextWriter progress)
{
    public const string Name = "resume-cost";

    // Turns of one pair of processes that are counted.
    private const int Turns = 7;

    public async Task<ResumeCostRow> MeasureAsync(CancellationToken cancellation)
    {
        List<double> with = [], without = [], ratios = [];
        for (var run = 0; run < runs; run++)
        {
            var (on, off) = await RunAsync(cancellation);
            with.Add(Statistics.Median(on));
            without.Add(Statistics.Median(off));
            ratios.Add(Statistics.Median([.. on.Zip(off, (one, other) => one / other)]));
            await progress.WriteLineAsync($"{Name}, run {run + 1} of {runs}: on {with[^1]:N0}/s, off {without[^1]:N0}/s, ratio {ratios[^1]:F3}");
        }

        return new ResumeCostRow(
            payloadBytes,
            runs,
            Math.Round(Statistics.Median(with)),
            Math.Round(Statistics.Median(without)),
            Math.Round(Statistics.Median(ratios), 3),
            Math.Round(ratios.Min(), 3),
            Math.Round(ratios.Max(), 3));
    }

    private async Task<(List<double> On, List<double> Off)> RunAsync(CancellationToken cancellation)
    {
        var plan = Scenarios.Plan(Scenario.Tell, payloadBytes);
        await using var on = await Pair.StartAsync(Subject.Product, plan, cancellation);
        await using var off = await Pair.StartAsync(Subject.Product, plan with { Resume = false }, cancellation);
        List<double> with = [], without = [];
        for (var turn = -RowMeasurement.EnoughWarmUpRuns; turn < Turns; turn++)
        {
            var first = (await (turn % 2 == 0 ? on : off).RunAsync(cancellation)).MessagesPerSecond;
            var second = (await (turn % 2 == 0 ? off : on).RunAsync(cancellation)).MessagesPerSecond;
            if (turn >= 0)
            {
                with.Add(turn % 2 == 0 ? first : second);
                without.Add(turn % 2 == 0 ? second : first);
            }
        }

        return (with, without);
    }
}
