using Envelopes = Remote.MpscQueue<Remote.OriginEnvelope, Remote.ReferenceSlot<Remote.OriginEnvelope>>;

namespace Remote;

/// <summary>Posts to one mailbox, in order, from the thread pool: the mailbox may block, and the thread that reads a connection must not.</summary>
/// <remarks>Credit bounds what waits. At most one thread posts at any time, which keeps the order.</remarks>
internal sealed class PostingQueue(Action<OriginEnvelope> post) : IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Busy = 1;

    private readonly Envelopes _queue = new();
    private int _state;

    public int Count => _queue.Count;

    public void Enqueue(OriginEnvelope envelope)
    {
        _queue.Enqueue(in envelope);
        ScheduleIfIdle();
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (_queue.TryDequeue(out var envelope) == DequeueResult.Taken)
        {
            post(envelope);
        }

        Volatile.Write(ref _state, Idle);
        Interlocked.MemoryBarrier();
        if (!_queue.IsEmpty)
        {
            ScheduleIfIdle();
        }
    }

    private void ScheduleIfIdle()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _state) == Idle && Interlocked.CompareExchange(ref _state, Busy, Idle) == Idle)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
