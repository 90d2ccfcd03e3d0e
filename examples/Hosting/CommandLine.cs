using System.CommandLine;
using System.Globalization;
using Examples;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Hosting;

/// <summary>The command line: run the application, or check it.</summary>
internal sealed class CommandLine
{
    private readonly Option<bool> _check = new("--check") { Description = "Start the application on free ports, ask it by HTTP and as another node, change its configuration, stop it." };

    private readonly Option<int?> _port = Port("--port", "The port for other nodes; 0 for any that is free. Without it, that of appsettings.json.");
    private readonly Option<int?> _webPort = Port("--web-port", "The port for people.");
    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly RootCommand _root = new("A web application with actors: REST, health, metrics and a dashboard, on one node that appsettings.json describes.");

    public CommandLine(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
        _root.Add(_check);
        _root.Add(_port);
        _root.Add(_webPort);
        _root.SetAction(RunAsync);
    }

    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments)
    {
        var result = _root.Parse(arguments);
        if (result.Errors.Count == 0)
        {
            // The application hears signals by itself, and ends in its own time.
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = result.GetValue(_check) ? TimeSpan.FromSeconds(20) : null });
        }

        foreach (var error in result.Errors)
        {
            await _errors.WriteLineAsync(error.Message);
        }

        await _errors.WriteLineAsync("--help shows the options.");
        return ExitCode.BadArguments;
    }

    private static Option<int?> Port(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !ushort.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                result.AddError($"{name} must be 0 to 65535, not {result.Tokens[0].Value}.");
            }
        });
        return option;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        if (result.GetValue(_check))
        {
            return await SelfCheck.RunAsync(_output, _errors, cancellation);
        }

        try
        {
            await using var app = Application.Build(PortsOf(result));
            await app.StartAsync(cancellation);
            await Application.DescribeAsync(app, _output);
            await app.WaitForShutdownAsync(cancellation);
            return ExitCode.Right;
        }
        catch (OptionsValidationException exception)
        {
            await _errors.WriteLineAsync(string.Join(Environment.NewLine, exception.Failures));
            return ExitCode.BadArguments;
        }
        catch (IOException exception)
        {
            var isTaken = exception.InnerException is AddressInUseException;
            await _errors.WriteLineAsync(isTaken ? $"An address is in use by another program; --port and --web-port name other ports. {exception.Message}" : exception.Message);
            return ExitCode.Wrong;
        }
    }

    private Dictionary<string, string?> PortsOf(ParseResult result)
    {
        var ports = new Dictionary<string, string?>();
        Set("Kestrel:Endpoints:Nodes:Url", result.GetValue(_port));
        Set("Kestrel:Endpoints:People:Url", result.GetValue(_webPort));
        return ports;

        void Set(string key, int? port)
        {
            if (port is not null)
            {
                ports[key] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
            }
        }
    }
}
