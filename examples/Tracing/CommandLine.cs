using System.CommandLine;

namespace Tracing;

/// <summary>The command line: one of the three programs, or all of them.</summary>
internal static class CommandLine
{
    private static readonly Option<Uri?> Collector = new("--collector")
    {
        Description = "Where spans and figures are sent, http://host:port, by OTLP over gRPC; OTEL_EXPORTER_OTLP_ENDPOINT if left out.",
        CustomParser = static result => new Uri(result.Tokens.Single().Value),
    };

    public static Task<int> InvokeAsync(string[] arguments) => Root().Parse(arguments).InvokeAsync();

    private static RootCommand Root()
    {
        var check = new Option<bool>("--check") { Description = "The same; for machines." };
        var root = new RootCommand("One trace through three processes. Without a command: starts them and a collector, takes an order and shows its trace.")
        {
            check, Store(), Worker(), Gateway(),
        };
        root.SetAction(static (_, cancellation) => Demonstration.RunAsync(Console.Out, cancellation));
        return root;
    }

    private static Command Store()
    {
        var command = new Command(Nodes.Store, "Keeps orders until its input ends.") { Collector };
        command.SetAction(static result => Nodes.StoreAsync(result.GetValue(Collector), Console.In, Console.Out));
        return command;
    }

    private static Command Worker()
    {
        var store = new Argument<string>("store") { Description = "Where the store listens, host:port." };
        var command = new Command(Nodes.Worker, "Works on orders until its input ends.") { store, Collector };
        command.SetAction(result => Nodes.WorkAsync(result.GetRequiredValue(store), result.GetValue(Collector), Console.In, Console.Out));
        return command;
    }

    private static Command Gateway()
    {
        var worker = new Argument<string>("worker") { Description = "Where the worker listens, host:port." };
        var what = new Argument<string>("what") { Description = "What is ordered." };
        var command = new Command(Nodes.Gateway, "Takes one order.") { worker, what, Collector };
        command.SetAction(result => Nodes.OrderAsync(result.GetRequiredValue(worker), result.GetRequiredValue(what), result.GetValue(Collector), Console.Out));
        return command;
    }
}
