using Proto.Mailbox;

namespace Remote;

/// <summary>The dispatcher of a foreign mailbox, which tells when a turn has ended.</summary>
internal sealed class TurnWatcher(IDispatcher dispatcher, Action<int> ended) : IDispatcher
{
    public int Throughput => dispatcher.Throughput;

    public void Schedule(Func<Task> runner) => dispatcher.Schedule(() => RunAsync(runner));

    private async Task RunAsync(Func<Task> runner)
    {
        await runner().ConfigureAwait(false);
        ended(Throughput);
    }
}
