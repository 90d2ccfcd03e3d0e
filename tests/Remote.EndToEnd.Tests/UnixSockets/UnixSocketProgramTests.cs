namespace Remote.EndToEnd.Tests;

/// <summary>The program as somebody would start it.</summary>
[Trait("Behaviour", "O-08")]
public sealed class UnixSocketProgramTests
{
    [Fact]
    public async Task Story_OfTwoProcesses_GoesAsItShould()
    {
        await using var program = NodeProcess.Start("UnixSocket", "--check");

        var (exitCode, output, errors) = await program.WaitForExitAsync();

        Assert.Equal((0, ""), (exitCode, errors));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("self-check passed", lines[^1]);
        Assert.Contains(lines, line => line.StartsWith("an abstract name is refused", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("a second start is turned away", StringComparison.Ordinal));
        Assert.Equal(3, lines.Count(line => line.StartsWith("hello, from process", StringComparison.Ordinal)));
    }
}
