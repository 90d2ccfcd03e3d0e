using System.CommandLine;
using Examples;

namespace EchoNode;

/// <summary>The command line: where to listen.</summary>
internal sealed class CommandLine
{
    private readonly Option<string> _host = new("--host")
    {
        Description = "The address to listen on.",
        DefaultValueFactory = _ => "127.0.0.1",
        HelpName = "HOST",
    };

    private readonly Option<int> _port = new("--port")
    {
        Description = "The port to listen on; 0 takes any free one.",
        DefaultValueFactory = _ => 0,
        HelpName = "PORT",
    };

    private readonly Option<string?> _unix = new("--unix") { Description = "Listen on this Unix socket instead.", HelpName = "PATH" };

    private readonly Option<bool> _check = new("--check") { Description = "Start a node of this kind, talk to it, stop it." };

    private readonly Option<bool> _child = new(ChildProcess.Option) { Description = "End with standard input.", Hidden = true };

    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("A node with an actor and a kind named 'echo' that answer every message with itself.");

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _root.Add(_host);
        _root.Add(_port);
        _root.Add(_unix);
        _root.Add(_check);
        _root.Add(_child);
        _root.SetAction((result, cancellation) => Ending.OfAsync(_errors, () => RunAsync(result, cancellation)));
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        if (result.Errors.Count == 0)
        {
            // The node leaves in its own time: no hard end after two seconds.
            return await result.InvokeAsync(result.GetValue(_check) ? Ending.Patient : Ending.OwnSignals);
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
        if (result.GetValue(_check))
        {
            await SelfCheck.RunAsync(_output, cancellation);
            return ExitCode.Right;
        }

        var unix = result.GetValue(_unix);
        var path = unix is null ? null : Path.GetFullPath(unix);
        await Node.RunAsync(result.GetRequiredValue(_host), result.GetValue(_port), path, result.GetValue(_child), _output, cancellation);
        return ExitCode.Right;
    }
}
