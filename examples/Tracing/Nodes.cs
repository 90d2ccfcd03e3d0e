using System.Diagnostics;
using Examples;
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

    /// <summary>Keeps orders until it is told to end.</summary>
    public static Task StoreAsync(Uri? collector, Task until, TextWriter output) => ServeAsync(
        Store,
        Props.FromFunc(static context =>
        {
            if (context.Message is Order order)
            {
                context.Respond(new Saved(order.What));
            }

            return Task.CompletedTask;
        }).WithSpans("save"),
        collector, until, output);

    /// <summary>Works on orders until it is told to end.</summary>
    public static Task WorkAsync(string store, Uri? collector, Task until, TextWriter output) => ServeAsync(
        Worker,
        Props.FromFunc(async context =>
        {
            if (context.Message is Order order)
            {
                context.Respond(await KeepAsync(context, store, order));
            }
        }).WithSpans("work"),
        collector, until, output);

    /// <summary>Takes one order.</summary>
    /// <exception cref="ProcessLostException">It was not saved, or nobody knows.</exception>
    public static async Task OrderAsync(string worker, string what, Uri? collector, TextWriter output, CancellationToken cancellation)
    {
        using var telemetry = new Telemetry(Gateway, collector);
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await system.Remote().StartAsync();
        using (var order = TracedProps.Source.StartActivity("order", ActivityKind.Server))
        {
            var saved = await AskAsync(system.Root, worker, what).WaitAsync(cancellation);
            await output.WriteLineAsync($"{SavedPrefix}{saved.Text}");
            await output.WriteLineAsync($"{TracePrefix}{order?.TraceId}");
        }

        await FlushAsync(telemetry, output);
        await system.Remote().ShutdownAsync();
    }

    private static async Task<Saved> AskAsync(IRootContext root, string worker, string what)
    {
        try
        {
            // The worker has its own patience with the store, and says so when that has come to an end.
            return await root.RequestAsync<object>(PID.FromAddress(worker, Worker), new Order(what), Patience * 2) switch
            {
                Saved saved => saved,
                NotSaved refused => throw new ProcessLostException(refused.Why),
                DeadLetterResponse => throw new DeadLetterException(PID.FromAddress(worker, Worker)),
                var other => throw new InvalidOperationException($"The worker answered with {other.GetType().Name}."),
            };
        }
        catch (Exception exception) when (exception is DeadLetterException or TimeoutException)
        {
            throw new ProcessLostException(NoAnswer("worker", worker, exception));
        }
    }

    private static async Task<object> KeepAsync(IContext context, string store, Order order)
    {
        try
        {
            return await context.RequestAsync<Saved>(PID.FromAddress(store, Store), new Order(order.What.ToUpperInvariant()), Patience);
        }
        catch (Exception exception) when (exception is DeadLetterException or TimeoutException)
        {
            return new NotSaved(NoAnswer("store", store, exception));
        }
    }

    private static string NoAnswer(string who, string address, Exception exception) => exception is TimeoutException
        ? $"the {who} at {address} has not answered: it is not known whether the order was saved"
        : $"no {who} answers at {address}: start one there, or name another address; whatever it was told last may be saved or not";

    private static async Task FlushAsync(Telemetry telemetry, TextWriter output)
    {
        if (!telemetry.Flush())
        {
            await output.WriteLineAsync("no collector took the figures and spans of this process: start one, or name it with --collector");
        }
    }

    private static async Task ServeAsync(string name, Props props, Uri? collector, Task until, TextWriter output)
    {
        using var telemetry = new Telemetry(name, collector);
        await using var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
        await system.Remote().StartAsync();
        system.Root.SpawnNamed(props, name);
        await output.WriteLineAsync(ReadyPrefix + system.Address);
        await output.FlushAsync();
        await until.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await FlushAsync(telemetry, output);
        await system.Remote().ShutdownAsync();
    }
}
