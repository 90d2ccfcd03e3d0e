using System.Collections.Concurrent;
using Proto.Mailbox;

namespace Remote.Tests;

/// <summary>Runs turns on the test's thread, when the test says so.</summary>
internal sealed class StepDispatcher(int throughput) : IDispatcher
{
    private readonly ConcurrentQueue<Func<Task>> _turns = new();

    public int Throughput { get; } = throughput;

    public int Waiting => _turns.Count;

    public void Schedule(Func<Task> runner) => _turns.Enqueue(runner);

    /// <summary>The task of one turn, which may not have completed.</summary>
    public Task StepAsync()
    {
        Assert.True(_turns.TryDequeue(out var turn), "a turn is scheduled");
        return turn();
    }

    /// <summary>Turns until none is scheduled.</summary>
    public async Task RunAsync()
    {
        while (Waiting > 0)
        {
            await StepAsync();
        }
    }
}
