using System.CommandLine;
using Examples;

namespace Blocking;

/// <summary>The command line: how fast the story is told.</summary>
internal sealed class CommandLine
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Option<double> _pause = new("--pause")
    {
        Description = "Seconds between the chapters, 0 to 60.",
        DefaultValueFactory = _ => 1,
        HelpName = "SECONDS",
    };

    private readonly Option<bool> _check = new("--check") { Description = "Without pauses, and with a word at the end." };

    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("Three nodes, one of which blocks another: by its id, then by its address, then it lets it come again.");

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _root.Add(_pause);
        _root.Add(_check);
        _pause.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= 60))
            {
                result.AddError("--pause must be 0 to 60.");
            }
        });
        _root.SetAction((parsed, cancellation) => Ending.OfAsync(_errors, () => RunAsync(parsed, cancellation)));
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        if (result.Errors.Count == 0)
        {
            return await result.InvokeAsync(Ending.Patient);
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
        var check = result.GetValue(_check);
        var pause = check ? TimeSpan.Zero : TimeSpan.FromSeconds(result.GetValue(_pause));
        await new Story(new Timeline(_output), pause).RunAsync(cancellation).WaitAsync(Ceiling + (pause * 10), cancellation);
        await _output.WriteLineAsync(check ? "self-check passed" : "and everything was as it should be");
        return ExitCode.Right;
    }
}
