using System.CommandLine;
using Remote;

namespace Chat;

/// <summary>The command line: serve, join, or show it all.</summary>
internal static class CommandLine
{
    private const int Failure = 1, BadArguments = 2;

    public static async Task<int> InvokeAsync(string[] arguments)
    {
        var result = Root().Parse(arguments);
        if (result.Errors.Count == 0)
        {
            return await result.InvokeAsync();
        }

        foreach (var error in result.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        return BadArguments;
    }

    private static RootCommand Root()
    {
        var check = new Option<bool>("--check") { Description = "The same; for machines." };
        var root = new RootCommand("A room to talk in. Without a command: a conversation of three users and a server, each in a process of its own.") { check, Server(), Join() };
        root.SetAction(async (_, cancellation) => await Conversation.RunAsync(Console.Out, cancellation) ? 0 : Failure);
        return root;
    }

    private static Command Server()
    {
        var port = new Option<int>("--port") { Description = "The port to listen on; 0 takes any free one." };
        var command = new Command("server", "The room. What you type is told to everybody in it.") { port };
        command.SetAction(result => TryAsync(() => Nodes.ServeAsync(result.GetValue(port), Console.In, Console.Out)));
        return command;
    }

    private static Command Join()
    {
        var server = new Argument<string>("server") { Description = "Where the server listens, host:port." };
        var name = new Argument<string>("name") { Description = "Who you are." };
        var command = new Command("join", "Enter the room. What you type is said there; the end of input leaves.") { server, name };
        command.SetAction(result => TryAsync(() => Nodes.JoinAsync(result.GetRequiredValue(server), result.GetRequiredValue(name), Console.In, Console.Out)));
        return command;
    }

    private static async Task<int> TryAsync(Func<Task> program)
    {
        try
        {
            await program();
            return 0;
        }
        catch (RemoteException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return exception.Error == RemoteError.InvalidConfiguration ? BadArguments : Failure;
        }
    }
}
