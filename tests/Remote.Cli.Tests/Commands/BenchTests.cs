using Remote.EndToEnd.Tests;

namespace Remote.Cli.Tests.Commands;

[Trait("Behaviour", "O-04")]
public sealed class BenchTests
{
    [Fact]
    public async Task Bench_Node_MeasuresBothPhases()
    {
        await using var node = await LiveNode.StartAsync();

        var json = (await ToolRun.RunAsync("bench", node.Address, "--duration", "0.2", "--concurrency", "8", "--timeout", "60", "--json")).Expect(ExitCode.Ok).Json;
        var text = (await ToolRun.RunAsync("bench", node.Address, "--duration", "0.1", "--concurrency", "8", "--timeout", "60")).Expect(ExitCode.Ok);

        Assert.Equal("address message phases processors target warmUpSeconds", ToolResult.Names(json));
        var phases = json.GetProperty("phases").EnumerateArray().ToArray();
        Assert.Equal([1, 8], phases.Select(static phase => phase.GetProperty("concurrency").GetInt32()));
        Assert.All(phases, static phase =>
        {
            Assert.Equal("answered concurrency failed failures maxMs name p50Ms p90Ms p99Ms perSecond seconds", ToolResult.Names(phase));
            var (answered, seconds) = (phase.GetProperty("answered").GetInt64(), phase.GetProperty("seconds").GetDouble());
            Assert.True(answered > 0);
            Assert.Equal(0, phase.GetProperty("failed").GetInt64());
            Assert.Equal(answered / seconds, phase.GetProperty("perSecond").GetDouble(), tolerance: 0.02 * answered / seconds);
            Assert.True(phase.GetProperty("p50Ms").GetDouble() <= phase.GetProperty("p99Ms").GetDouble());
        });
        Assert.Contains("8 at a time", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_TlsAndSecret_AreThoseOfTheOtherCommands()
    {
        using var files = new TlsFiles();
        await using var node = await files.NodeAsync();

        (await ToolRun.RunAsync("bench", node.Address, "--duration", "0.1", "--concurrency", "1", "--timeout", "60", "--ca", files.Roots)).Expect(ExitCode.Ok);
        (await ToolRun.RunAsync("bench", node.Address, "--insecure")).Expect(ExitCode.Usage);
        Assert.Contains("--ca", (await ToolRun.RunAsync("bench", node.Address, "--tls-name", "node")).Expect(ExitCode.Usage).Errors, StringComparison.Ordinal);
    }

    /// <summary>In a process of its own, for a process reads the authorities of the machine once.</summary>
    [Fact]
    public async Task Bench_TlsWithTheAuthoritiesOfTheMachine_DoesNotSpeakWithout()
    {
        using var files = new TlsFiles();
        await using var node = await files.NodeAsync();
        var environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = files.Roots };

        await using var process = NodeProcess.StartIn(environment, "Remote.Cli", "bench", node.Address, "--tls", "--duration", "0.1", "--concurrency", "1", "--timeout", "60");
        process.CloseInput();
        var (exitCode, output, errors) = await process.WaitForExitAsync(TimeSpan.FromSeconds(90));

        Assert.True(exitCode == ExitCode.Ok, output + errors);
    }

    [Fact]
    public async Task Bench_TargetThatIsNotThere_IsNotFound()
    {
        await using var node = await LiveNode.StartAsync();

        (await ToolRun.RunAsync("bench", node.Address, "--target", "nobody", "--duration", "0.1")).Expect(ExitCode.NotFound);
    }

    [Theory]
    [InlineData("--concurrency", "0")]
    [InlineData("--duration", "0")]
    public async Task Bench_OptionOutOfRange_IsAUsageFault(string option, string value) =>
        (await ToolRun.RunAsync("bench", "127.0.0.1:5070", option, value)).Expect(ExitCode.Usage);

    [Fact]
    public void Percentile_NearestRank_IsAMeasuredTime()
    {
        var phase = new BenchPhase("one", 1, TimeSpan.FromSeconds(2), [1, 2, 3, 4], new Dictionary<string, long>());

        Assert.Equal((2, 4, 4, 2), (phase.Percentile(0.5), phase.Percentile(0.99), phase.Percentile(1), phase.PerSecond));
    }
}
