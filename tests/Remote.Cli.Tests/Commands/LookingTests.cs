using System.Text.Json;

namespace Remote.Cli.Tests.Commands;

/// <summary>The commands that look and change nothing, against one node with one peer.</summary>
[Trait("Behaviour", "O-04")]
public sealed class LookingTests(LookingTests.Pair pair) : IClassFixture<LookingTests.Pair>
{
    private string Address => pair.Node.Address;

    [Fact]
    public async Task Ping_Node_SaysWhoAndHowFar()
    {
        var text = (await ToolRun.RunAsync("ping", Address, "--count", "2")).Expect(ExitCode.Ok);
        var json = (await ToolRun.RunAsync("ping", Address, "--count", "2", "--json")).Expect(ExitCode.Ok).Json;

        Assert.Contains($"{Address} is a Remote node", text.Out, StringComparison.Ordinal);
        Assert.Equal("address averageMs count kind maxMs minMs nodeAddress systemId timesMs version", ToolResult.Names(json));
        Assert.Equal(("remote", pair.Node.System.Id), (json.GetProperty("kind").GetString(), json.GetProperty("systemId").GetString()));
        Assert.Equal(2, json.GetProperty("timesMs").GetArrayLength());
        Assert.True(json.GetProperty("minMs").GetDouble() > 0);
    }

    [Fact]
    public async Task Ps_Pattern_ListsWhatMatches()
    {
        var text = (await ToolRun.RunAsync("ps", Address, "SHOP")).Expect(ExitCode.Ok);
        var exact = (await ToolRun.RunAsync("ps", Address, "shop", "--exact")).Expect(ExitCode.NotFound);
        var json = (await ToolRun.RunAsync("ps", Address, "^shop-[0-9]$", "--regex", "--json")).Expect(ExitCode.Ok).Json;

        Assert.Equal(["shop-1", "shop-2"], text.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Equal("", exact.Out);
        Assert.Equal("address pattern processes total truncated", ToolResult.Names(json));
        Assert.Equal(2, json.GetProperty("total").GetInt32());
        Assert.Equal("address id", ToolResult.Names(json.GetProperty("processes")[0]));
    }

    [Fact]
    public async Task Ps_PatternThatIsNone_IsAUsageFault()
    {
        var result = (await ToolRun.RunAsync("ps", Address, "(", "--regex")).Expect(ExitCode.Usage);

        Assert.Contains(Address, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_Process_ShowsIt()
    {
        var text = (await ToolRun.RunAsync("inspect", Address, "shop-1")).Expect(ExitCode.Ok);
        var json = (await ToolRun.RunAsync("inspect", Address, "shop-1", "--json")).Expect(ExitCode.Ok).Json;
        var missing = (await ToolRun.RunAsync("inspect", Address, "shop-9", "--json")).Expect(ExitCode.NotFound);

        Assert.Matches("(?m)^kind +actor", text.Out);
        Assert.Equal("address diagnostics id text", ToolResult.Names(json));
        Assert.Equal("actor", json.GetProperty("diagnostics").GetProperty("kind").GetString());
        Assert.Equal("address advice code exitCode message", ToolResult.Names(missing.Json.GetProperty("error")));
        Assert.Equal(("not-found", 5), (missing.Json.GetProperty("error").GetProperty("code").GetString(), missing.ExitCode));
        Assert.Contains($"remote ps {Address}", missing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_Node_ListsItsPeers()
    {
        var text = (await ToolRun.RunAsync("endpoints", Address)).Expect(ExitCode.Ok);
        var json = (await ToolRun.RunAsync("endpoints", Address, "--json")).Expect(ExitCode.Ok).Json;
        var none = (await ToolRun.RunAsync("endpoints", Address, "--peer", "nobody", "--json")).Expect(ExitCode.Ok).Json;

        Assert.Matches($"(?m)^{pair.Other.Address} +Connected +Normal ", text.Out);
        Assert.Equal("address blocked blockedTotal endpoints node total", ToolResult.Names(json));
        Assert.Equal(
            "address denied endpoints incomingLinks incomingStreams kinds process started stopping systemId time version watchers",
            ToolResult.Names(json.GetProperty("node")));
        var peer = json.GetProperty("endpoints").EnumerateArray().Single(peer => peer.GetProperty("address").GetString() == pair.Other.Address);
        Assert.Equal(
            "address blocked closeReason connectedSince controlLane credit denied deniedByPeer incoming isClient lastError lastSeen level movedTo outgoing "
            + "reconnects state systemId userLane watches",
            ToolResult.Names(peer));
        Assert.Equal("Connected", peer.GetProperty("state").GetString());
        Assert.Equal(
            "accepted acknowledged batches bytes deadLetters moved offered refused retained unconfirmed written", ToolResult.Names(peer.GetProperty("outgoing")));
        Assert.Equal("bytes delivered received rejected streams unmatchedTerminated waiting", ToolResult.Names(peer.GetProperty("incoming")));
        Assert.Equal(0, none.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Endpoints_In80Columns_FitWithoutColour()
    {
        var narrow = new Surroundings(IsTerminal: true, HasKeys: false, HasColor: false, Width: 80);

        var text = (await ToolRun.InsideAsync(narrow, "endpoints", Address)).Expect(ExitCode.Ok).Out;

        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd('\r').Length <= 80 || line.Contains("system id", StringComparison.Ordinal), line));
        Assert.DoesNotContain('\u001b', text);
        Assert.Matches($"(?m)^{pair.Other.Address} +Connected", text);
    }

    /// <summary>The one of these tests that is always a process of its own: the entry point, the output, the exit code.</summary>
    [Fact]
    public async Task Tool_AsAProcess_WritesPlainTextAndEndsWithACode()
    {
        var wrong = (await ToolRun.InProcessOfItsOwnAsync("inspect", Address, "shop-9", "--json")).Expect(ExitCode.NotFound);

        Assert.DoesNotContain('\u001b', wrong.Out);
        Assert.Equal(JsonValueKind.Object, wrong.Json.GetProperty("error").ValueKind);
        Assert.Contains("shop-9", wrong.Errors, StringComparison.Ordinal);
    }

    /// <summary>A node and a peer that it has a connection to.</summary>
    public sealed class Pair : IAsyncLifetime
    {
        internal LiveNode Node { get; private set; } = null!;

        internal LiveNode Other { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            // A machine that is busy with much else takes longer for a scan than its budget, and the list is cut.
            Node = await LiveNode.StartAsync(static options => options.Diagnostics.ScanBudget = TimeSpan.FromSeconds(60));
            Other = await LiveNode.StartAsync();
            Node.Spawn("shop-1");
            Node.Spawn("shop-2");
            await Node.GreetAsync(Other);
        }

        public async Task DisposeAsync()
        {
            await Node.DisposeAsync();
            await Other.DisposeAsync();
        }
    }
}
