using System.Text.Json;
using Remote.Testing;

namespace Remote.LoadTest;

/// <summary>One run of <c>cuts</c>: two processes, and between them a proxy in this one that cuts.</summary>
/// <param name="plan">What is run.</param>
/// <param name="progress">Hears where both processes stand when something is wrong.</param>
internal sealed class CutsRun(CutsPlan plan, TextWriter progress)
{
    // Beyond the ceiling that the processes keep themselves: their answer says more than their silence.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // Where the proxy leads until the receiver listens; nobody dials it before.
    private const string Nowhere = "127.0.0.1:1";

    public async Task<CutsRow> RunAsync(CancellationToken cancellation)
    {
        await using var proxy = FaultProxy.Start(Nowhere);
        var told = (plan with { Proxy = proxy.Address }).ToJson();
        await using var receiver = await RoleProcess.StartPartAsync(CutsReceiver.Name, told, plan.Ceiling + Grace, cancellation);
        proxy.Target = receiver.Address;
        await using var sender = await RoleProcess.StartPartAsync(CutsSender.Name, told, plan.Ceiling + Grace, cancellation);
        var cutter = new Cutter(proxy, plan.Ceiling, () => sender.TellAsync(CutsSender.CutMade, cancellation));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var cutting = cutter.RunAsync(CutSchedule.Of(plan), over.Token);
        var report = Read<CutsSenderReport>(await sender.AskAsync(CutsSender.Send, cancellation));
        await over.CancelAsync();
        await cutting;
        var verdict = Read<PairVerdict>(await receiver.AskAsync(CutsReceiver.Judge, cancellation));
        var row = new CutsRow(
            report.Sent, verdict.Delivered, verdict.Lost, verdict.Duplicated, verdict.Reordered, cutter.Made, Math.Round(report.Seconds, 2))
        {
            Problem = report.Problem,
        };
        if (row.Faults(plan).Any())
        {
            await progress.WriteLineAsync(
                $"cut {cutter.Made + 1}, {cutter.Phase}; {proxy.BytesCarried(NetworkDirection.ToServer)} bytes to the receiver, {proxy.BytesCarried(NetworkDirection.ToClient)} back");
            await TellAsync(sender, receiver, cancellation);
        }

        return row;
    }

    private async Task TellAsync(RoleProcess sender, RoleProcess receiver, CancellationToken cancellation)
    {
        await progress.WriteLineAsync(await sender.AskAsync("describe", cancellation));
        await progress.WriteLineAsync(await receiver.AskAsync("describe", cancellation));
    }

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json) ?? throw new LoadTestException("A process reported nothing.");
}
