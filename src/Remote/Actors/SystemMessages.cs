using Proto.Mailbox;

namespace Remote;

/// <summary>The system messages of one actor: any thread posts, one turn takes, first in first out.</summary>
/// <remarks>They are few, so a small queue under a lock is cheaper than a ring per actor; a turn with none pays for one read.</remarks>
internal sealed class SystemMessages
{
    private readonly Queue<SystemMessage> _queue = new();
    private volatile int _count;

    public bool IsEmpty => _count == 0;

    public int Count => _count;

    public void Enqueue(SystemMessage message)
    {
        lock (_queue)
        {
            _queue.Enqueue(message);
            _count = _queue.Count;
        }
    }

    public SystemMessage? TryDequeue()
    {
        if (IsEmpty)
        {
            return null;
        }

        lock (_queue)
        {
            var message = _queue.Dequeue();
            _count = _queue.Count;
            return message;
        }
    }
}
