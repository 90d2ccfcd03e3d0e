namespace Remote.Cli.Tests.Top;

/// <summary><c>top</c> without a terminal.</summary>
[Trait("Behaviour", "O-04")]
public sealed class TopLogTests
{
    [Fact]
    public async Task Top_Json_IsOneObjectForEachUpdate()
    {
        await using var node = await LiveNode.StartAsync();
        await using var other = await LiveNode.StartAsync();
        await node.GreetAsync(other);

        var result = (await ToolRun.RunAsync("top", node.Address, "--json", "--interval", "0.1", "--count", "2")).Expect(ExitCode.Ok);

        var lines = result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        var second = System.Text.Json.JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal("address cpuPercent endpoints missed node number time total", ToolResult.Names(second));
        var peer = second.GetProperty("endpoints").EnumerateArray().Single(peer => peer.GetProperty("endpoint").GetProperty("address").GetString() == other.Address);
        Assert.Equal("in lost out", ToolResult.Names(peer.GetProperty("rates")));
    }

    [Fact]
    public async Task Top_WithoutATerminal_WritesPlainTables()
    {
        await using var node = await LiveNode.StartAsync();
        await using var other = await LiveNode.StartAsync();
        await node.GreetAsync(other);

        var result = (await ToolRun.RunAsync("top", node.Address, "--interval", "0.1", "--count", "2")).Expect(ExitCode.Ok);

        Assert.DoesNotContain('\u001b', result.Out);
        Assert.Equal(2, result.Out.Split('\n').Count(line => line.Contains(other.Address, StringComparison.Ordinal) && line.Contains("Connected", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Surroundings.Unlimited, true)]
    [InlineData(60, false)]
    public async Task Top_WithoutATerminal_CutsOnlyToAWidthThatWasAskedFor(int width, bool isWhole)
    {
        await using var node = await LiveNode.StartAsync();
        var address = $"127.0.0.1.{new string('a', 50)}.invalid:5070";
        await node.EndedAsync<EndpointReconnecting>(address, lost => lost.Address == address);

        var result = (await ToolRun.InsideAsync(
            new Surroundings(IsTerminal: false, HasKeys: false, HasColor: false, width), "top", node.Address, "--interval", "0.1", "--count", "1", "--timeout", "60")).Expect(ExitCode.Ok);

        Assert.Equal(isWhole, result.Out.Contains($"{address} ", StringComparison.Ordinal));
        Assert.Equal(isWhole, !result.Out.Split('\n').Where(static line => line.Contains("127.0.0.1.a", StringComparison.Ordinal)).All(line => line.Length <= width && line.Contains('~', StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Top_NobodyThere_EndsAtOnce() =>
        (await ToolRun.RunAsync("top", "no-such-node.invalid:5070")).Expect(ExitCode.Unreachable);

    [Fact]
    public async Task Top_Interrupted_EndsWith130()
    {
        await using var node = await LiveNode.StartAsync();
        await using var top = LiveTool.Start("top", node.Address, "--json", "--interval", "0.1");
        await top.LineAsync("\"number\":2");

        Assert.Equal(130, await top.InterruptAsync());
    }

    [Theory]
    [InlineData("--interval", "0")]
    [InlineData("--sort", "age")]
    [InlineData("--count", "-1")]
    public async Task Top_OptionThatIsWrong_IsAUsageFault(string option, string value) =>
        (await ToolRun.RunAsync("top", "127.0.0.1:5070", option, value)).Expect(ExitCode.Usage);
}
