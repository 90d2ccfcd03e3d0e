using System.Text.Json;
using Remote.EndToEnd.Tests;

namespace Remote.Cli.Tests.Commands;

[Trait("Behaviour", "O-04")]
public sealed class BlockingTests : IAsyncLifetime
{
    private LiveNode _node = null!;

    public static TheoryData<string, int> Signals => TestScale.IsLong
        ? new() { { "INT", 130 }, { "TERM", 143 }, { "HUP", 129 } }
        : new() { { "INT", 130 } };

    public async Task InitializeAsync() => _node = await LiveNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Block_Address_KeepsItOutUntilUnblocked()
    {
        var block = (await ToolRun.RunAsync("block", _node.Address, "Node9:5070", "--reason", "it floods us", "--for", "2h", "--json")).Expect(ExitCode.Ok).Json;
        var again = (await ToolRun.RunAsync("block", _node.Address, "node9:5070")).Expect(ExitCode.Ok);
        var list = (await ToolRun.RunAsync("endpoints", _node.Address)).Expect(ExitCode.Ok);
        var unblock = (await ToolRun.RunAsync("unblock", _node.Address, "node9:5070", "--json")).Expect(ExitCode.Ok).Json;
        var nobody = (await ToolRun.RunAsync("unblock", _node.Address, "node9:5070")).Expect(ExitCode.NotFound);

        Assert.Equal("address entry isNew peer", ToolResult.Names(block));
        Assert.True(block.GetProperty("isNew").GetBoolean());
        var entry = block.GetProperty("entry");
        Assert.Equal("address advisedBy reason refusals share since systemId until", ToolResult.Names(entry));
        Assert.Equal(("node9:5070", "it floods us"), (entry.GetProperty("address").GetString(), entry.GetProperty("reason").GetString()));
        var lasts = entry.GetProperty("until").GetDateTimeOffset() - entry.GetProperty("since").GetDateTimeOffset();
        Assert.Equal(7200, lasts.TotalSeconds, tolerance: 1);
        Assert.Contains("blocked already", again.Out, StringComparison.Ordinal);
        Assert.Contains("node9:5070", list.Out, StringComparison.Ordinal);
        Assert.Equal("address peer wasBlocked", ToolResult.Names(unblock));
        Assert.True(unblock.GetProperty("wasBlocked").GetBoolean());
        Assert.Contains("had not blocked", nobody.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0123456789abcdef", "0123456789abcdef")]
    [InlineData("$client/0123456789abcdef", "0123456789abcdef")]
    public async Task Block_SystemId_IsThatOfTheNode(string peer, string systemId)
    {
        (await ToolRun.RunAsync("block", _node.Address, peer)).Expect(ExitCode.Ok);

        Assert.True(_node.Remote.PeerBlockList.IsBlocked(systemId, "somewhere:1"));
        (await ToolRun.RunAsync("unblock", _node.Address, peer)).Expect(ExitCode.Ok);
        Assert.False(_node.Remote.PeerBlockList.IsBlocked(systemId, "somewhere:1"));
    }

    [Theory]
    [InlineData("http://node9:5070", "write node9:5070")]
    [InlineData("", "write host:port")]
    public async Task Block_PeerWrittenWrongly_IsAUsageFault(string peer, string said)
    {
        var result = (await ToolRun.RunAsync("block", _node.Address, peer)).Expect(ExitCode.Usage);

        Assert.Contains(said, result.Errors, StringComparison.Ordinal);
        Assert.Empty(_node.Remote.PeerBlockList.Entries);
    }

    [Fact]
    public async Task Tail_Events_AreLinesOfJson()
    {
        await using var tail = LiveTool.Start("tail", _node.Address, "--json", "--count", "2");
        await tail.NoteAsync("Following");

        _node.Remote.PeerBlockList.BlockAddress("node9:5070", "it floods us");
        _node.System.Root.Send(Proto.PID.FromAddress("node9:5070", "shop"), new Proto.Touch());

        var blocked = JsonDocument.Parse(await tail.LineAsync("EndpointBlocked")).RootElement;
        var letter = JsonDocument.Parse(await tail.LineAsync("RemoteDeadLetterEvent")).RootElement;
        Assert.Equal(ExitCode.Ok, await tail.ExitAsync());
        Assert.Equal("fields missed number peer time type", ToolResult.Names(blocked));
        Assert.Equal(("node9:5070", "it floods us"), (blocked.GetProperty("peer").GetString(), blocked.GetProperty("fields").GetProperty("reason").GetString()));
        Assert.Equal(
            ("shop", "Blocked"),
            (letter.GetProperty("fields").GetProperty("target").GetString(), letter.GetProperty("fields").GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Tail_TypesAndPeers_LeaveTheOthersOut()
    {
        await using var tail = LiveTool.Start("tail", _node.Address, "--type", "EndpointBlocked", "--peer", "NODE8", "--count", "1");
        await tail.NoteAsync("Following");

        _node.Remote.PeerBlockList.BlockAddress("node9:5070", "not asked for");
        _node.Remote.PeerBlockList.BlockAddress("node8:5070", "asked for");

        var line = await tail.LineAsync("");
        Assert.Equal(ExitCode.Ok, await tail.ExitAsync());
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d\d\d EndpointBlocked +node8:5070 .*reason=asked for", line);
    }

    [Fact]
    public async Task Tail_TypeThatIsNone_NamesTheTypes()
    {
        var result = (await ToolRun.RunAsync("tail", _node.Address, "--type", "Everything")).Expect(ExitCode.Usage);

        Assert.Contains("EndpointReconnecting", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tail_NodeEnds_SaysSo()
    {
        await using var tail = LiveTool.Start("tail", _node.Address);
        await tail.NoteAsync("Following");

        await _node.Remote.ShutdownAsync();

        Assert.Equal(ExitCode.Unreachable, await tail.ExitAsync());
        await tail.NoteAsync(_node.Address, "shutting down");
    }

    /// <summary>A signal is the business of a process: the tool in one of its own.</summary>
    [Theory]
    [MemberData(nameof(Signals))]
    public async Task Tail_Signal_EndsItWithTheCodeOfTheSignal(string signal, int exitCode)
    {
        await using var tail = NodeProcess.Start("Remote.Cli", "tail", _node.Address, "--json", "--timeout", "60");
        _node.Remote.PeerBlockList.BlockAddress("node0:5070", "before");
        await WatchedAsync();
        _node.Remote.PeerBlockList.BlockAddress("node9:5070", "now");
        await tail.ReadAfterAsync("{");

        await tail.SendSignalAsync(signal);

        var (code, _, errors) = await tail.WaitForExitAsync();
        Assert.Equal(exitCode, code);
        Assert.DoesNotContain("Exception", errors, StringComparison.Ordinal);
    }

    /// <summary>Until the tool watches; each question is a call to the node, which takes its time.</summary>
    private async Task WatchedAsync()
    {
        using var ceiling = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await ToolRun.RunAsync("endpoints", _node.Address, "--json")).Json.GetProperty("node").GetProperty("watchers").GetInt32() == 0)
        {
            ceiling.Token.ThrowIfCancellationRequested();
        }
    }
}
