using Proto.Mailbox;

namespace Remote;

/// <summary>The dispatcher of a foreign mailbox, which tells when a turn begins and when it has ended.</summary>
internal sealed class TurnWatcher(IDispatcher dispatcher, TrackingInvoker invoker) : IDispatcher
{
    // What asks for a turn takes room in it: with room for one there would be none for the message behind it.
    private const int LeastThroughput = 2;

    public int Throughput => Math.Max(LeastThroughput, dispatcher.Throughput);

    public void Schedule(Func<Task> runner) => dispatcher.Schedule(() => RunAsync(runner));

    private async Task RunAsync(Func<Task> runner)
    {
        // The next turn may begin on another thread before the end of this one is told, so each has a record of its own.
        var turn = invoker.BeginTurn();
        await runner().ConfigureAwait(false);
        invoker.EndTurn(turn, Throughput);
    }
}
