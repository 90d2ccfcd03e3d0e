using System.Collections.Concurrent;
using Remote.Actors;

namespace Remote.Tests;

/// <summary>Keeps whoever posts until it is released, or throws at everybody.</summary>
internal sealed class HeldMailbox : IMailbox, IDisposable
{
    private readonly ConcurrentQueue<MessageEnvelope> _queue = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();

    public bool Fails { get; init; }

    public Task Entered => _entered.Task;

    public int Count => _queue.Count;

    public bool IsEmpty => _queue.IsEmpty;

    public bool TryPost(in MessageEnvelope envelope)
    {
        if (Fails)
        {
            throw new InvalidOperationException("This mailbox is broken.");
        }

        _entered.TrySetResult();
        Assert.True(_released.Wait(TestTime.Ceiling), "Nobody released the mailbox.");
        _queue.Enqueue(envelope);
        return true;
    }

    public bool TryDisplace(in MessageEnvelope arriving, out MessageEnvelope? displaced)
    {
        displaced = null;
        return false;
    }

    public bool TryTake(out MessageEnvelope envelope) => _queue.TryDequeue(out envelope);

    public void Release() => _released.Set();

    public void Dispose()
    {
        Release();
        _released.Dispose();
    }
}
