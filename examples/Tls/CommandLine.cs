using System.CommandLine;
using Examples;

namespace SecureNodes;

/// <summary>The command line: the story, or one node of it.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(90);

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
        var root = new RootCommand(
            "Two processes with mutual TLS. A stranger is turned away, and the authority is replaced by another one while messages flow.") { check, Node() };
        root.SetAction((_, cancellation) => Ending.OfAsync(Console.Error, () => TellAsync(cancellation)));
        return root;
    }

    private static async Task<int> TellAsync(CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Ceiling);
        try
        {
            await new Story(Console.Out).RunAsync(late.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UnexpectedException($"the check failed: the story did not come to its end within {Ceiling.TotalSeconds:F0} s");
        }

        await Console.Out.WriteLineAsync("everything was as it should be");
        return ExitCode.Right;
    }

    private static Command Node()
    {
        var folder = new Argument<string>("folder") { Description = "Has node.crt, node.key and ca.crt." };
        var child = new Option<bool>(ChildProcess.Option) { Hidden = true };
        var command = new Command("node", "One node, until its input ends.") { folder, child };

        // What is wrong with a file is said with its name and its option.
        command.SetAction((result, cancellation) => Ending.OfAsync(Console.Error, async () =>
        {
            await OtherNode.RunAsync(result.GetRequiredValue(folder), result.GetValue(child), Console.Out, cancellation);
            return ExitCode.Right;
        }));
        return command;
    }
}
