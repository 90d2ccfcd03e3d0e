using System.CommandLine;
using Examples;

namespace UnixSockets;

/// <summary>The command line: tell the story, or be the other process in it.</summary>
internal sealed class CommandLine
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(90);

    private readonly Option<string?> _keep = new("--keep")
    {
        Description = "Listen on this Unix socket and answer, until the process is ended.",
        HelpName = "PATH",
    };

    private readonly Option<bool> _check = new("--check") { Description = "Tell the story, with a word at the end." };

    private readonly Option<bool> _child = new(ChildProcess.Option) { Description = "End with standard input.", Hidden = true };

    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("Two processes of one machine that talk over a Unix socket: private, one at a time, recovered after a crash.");

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _root.Add(_keep);
        _root.Add(_check);
        _root.Add(_child);
        _root.SetAction((result, cancellation) => Ending.OfAsync(_errors, () => RunAsync(result, cancellation)));
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        // An abstract name begins with the "@" that would stand for a file with arguments.
        var result = _root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count == 0)
        {
            // The node leaves in its own time: no hard end after two seconds.
            return await result.InvokeAsync(result.GetValue(_keep) is null ? Ending.Patient : Ending.OwnSignals);
        }

        foreach (var error in result.Errors)
        {
            await _errors.WriteLineAsync(error.Message);
        }

        await _errors.WriteLineAsync("--help shows the options.");
        return ExitCode.BadArguments;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        if (result.GetValue(_keep) is { } path)
        {
            await Keeper.RunAsync(path, result.GetValue(_child), _output, cancellation);
            return ExitCode.Right;
        }

        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Ceiling);
        try
        {
            await new Story(_output, late.Token).RunAsync();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UnexpectedException($"The story did not come to its end within {Ceiling.TotalSeconds:F0} s.");
        }

        await _output.WriteLineAsync(result.GetValue(_check) ? "self-check passed" : "and everything was as it should be");
        return ExitCode.Right;
    }
}
