using System.CommandLine;
using Examples;

namespace Tracing;

/// <summary>The command line: one of the three programs, or all of them.</summary>
internal static class CommandLine
{
    private static readonly Option<Uri?> Collector = new("--collector")
    {
        Description = "Where spans and figures are sent, http://host:port, by OTLP over gRPC; OTEL_EXPORTER_OTLP_ENDPOINT if left out.",
        CustomParser = static result =>
        {
            if (Uri.TryCreate(result.Tokens.Single().Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            {
                return uri;
            }

            result.AddError($"--collector must be http://host:port, not {result.Tokens.Single().Value}.");
            return null;
        },
    };

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
        var root = new RootCommand("One trace through three processes. Without a command: starts them and a collector, takes an order and shows its trace.")
        {
            check, Store(), Worker(), Gateway(),
        };
        root.SetAction(static (_, cancellation) => Ending.OfAsync(Console.Error, () => Demonstration.RunAsync(Console.Out, cancellation)));
        return root;
    }

    private static Command Store()
    {
        var command = new Command(Nodes.Store, "Keeps orders until its input ends.") { Collector, Child };
        command.SetAction(static (result, cancellation) => Serve(result, until => Nodes.StoreAsync(result.GetValue(Collector), until, Console.Out), cancellation));
        return command;
    }

    private static Command Worker()
    {
        var store = new Argument<string>("store") { Description = "Where the store listens, host:port." };
        var command = new Command(Nodes.Worker, "Works on orders until its input ends.") { store, Collector, Child };
        command.SetAction((result, cancellation) => Serve(
            result, until => Nodes.WorkAsync(result.GetRequiredValue(store), result.GetValue(Collector), until, Console.Out), cancellation));
        return command;
    }

    private static Command Gateway()
    {
        var worker = new Argument<string>("worker") { Description = "Where the worker listens, host:port." };
        var what = new Argument<string>("what") { Description = "What is ordered." };
        var command = new Command(Nodes.Gateway, "Takes one order.") { worker, what, Collector, Child };
        command.SetAction((result, cancellation) => Ending.OfAsync(Console.Error, async () =>
        {
            var isChild = result.GetValue(Child);
            using var ignored = isChild ? ChildProcess.IgnoreInterrupts() : null;
            await Nodes.OrderAsync(
                result.GetRequiredValue(worker), result.GetRequiredValue(what), result.GetValue(Collector), Console.Out, isChild ? CancellationToken.None : cancellation);
            return ExitCode.Right;
        }));
        return command;
    }

    /// <summary>Until standard input ends; where a person has started it, until a signal too.</summary>
    private static Task<int> Serve(ParseResult result, Func<Task, Task> program, CancellationToken cancellation) => Ending.OfAsync(Console.Error, async () =>
    {
        var isChild = result.GetValue(Child);
        using var ignored = isChild ? ChildProcess.IgnoreInterrupts() : null;
        var inputEnds = Console.OpenStandardInput().CopyToAsync(Stream.Null, CancellationToken.None);
        await program(inputEnds.WaitAsync(isChild ? CancellationToken.None : cancellation));
        return ExitCode.Right;
    });
}
