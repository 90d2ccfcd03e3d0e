using System.CommandLine;
using System.Globalization;
using Examples;

namespace Chat;

/// <summary>The command line: serve, join, or show it all.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Child = new(ChildProcess.Option) { Hidden = true };

    public static async Task<int> InvokeAsync(string[] arguments)
    {
        var result = Root().Parse(arguments);
        if (result.Errors.Count == 0)
        {
            return await result.InvokeAsync(Ending.Patient);
        }

        foreach (var error in result.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        await Console.Error.WriteLineAsync("--help shows the options.");
        return ExitCode.BadArguments;
    }

    private static RootCommand Root()
    {
        var check = new Option<bool>("--check") { Description = "The same; for machines." };
        var root = new RootCommand("A room to talk in. Without a command: a conversation of three users and a server, each in a process of its own.") { check, Server(), Join() };
        root.SetAction((_, cancellation) => Ending.OfAsync(Console.Error, async () =>
        {
            await Conversation.RunAsync(Console.Out, cancellation);
            return ExitCode.Right;
        }));
        return root;
    }

    private static Command Server()
    {
        var port = new Option<int>("--port") { Description = "The port to listen on; 0 takes any free one." };
        var command = new Command("server", "The room. What you type is told to everybody in it; the end of input, or Ctrl+C, closes it.") { port, Child };
        command.SetAction((result, cancellation) => Run(result, cancellation, async keyboard =>
        {
            await Nodes.ServeAsync(result.GetValue(port), keyboard, Console.Out);
            return ExitCode.Right;
        }));
        return command;
    }

    private static Command Join()
    {
        var server = new Argument<string>("server") { Description = "Where the server listens, host:port." };
        server.Validators.Add(static argument =>
        {
            var address = argument.Tokens.Count > 0 ? argument.Tokens[0].Value : "";
            if (!ushort.TryParse(address.AsSpan(address.LastIndexOf(':') + 1), CultureInfo.InvariantCulture, out var port) || port == 0 || !address.Contains(':', StringComparison.Ordinal))
            {
                argument.AddError($"'{address}' is no address of a server; it must be host:port, as the server has printed it.");
            }
        });
        var name = new Argument<string>("name") { Description = "Who you are." };
        var command = new Command("join", "Enter the room. What you type is said there; the end of input, or Ctrl+C, leaves.") { server, name, Child };
        command.SetAction((result, cancellation) => Run(
            result, cancellation, keyboard => Nodes.JoinAsync(result.GetRequiredValue(server), result.GetRequiredValue(name), keyboard, Console.Out)));
        return command;
    }

    private static Task<int> Run(ParseResult result, CancellationToken cancellation, Func<Keyboard, Task<int>> program) => Ending.OfAsync(Console.Error, async () =>
    {
        var isChild = result.GetValue(Child);
        using var ignored = isChild ? ChildProcess.IgnoreInterrupts() : null;
        return await program(new Keyboard(isChild ? CancellationToken.None : cancellation));
    });
}
