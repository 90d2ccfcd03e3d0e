using System.CommandLine;
using Remote;

namespace SecureNodes;

/// <summary>The command line: the story, or one node of it.</summary>
internal static class CommandLine
{
    private const int Failure = 1, BadArguments = 2;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(90);

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
        var root = new RootCommand(
            "Two processes with mutual TLS. A stranger is turned away, and the authority is replaced by another one while messages flow.") { check, Node() };
        root.SetAction(async (_, cancellation) =>
        {
            try
            {
                await new Story(Console.Out).RunAsync(cancellation).WaitAsync(Ceiling, cancellation);
                await Console.Out.WriteLineAsync("everything was as it should be");
                return 0;
            }
            catch (Exception exception) when (exception is UnexpectedException or TimeoutException or RemoteException)
            {
                await Console.Error.WriteLineAsync($"the check failed: {exception.Message}");
                return Failure;
            }
        });
        return root;
    }

    private static Command Node()
    {
        var folder = new Argument<string>("folder") { Description = "Has node.crt, node.key and ca.crt." };
        var command = new Command("node", "One node, until its input ends.") { folder };
        command.SetAction(async result =>
        {
            try
            {
                await OtherNode.RunAsync(result.GetRequiredValue(folder), Console.In, Console.Out);
                return 0;
            }
            catch (RemoteException exception)
            {
                // What is wrong with a file is said with its name and its option.
                await Console.Error.WriteLineAsync(exception.Message);
                return Failure;
            }
        });
        return command;
    }
}
