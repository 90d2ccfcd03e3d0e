namespace Remote.Actors;

/// <summary>System messages of one actor: many producers, one consumer, first in first out. They are few, so a node per message is cheaper than a ring per actor.</summary>
internal sealed class SystemMessageQueue
{
    private Node? _pushed;
    private Node? _taken;

    public bool IsEmpty => _taken is null && Volatile.Read(ref _pushed) is null;

    /// <summary>How many messages are pushed and not yet fetched by a turn. Safe from any thread.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            for (var node = Volatile.Read(ref _pushed); node is not null; node = node.Next)
            {
                count++;
            }

            return count;
        }
    }

    public void Enqueue(SystemMessage message)
    {
        var node = new Node(message) { Next = Volatile.Read(ref _pushed) };
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _pushed, node, node.Next);
            if (ReferenceEquals(seen, node.Next))
            {
                return;
            }

            node.Next = seen;
        }
    }

    public SystemMessage? TryDequeue()
    {
        if (_taken is null && !Fetch())
        {
            return null;
        }

        var node = _taken!;
        _taken = node.Next;
        return node.Message;
    }

    /// <summary>Takes all that was pushed and turns it round, so that the oldest comes first.</summary>
    private bool Fetch()
    {
        if (Volatile.Read(ref _pushed) is null)
        {
            return false;
        }

        var node = Interlocked.Exchange(ref _pushed, null);
        while (node is not null)
        {
            // Fresh nodes: a thread that is counting may still walk the old ones.
            _taken = new Node(node.Message) { Next = _taken };
            node = node.Next;
        }

        return true;
    }

    private sealed class Node(SystemMessage message)
    {
        public SystemMessage Message { get; } = message;

        public Node? Next { get; set; }
    }
}
