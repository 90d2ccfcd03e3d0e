namespace Remote.LoadTest;

/// <summary>What links cost: the throughput of <c>tell</c> with them and without.</summary>
/// <param name="PayloadBytes">Bytes of payload per message.</param>
/// <param name="ResumeOnMessagesPerSecond">The median with links.</param>
/// <param name="ResumeOffMessagesPerSecond">The median without.</param>
/// <param name="Ratio">The median of the ratios of runs that followed each other, with divided by without.</param>
internal sealed record ResumeCostRow(int PayloadBytes, double ResumeOnMessagesPerSecond, double ResumeOffMessagesPerSecond, double Ratio);

/// <summary>Two pairs of processes, one with links and one without, take turns, run by run; every second time the other one begins.</summary>
internal sealed class ResumeCost(int payloadBytes, int runs, TextWriter progress)
{
    public const string Name = "resume-cost";

    public async Task<ResumeCostRow> MeasureAsync(CancellationToken cancellation)
    {
        var plan = Scenarios.Plan(Scenario.Tell, payloadBytes);
        await using var on = await Pair.StartAsync(Subject.Product, plan, cancellation);
        await using var off = await Pair.StartAsync(Subject.Product, plan with { Resume = false }, cancellation);
        List<double> with = [], without = [];
        for (var run = -RowMeasurement.EnoughWarmUpRuns; run < runs; run++)
        {
            var first = (await (run % 2 == 0 ? on : off).RunAsync(cancellation)).MessagesPerSecond;
            var second = (await (run % 2 == 0 ? off : on).RunAsync(cancellation)).MessagesPerSecond;
            var (onRate, offRate) = run % 2 == 0 ? (first, second) : (second, first);
            await progress.WriteLineAsync($"{Name}, {(run < 0 ? "warm-up" : $"run {run + 1} of {runs}")}: on {onRate:N0}/s, off {offRate:N0}/s");
            if (run >= 0)
            {
                with.Add(onRate);
                without.Add(offRate);
            }
        }

        return new ResumeCostRow(
            payloadBytes,
            Math.Round(Statistics.Median(with)),
            Math.Round(Statistics.Median(without)),
            Math.Round(Statistics.Median(with.Zip(without, (one, other) => one / other)), 3));
    }
}
