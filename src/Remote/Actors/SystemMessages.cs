using Proto.Mailbox;

namespace Remote;

/// <summary>The system messages of one actor: any thread posts, one turn takes, first in first out.</summary>
/// <remarks>
/// They are few, so a small queue under a lock is cheaper than a ring per actor; a turn with none pays for one read. It has no bound of its own: those of
/// this node have none in Proto.Actor either, and those of a peer are charged to its stream, which is not read on when too many wait.
/// </remarks>
internal sealed class SystemMessages
{
    private readonly Queue<Item> _queue = new();
    private volatile int _count;

    public bool IsEmpty => _count == 0;

    public int Count => _count;

    /// <param name="message">The message.</param>
    /// <param name="origin">Is to be told when it was taken; null for a message of this node.</param>
    public void Enqueue(SystemMessage message, ControlOrigin? origin)
    {
        lock (_queue)
        {
            _queue.Enqueue(new Item(message, origin));
            _count = _queue.Count;
        }
    }

    /// <summary>Takes the next one; null when there is none.</summary>
    public SystemMessage? TryDequeue(out ControlOrigin? origin)
    {
        if (IsEmpty)
        {
            origin = null;
            return null;
        }

        lock (_queue)
        {
            var item = _queue.Dequeue();
            _count = _queue.Count;
            origin = item.Origin;
            return item.Message;
        }
    }

    private readonly record struct Item(SystemMessage Message, ControlOrigin? Origin);
}
