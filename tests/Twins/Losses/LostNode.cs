using Proto;
using Proto.Remote;

namespace Twins.Losses;

/// <summary>Watches an actor of a node that is killed.</summary>
internal static class LostNode
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task RunAsync()
    {
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = await ReceiverProcess.StartAsync();
        await using var system = await Nodes.StartAsync();
        system.EventStream.Subscribe<EndpointTerminatedEvent>(_ => ended.TrySetResult());
        system.Root.Spawn(Watcher(receiver.Actor, watching, told));
        await watching.Task;

        // The Watch went before this question, on the same connection: it has arrived when the answer has.
        await system.Root.RequestAsync<Pong>(receiver.Actor, new Ping(), Patience);
        await receiver.KillAsync();
        var endpointEnded = await IsInTimeAsync(ended.Task);
        Console.WriteLine("watched: 1 actor, on a node that was killed");
        Console.WriteLine($"the node was found lost: {endpointEnded}");
        Console.WriteLine($"told: {(await IsInTimeAsync(told.Task) ? await told.Task : "nothing")}");
    }

    private static Props Watcher(PID target, TaskCompletionSource watching, TaskCompletionSource<string> told) => Props.FromFunc(context =>
    {
        switch (context.Message)
        {
            case Started:
                context.Watch(target);
                watching.TrySetResult();
                break;
            case Terminated terminated:
                told.TrySetResult($"{terminated.Why}");
                break;
        }

        return Task.CompletedTask;
    });

    private static async Task<bool> IsInTimeAsync(Task task) => await Task.WhenAny(task, Task.Delay(Patience)) == task;
}
