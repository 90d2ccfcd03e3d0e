using System.CommandLine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Hosting;

/// <summary>The command line: run the application, or check it.</summary>
internal sealed class CommandLine
{
    private readonly Option<bool> _check = new("--check") { Description = "Start the application on free ports, ask it by HTTP and as another node, change its configuration, stop it." };

    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("A web application with actors: REST, health, metrics and a dashboard, on one node that appsettings.json describes.");

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _root.Add(_check);
        _root.SetAction(RunAsync);
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        if (result.Errors.Count == 0)
        {
            // Signals are the host's affair: it stops the application in its own time.
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
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
            return await SelfCheck.RunAsync(_output, _errors) ? ExitCode.Ok : ExitCode.Failure;
        }

        try
        {
            await using var app = Application.Build();
            await app.StartAsync(cancellation);
            await Application.DescribeAsync(app, _output);
            await app.WaitForShutdownAsync(cancellation);
            return ExitCode.Ok;
        }
        catch (OptionsValidationException exception)
        {
            await _errors.WriteLineAsync(string.Join(Environment.NewLine, exception.Failures));
            return ExitCode.BadArguments;
        }
        catch (IOException exception)
        {
            await _errors.WriteLineAsync(exception.Message);
            return ExitCode.Failure;
        }
    }
}
