using System.Globalization;

namespace Backpressure;

/// <summary>All scenarios against one consumer process: the quick proof that what this example shows is true on this machine.</summary>
internal static class SelfCheck
{
    public static async Task<int> RunAsync(TextWriter output, CancellationToken cancellation)
    {
        await using var consumer = await ConsumerProcess.StartAsync(cancellation);
        await output.WriteLineAsync($"consumer pid {consumer.ProcessId} at {consumer.Address}");
        var faults = 0;
        foreach (var scenario in Scenario.All)
        {
            var found = await new ScenarioRun(scenario, consumer, TimeProvider.System).RunAsync(cancellation);
            await output.WriteLineAsync(found.Count > 0
                ? $"{scenario.Name}: WRONG"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{scenario.Name}: Warning at 60 and Critical at 85 of {Scenario.Capacity}, back at 80 and 55; {scenario.Dead} dead letters, {scenario.Waiters} waited; the ledger closes"));
            foreach (var fault in found)
            {
                await output.WriteLineAsync($"  {fault}");
            }

            faults += found.Count;
        }

        await output.WriteLineAsync(faults == 0 ? "self-check passed" : $"self-check FAILED: {faults} faults");
        return faults == 0 ? ExitCode.Right : ExitCode.Wrong;
    }
}
