using System.Net;
using Proto.Remote;
using Remote.EndToEnd.Tests;

namespace Remote.Cli.Tests.Top;

/// <summary><c>top</c> in a terminal, with keys, windows that change their size, and nodes that go and come.</summary>
[Trait("Behaviour", "O-04")]
public sealed class TopTerminalTests
{
    private static readonly Dictionary<string, string> Plain = new() { ["NO_COLOR"] = "1" };

    public static TheoryData<bool> Ends => TestScale.IsLong ? [false, true] : [false];

    [Fact]
    public async Task Top_InATerminal_FollowsKeysSizeAndTheNode()
    {
        await using var other = await LiveNode.StartAsync();
        await using var node = await LiveNode.StartAsync();
        await node.GreetAsync(other);
        await node.EndedAsync<RemoteDeadLetterEvent>("$client/nobody", static _ => true);
        await using var terminal = Terminal.Start(80, 24, Plain, "top", node.Address, "--interval", "0.1", "--timeout", "60");

        // Up, in 80 columns, without colours.
        var first = await terminal.FirstFrameAsync("the peer", lines => Has(lines, other.Address, "Connected"));
        Assert.Equal(24, first.Length);
        Assert.All(first, static line => Assert.True(line.Length <= 80, line));
        Assert.DoesNotMatch("\u001b\\[[0-9;]*m", terminal.Said);

        // Another size.
        terminal.Resize(120, 30);
        var wide = await terminal.FrameAsync("30 lines", static lines => lines.Length == 30);
        Assert.Contains(wide, static line => line.Length > 80 || line.Contains("q quit", StringComparison.Ordinal));

        // Keys.
        terminal.Press("s");
        await terminal.FrameAsync("another order", static lines => lines[0].Contains("sorted by in", StringComparison.Ordinal));
        terminal.Press("j");
        await terminal.FrameAsync("a chosen peer", lines => Has(lines, $"> {other.Address}") && Has(lines, other.System.Id));
        terminal.Press("p");
        await terminal.FrameAsync("a pause", static lines => lines[0].Contains("PAUSED", StringComparison.Ordinal));
        await using var third = await LiveNode.StartAsync();
        await node.GreetAsync(third);
        await terminal.FrameAsync("only what was there before the pause", lines => Has(lines, other.Address) && !Has(lines, third.Address));
        terminal.Press("p");
        await terminal.FrameAsync("the news", lines => Has(lines, third.Address));

        // The end.
        Assert.False(terminal.IsRestored);
        terminal.Press("q");
        Assert.Equal(ExitCode.Ok, await terminal.WaitForExitAsync());
        Assert.True(terminal.IsRestored);
        Assert.EndsWith("\u001b[?25h\u001b[?1049l", terminal.Said.TrimEnd('\r', '\n'), StringComparison.Ordinal);
    }

    /// <summary>A node that leaves in good order; in the long mode also a process that is killed.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Top_NodeThatIsLostAndComesBack_IsShownAgain(bool isKilled)
    {
        await using var steady = await LiveNode.StartAsync();
        var node = await PassingNode.StartAsync(isKilled, port: 0);
        await using var terminal = Terminal.Start(80, 24, new Dictionary<string, string>(), "top", steady.Address, node.Address, "--interval", "0.1", "--timeout", "60");
        await terminal.FirstFrameAsync("both nodes", lines => Has(lines, $"2 {node.Address}", "up "));

        await node.EndAsync();
        await terminal.FrameAsync("the loss", lines => Has(lines, $"2 {node.Address}", "LOST"));
        var again = await PassingNode.StartAsync(isKilled, IPEndPoint.Parse(node.Address).Port);
        await terminal.FrameAsync("its return", lines => Has(lines, $"2 {node.Address}", "up "));

        // With colours this time, and by Ctrl-C.
        Assert.Matches("\u001b\\[[0-9;]*m", terminal.Said);
        terminal.Press("\u0003");
        Assert.Equal(130, await terminal.WaitForExitAsync());
        Assert.True(terminal.IsRestored);
        Assert.Contains("\u001b[?25h\u001b[?1049l", terminal.Said, StringComparison.Ordinal);
        await again.EndAsync();
    }

    private static bool Has(string[] lines, params string[] parts) =>
        Array.Exists(lines, line => Array.TrueForAll(parts, part => line.Contains(part, StringComparison.Ordinal)));

    /// <summary>A node that does not stay: in this process, or in one of its own that is killed.</summary>
    private sealed record PassingNode(string Address, Func<Task> EndAsync)
    {
        public static async Task<PassingNode> StartAsync(bool isKilled, int port)
        {
            if (!isKilled)
            {
                var node = await LiveNode.StartAsync(RemoteConfig.BindToLocalhost(port));
                return new PassingNode(node.Address, async () => await node.DisposeAsync());
            }

            var process = NodeProcess.Start("Remote.TestNode");
            await process.WriteLineAsync($"listen host=127.0.0.1 port={port} life=1");
            var said = await process.ReadAfterAsync("{\"event\":\"listening\",\"address\":\"");
            return new PassingNode(said.Split('"')[0], async () => await process.DisposeAsync());
        }
    }
}
