using System.Diagnostics;
using System.Globalization;
using Backpressure;

namespace Remote.EndToEnd.Tests;

/// <summary>The program as somebody would start it: two processes, plain lines because its output is a pipe.</summary>
public sealed class BackpressureProgramTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    // A lane that is full at once, and empty soon.
    private static readonly string[] Short = ["--seconds", "1", "--capacity", "100", "--rate", "2000", "--take", "400", "--size", "65536"];

    [Fact]
    [Trait("Behaviour", "B-01")]
    [Trait("Behaviour", "B-03")]
    public async Task Check_OnThisMachine_PassesInEveryScenario()
    {
        await using var program = NodeProcess.Start("Backpressure", "--check");

        var (exitCode, output, errors) = await program.WaitForExitAsync();

        Assert.Equal((ExitCode.Right, ""), (exitCode, errors));
        const string levels = ": Warning at 60 and Critical at 85 of 100, back at 80 and 55; ";
        Assert.Equal(
            [
                "Send, drop newest" + levels + "50 dead letters, 0 waited; the ledger closes",
                "Send, drop oldest" + levels + "50 dead letters, 0 waited; the ledger closes",
                "Send, shed at critical" + levels + "65 dead letters, 0 waited; the ledger closes",
                "SendAsync" + levels + "0 dead letters, 50 waited; the ledger closes",
                "self-check passed",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1));
    }

    [Theory]
    [InlineData("newest", "QueueFull")]
    [InlineData("oldest", "DroppedOldest")]
    [InlineData("shed", "Shed")]
    public async Task Send_FasterThanTheConsumer_ShowsTheLevelsAndAccountsForEveryMessage(string policy, string reason)
    {
        await using var program = NodeProcess.Start("Backpressure", ["--send", "--policy", policy, .. Short]);

        var (exitCode, output, errors) = await program.WaitForExitAsync();

        Assert.Equal((ExitCode.Right, ""), (exitCode, errors));
        Assert.Contains("* Normal -> Warning: 60 of 100 wait", output, StringComparison.Ordinal);
        Assert.Contains("* Warning -> Critical: 85 of 100 wait", output, StringComparison.Ordinal);
        Assert.Contains("The ledger closes", output, StringComparison.Ordinal);
        Assert.Equal(Figure(output, " offered"), Figure(output, " taken by the consumer, in order") + Figure(output, $" dead letters: {reason}"));
    }

    [Fact]
    public async Task SendAsync_FasterThanTheConsumer_LosesNothing()
    {
        await using var program = NodeProcess.Start("Backpressure", ["--send-async", .. Short]);

        var (exitCode, output, errors) = await program.WaitForExitAsync();

        Assert.Equal((ExitCode.Right, ""), (exitCode, errors));
        Assert.Contains("* Warning -> Critical: 85 of 100 wait", output, StringComparison.Ordinal);
        Assert.Equal(Figure(output, " offered"), Figure(output, " taken by the consumer, in order"));
        Assert.DoesNotContain(" dead letters: QueueFull", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Producer_IsKilled_ItsConsumerEndsToo()
    {
        await using var program = NodeProcess.Start("Backpressure", "--seconds", "600");
        var line = await program.ReadAfterAsync("consumer pid ");
        using var consumer = Process.GetProcessById(int.Parse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture));
        await program.ReadAfterAsync("producer offers ");

        await program.KillAsync();

        await consumer.WaitForExitAsync().WaitAsync(Ceiling);
    }

    /// <summary>The last number before a text.</summary>
    private static long Figure(string output, string text)
    {
        var line = output.Split('\n').Last(line => line.EndsWith(text, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(0, line.Length - text.Length), NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }
}
