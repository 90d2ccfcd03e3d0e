using Proto;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// Watches what it is told to watch, and takes down what it is told in return. An actor of Proto.Actor gets every Terminated that is sent to it, so
/// one that comes twice shows.
/// </summary>
internal sealed class WatcherActor(int number, WatchLedger ledger) : IActor
{
    public static PID Spawn(TestCoordinator node, int number, WatchLedger ledger) =>
        node.Root.Spawn(Props.FromProducer(() => new WatcherActor(number, ledger)));

    /// <summary>Lets it watch these, in this order; returns when it has begun to.</summary>
    public static Task WatchAsync(TestCoordinator node, PID watcher, params PID[] targets) =>
        node.Root.RequestAsync<Begun>(watcher, new Order(targets), Waiting.Ceiling);

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Order order:
                Array.ForEach(order.Targets, context.Watch);
                context.Respond(new Begun());
                break;
            case Terminated ended:
                ledger.Told(number, ended);
                break;
        }

        return Task.CompletedTask;
    }

    private sealed record Order(PID[] Targets);

    private sealed record Begun;
}
