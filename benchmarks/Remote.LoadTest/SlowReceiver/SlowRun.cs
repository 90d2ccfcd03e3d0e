using System.Text.Json;

namespace Remote.LoadTest;

/// <summary>One run of <c>slow-receiver</c>: the processes and the row.</summary>
/// <param name="plan">What is run.</param>
/// <param name="results">The folder for the samples and their plot; null for none.</param>
/// <param name="progress">Hears where both processes stand when something is wrong.</param>
internal sealed class SlowRun(SlowPlan plan, string? results, TextWriter progress)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    public async Task<SlowRow> RunAsync(CancellationToken cancellation)
    {
        var ratios = plan.Rounds > 0 ? await MeasureNeighboursAsync(cancellation) : null;
        await using var receiver = await StartAsync(SlowReceiverPart.Name, plan, cancellation);
        await using var sender = await StartAsync(SlowSenderPart.Name, plan with { Receiver = receiver.Address }, cancellation);
        var receiverIdle = Read<double>(await receiver.AskAsync(SlowReceiverPart.Idle, cancellation));
        var senderIdle = Read<double>(await sender.AskAsync(SlowReceiverPart.Idle, cancellation));
        var sent = Read<SlowSenderReport>(await sender.AskAsync(SlowSenderPart.Flood, cancellation));
        var received = Read<SlowReceiverReport>(await receiver.AskAsync(SlowReceiverPart.Report, cancellation));
        if (results is not null)
        {
            await SlowPlot.WriteAsync(results, plan, sent.Samples, received.Samples);
        }

        var dead = sent.DeadLetters + received.DeadLetters;
        var row = new SlowRow(
            sent.Offered,
            received.Verdict.Delivered,
            dead,
            sent.Offered - received.Verdict.Delivered - dead,
            sent.Waits,
            senderIdle,
            sent.PeakMiB,
            receiverIdle,
            received.PeakMiB,
            Math.Min(senderIdle, receiverIdle) + SlowPlan.AllowanceMiB,
            ratios?.Neighbour,
            ratios?.Others)
        {
            Problems = received.Verdict.Duplicated + received.Verdict.Reordered > 0 ? [.. sent.Problems, $"Not in order: {received.Verdict}."] : sent.Problems,
        };
        if (row.Faults(plan).Any())
        {
            await progress.WriteLineAsync(await sender.AskAsync("describe", cancellation));
            await progress.WriteLineAsync(await receiver.AskAsync("describe", cancellation));
        }

        return row;
    }

    // In processes of their own: what the neighbours send is no part of the memory that is measured.
    private async Task<NeighbourRatios> MeasureNeighboursAsync(CancellationToken cancellation)
    {
        await using var others = await StartAsync(OtherPeersPart.Name, plan, cancellation);
        await using var receiver = await StartAsync(SlowReceiverPart.Name, plan, cancellation);
        var told = plan with { Receiver = receiver.Address, Others = others.Address.Split(',') };
        await using var sender = await StartAsync(SlowSenderPart.Name, told, cancellation);
        return Read<NeighbourRatios>(await sender.AskAsync(SlowSenderPart.Neighbours, cancellation));
    }

    private static Task<RoleProcess> StartAsync(string part, SlowPlan plan, CancellationToken cancellation) =>
        RoleProcess.StartPartAsync(part, plan.ToJson(), plan.Ceiling + Grace, cancellation);

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json) ?? throw new LoadTestException("A process reported nothing.");
}
