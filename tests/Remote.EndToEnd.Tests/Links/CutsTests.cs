using System.Text.Json;
using Remote.LoadTest;

namespace Remote.EndToEnd.Tests;

/// <summary>Connections cut all the time between two processes: nothing is lost, doubled or reordered.</summary>
public sealed class CutsTests
{
    private const int Pairs = 64;

    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task Cuts_AtRandomBytesUnderLoad_LoseDoubleAndReorderNothing()
    {
        // The counts of CI are given, not a tenth of those of the long mode.
        var plan = TestScale.IsLong ? new CutsPlan(10_000_000, 1000, Pairs, TestSeed.Value) : new CutsPlan(500_000, 50, Pairs, TestSeed.Value);
        var (output, errors) = (new StringWriter(), new StringWriter());

        var exitCode = await new CommandLine(output, errors).InvokeAsync(
            [
                "--scenario", "cuts", "--messages", $"{plan.Messages}", "--cuts", $"{plan.Cuts}", "--pairs", $"{plan.Pairs}", "--seed", $"{plan.Seed}",
            ]).WaitAsync(plan.Ceiling + TimeSpan.FromSeconds(120));

        Assert.True(exitCode == 0, $"Seed {plan.Seed}: exit code {exitCode}\n{errors}\n{output}");
        using var row = JsonDocument.Parse(output.ToString());
        long Figure(string name) => row.RootElement.GetProperty(name).GetInt64();
        Assert.Equal(
            (plan.Messages, plan.Messages, 0L, 0L, 0L, (long)plan.Cuts),
            (Figure("sent"), Figure("delivered"), Figure("lost"), Figure("duplicated"), Figure("reordered"), Figure("cuts")));
        Assert.True(row.RootElement.GetProperty("seconds").GetDouble() > 0, output.ToString());
    }
}
