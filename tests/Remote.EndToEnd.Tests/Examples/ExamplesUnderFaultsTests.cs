using System.Text.RegularExpressions;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// Every example under every fault that a person can bring about: a true sentence, a ledger that closes, a documented exit code, and no process left. The short
/// run has the quickest of them.
/// </summary>
[Trait("Behaviour", "O-06")]
public sealed partial class ExamplesUnderFaultsTests
{
    private const string Documents = "docs/examples.md";

    public static TheoryData<string> Cells => [.. FaultMatrix.All.Where(cell => cell.IsQuick || TestScale.IsLong).Select(cell => $"{cell}")];

    /// <summary>What listens at an address that it is given.</summary>
    public static TheoryData<string, string> Listeners => TestScale.IsLong
        ? new() { { "EchoNode", "--port" }, { "Chat", "server --port" }, { "UnixSocket", "--keep" }, { "Hosting", "--web-port 0 --port" } }
        : new() { { "EchoNode", "--port" } };

    public static TheoryData<string> Stories => TestScale.IsLong ? ["a user leaves", "the server is killed", "there is no store"] : ["a user leaves"];

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Example_UnderAFault_SaysWhatHappenedAndEndsWithItsCode(string name)
    {
        var cell = FaultMatrix.All.Single(cell => $"{cell}" == name);
        var arguments = cell.Arguments.Replace("NOBODY", ExampleProgram.Nobody(), StringComparison.Ordinal);
        await using var program = ExampleProgram.Start(cell.Example, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (cell.Until.Length > 0)
        {
            await program.ReadUntilAsync(cell.Until);
        }

        await HitAsync(program, cell);

        var (exitCode, said) = await program.EndAsync();
        Assert.True(cell.ExitCode == exitCode, $"exit code {exitCode} instead of {cell.ExitCode}:\n{said}");
        Assert.Matches(new Regex(cell.Sentence, RegexOptions.Multiline), said);
        AssertReadable(said);
        if (cell.Never.Length > 0)
        {
            Assert.DoesNotContain(cell.Never, said, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Listener_StartedTwice_TheSecondSaysThatTheAddressIsTaken(string example, string arguments)
    {
        var folder = Directory.CreateTempSubdirectory("twice-");
        try
        {
            var isSocket = arguments == "--keep";
            var socket = Path.Combine(folder.FullName, "node.sock");
            await using var first = ExampleProgram.Start(example, [.. arguments.Split(' '), isSocket ? socket : "0"]);
            var address = (await first.ReadUntilAsync("listening on (.*)")).Groups[1].Value;
            await using var second = ExampleProgram.Start(example, [.. arguments.Split(' '), isSocket ? socket : address[(address.LastIndexOf(':') + 1)..]]);

            var (exitCode, said) = await second.EndAsync();

            Assert.True(exitCode == FaultMatrix.AddressTaken, $"exit code {exitCode}:\n{said}");
            Assert.Contains("is in use", said, StringComparison.Ordinal);
            AssertReadable(said);
            await first.TerminateAsync();
            Assert.Equal(0, (await first.EndAsync()).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public Task SeveralPrograms_OneIsHit_TheOthersSayWhatTheySee(string story) => story switch
    {
        "a user leaves" => UserLeavesAsync(),
        "the server is killed" => ServerIsKilledAsync(),
        "there is no store" => NoStoreAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(story)),
    };

    [Fact]
    public void Matrix_HasEveryExampleAndEveryCellIsAnotherOne()
    {
        Assert.Empty(ExampleProgram.All.Except(FaultMatrix.All.Select(cell => cell.Example)));
        Assert.Equal(FaultMatrix.All.Count, FaultMatrix.All.Select(cell => $"{cell}").Distinct().Count());
    }

    [Fact]
    public void Documents_NameEveryExampleWithEveryExitCodeThatItWasSeenToHave()
    {
        var rows = File.ReadLines(ExampleProgram.InRepository(Documents)).Select(line => Row().Match(line)).Where(match => match.Success)
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["rest"].Value.Split('|'));

        // What a kill -9 leaves as an exit code is the shell's.
        Assert.All(FaultMatrix.All.Where(cell => cell.Fault != Fault.Kill), cell =>
            Assert.True(
                rows.TryGetValue(cell.Example, out var codes) && codes.Any(text => Code().Matches(text).Any(match => match.Value == $"{cell.ExitCode}")),
                $"{Documents} does not say that {cell.Example} ends with {cell.ExitCode}."));
    }

    /// <summary>The room is not gone for one who leaves it.</summary>
    private static async Task UserLeavesAsync()
    {
        await using var server = ExampleProgram.Start("Chat", "server");
        var address = (await server.ReadUntilAsync("listening on (.*)")).Groups[1].Value;
        await using var ann = ExampleProgram.Start("Chat", "join", address, "ann");
        await ann.ReadUntilAsync("^\\* you are alone in the room$");
        await ann.TypeAsync("good night");
        await ann.ReadUntilAsync("^ann: good night$");

        ann.EndInput();
        var (exitCode, said) = await ann.EndAsync();

        Assert.Equal((0, false), (exitCode, said.Contains("gone", StringComparison.Ordinal)));
        await server.TerminateAsync();
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    /// <summary>Who is in a room whose server has died is told so at once, and leaves with an exit code that says it too.</summary>
    private static async Task ServerIsKilledAsync()
    {
        await using var server = ExampleProgram.Start("Chat", "server");
        var address = (await server.ReadUntilAsync("listening on (.*)")).Groups[1].Value;
        await using var ann = ExampleProgram.Start("Chat", "join", address, "ann");
        await ann.ReadUntilAsync("^\\* you are alone in the room$");
        await server.KillAsync();
        await ann.ReadUntilAsync("^\\* there is no connection to the room");
        await ann.TypeAsync("is anybody there?");

        ann.EndInput();
        var (exitCode, said) = await ann.EndAsync();

        Assert.Equal(FaultMatrix.NobodyThere, exitCode);
        Assert.Matches(@"\* (not said \(\w+\)|nobody knows whether this was said): is anybody there\?", said);
        AssertReadable(said);
    }

    /// <summary>The gateway hears from the worker which of the two does not answer.</summary>
    private static async Task NoStoreAsync()
    {
        await using var worker = ExampleProgram.Start("Tracing", "worker", ExampleProgram.Nobody());
        var address = (await worker.ReadUntilAsync("listening on (.*)")).Groups[1].Value;
        await using var gateway = ExampleProgram.Start("Tracing", "gateway", address, "tea");

        var (exitCode, said) = await gateway.EndAsync();

        Assert.Equal(FaultMatrix.NobodyThere, exitCode);
        Assert.Matches(@"no store answers at 127\.0\.0\.1:\d+", said);
        AssertReadable(said);
        worker.EndInput();
        await worker.EndAsync();
    }

    private static Task HitAsync(ExampleProgram program, FaultCell cell)
    {
        switch (cell.Fault)
        {
            case Fault.Kill:
                return program.KillAsync();
            case Fault.KillNamed:
                program.KillNamed(cell.Victim);
                break;
            case Fault.KillProgram:
                program.KillProgram(cell.Victim);
                break;
            case Fault.EndInput:
                program.EndInput();
                break;
            case Fault.Terminate:
                return program.TerminateAsync();
            case Fault.CtrlC:
                return program.InterruptAsync();
        }

        return Task.CompletedTask;
    }

    /// <summary>Sentences for people: not the stack of an exception.</summary>
    private static void AssertReadable(string said)
    {
        Assert.DoesNotContain("Unhandled exception", said, StringComparison.Ordinal);
        Assert.DoesNotMatch(StackFrame(), said);
    }

    [GeneratedRegex(@"^\| (?<name>[A-Z]\w+) \|(?<rest>.*)$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\b\d+\b")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\s+at \S+\(", RegexOptions.Multiline)]
    private static partial Regex StackFrame();
}
