namespace Remote.EndToEnd.Tests;

/// <summary>The program as somebody would start it.</summary>
[Trait("Behaviour", "H-03")]
public sealed class BlockListProgramTests
{
    [Theory]
    [InlineData("--check", "self-check passed")]
    [InlineData("--pause 0.01", "and everything was as it should be")]
    public async Task Story_OverSockets_GoesAsItShould(string arguments, string lastWords)
    {
        await using var program = NodeProcess.Start("BlockList", arguments.Split(' '));

        var (exitCode, output, errors) = await program.WaitForExitAsync();

        Assert.Equal((0, ""), (exitCode, errors));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lastWords, lines[^1]);
        Assert.Contains(lines, line => line.Contains("intruder  EndpointBlocked", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("intruder  asked server 20 times: dead letter, Blocked", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("friend    EndpointBlocked", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--pause -1")]
    [InlineData("--pause 61")]
    [InlineData("--nothing")]
    public async Task Arguments_ThatCannotBe_AreRefused(string arguments)
    {
        await using var program = NodeProcess.Start("BlockList", arguments.Split(' '));

        var (exitCode, _, errors) = await program.WaitForExitAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains("--help shows the options.", errors, StringComparison.Ordinal);
    }
}
