using System.Diagnostics;
using Proto;
using Proto.Remote;
using Remote;

namespace Tracing;

/// <summary>The three programs: a gateway that takes an order, a worker that does something with it, and a store that keeps it.</summary>
internal static class Nodes
{
    public const string Gateway = "gateway", Worker = "worker", Store = "store";
    public const string ReadyPrefix = "listening on ", SavedPrefix = "saved ", TracePrefix = "trace ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Keeps orders until its input ends.</summary>
    public static Task StoreAsync(Uri? collector, TextReader input, TextWriter output) => ServeAsync(
        Store,
        Props.FromFunc(static context =>
        {
            if (context.Message is Order order)
            {
                context.Respond(new Saved(order.What));
            }

            return Task.CompletedTask;
        }).WithSpans("save"),
        collector, input, output);

    /// <summary>Works on orders until its input ends.</summary>
    public static Task WorkAsync(string store, Uri? collector, TextReader input, TextWriter output) => ServeAsync(
        Worker,
        Props.FromFunc(async context =>
        {
            if (context.Message is Order order)
            {
                context.Respond(await context.RequestAsync<Saved>(PID.FromAddress(store, Store), new Order(order.What.ToUpperInvariant()), Patience));
            }
        }).WithSpans("work"),
        collector, input, output);

    /// <summary>Takes one order.</summary>
    public static async Task OrderAsync(string worker, string what, Uri? collector, TextWriter output)
    {
        using var telemetry = new Telemetry(Gateway, collector);
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await system.Remote().StartAsync();
        using (var order = TracedProps.Source.StartActivity("order", ActivityKind.Server))
        {
            var saved = await system.Root.RequestAsync<Saved>(PID.FromAddress(worker, Worker), new Order(what), Patience);
            await output.WriteLineAsync($"{SavedPrefix}{saved.Text}");
            await output.WriteLineAsync($"{TracePrefix}{order?.TraceId}");
        }

        telemetry.Flush();
        await system.Remote().ShutdownAsync();
    }

    private static async Task ServeAsync(string name, Props props, Uri? collector, TextReader input, TextWriter output)
    {
        using var telemetry = new Telemetry(name, collector);
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await system.Remote().StartAsync();
        system.Root.SpawnNamed(props, name);
        await output.WriteLineAsync(ReadyPrefix + system.Address);
        await output.FlushAsync();
        while (await input.ReadLineAsync() is not null)
        {
            // Only its end means something.
        }

        telemetry.Flush();
        await system.Remote().ShutdownAsync();
    }
}
