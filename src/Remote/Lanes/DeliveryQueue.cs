using System.Buffers;

namespace Remote;

/// <summary>
/// A first-in first-out queue of deliveries in linked chunks, so that a million waiting messages never mean one huge array to copy.
/// Not thread-safe: its owner's lock guards it, and its owner bounds it.
/// </summary>
/// <remarks>
/// Chunks begin small and double: most queues are nearly empty most of the time. Their arrays go back to a pool of the whole process: a
/// queue whose length goes up and down allocates nothing, and one that was long once keeps nothing.
/// </remarks>
internal sealed class DeliveryQueue
{
    private const int SmallestChunk = 16;

    // 512 deliveries of 32 bytes are 16 KiB: well below the large object heap, and half a default batch.
    private const int LargestChunk = 512;

    // Arrays of each of the six lengths: at most 31.5 MiB lie here unused.
    private const int MaxPooled = 1024;

    private static readonly ArrayPool<RemoteDelivery> Arrays = ArrayPool<RemoteDelivery>.Create(LargestChunk, MaxPooled);

    private Chunk _head;
    private Chunk _tail;

    public DeliveryQueue() => _head = _tail = new Chunk([]);

    public int Count { get; private set; }

    public void Add(in RemoteDelivery delivery)
    {
        var tail = _tail.End < _tail.Items.Length ? _tail : Append();
        tail.Items[tail.End++] = delivery;
        Count++;
    }

    public void AddRange(ReadOnlySpan<RemoteDelivery> deliveries)
    {
        while (deliveries.Length > 0)
        {
            var tail = _tail.End < _tail.Items.Length ? _tail : Append();
            var count = Math.Min(deliveries.Length, tail.Items.Length - tail.End);
            deliveries[..count].CopyTo(tail.Items.AsSpan(tail.End));
            tail.End += count;
            Count += count;
            deliveries = deliveries[count..];
        }
    }

    /// <summary>Moves up to <paramref name="destination"/>'s length of the oldest deliveries into it.</summary>
    public int Take(Span<RemoteDelivery> destination)
    {
        var taken = 0;
        while (taken < destination.Length && Count > 0)
        {
            var count = Math.Min(destination.Length - taken, _head.End - _head.Start);
            _head.Items.AsSpan(_head.Start, count).CopyTo(destination[taken..]);
            Drop(count);
            taken += count;
        }

        return taken;
    }

    /// <summary>The oldest deliveries that are all for one target and lie side by side; at least one, unless the queue is empty.</summary>
    public ReadOnlySpan<RemoteDelivery> PeekRun()
    {
        ReadOnlySpan<RemoteDelivery> items = _head.Items.AsSpan(_head.Start, _head.End - _head.Start);
        var length = 1;
        while (length < items.Length && items[length].Target.Id == items[0].Target.Id)
        {
            length++;
        }

        return items[..Math.Min(length, items.Length)];
    }

    /// <summary>Takes out so many of the oldest deliveries, which lie side by side.</summary>
    public void Drop(int count)
    {
        // A pooled array must not keep messages alive, and neither must the chunk that stays.
        _head.Items.AsSpan(_head.Start, count).Clear();
        _head.Start += count;
        Count -= count;
        RetireEmpty();
    }

    /// <summary>Puts deliveries back in front of all others, in their order.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> deliveries)
    {
        var front = new DeliveryQueue();
        front.AddRange(deliveries);
        Prepend(front);
    }

    /// <summary>Puts the deliveries of another queue in front of all others, in their order. The other queue is used up.</summary>
    public void Prepend(DeliveryQueue other)
    {
        if (other.Count > 0)
        {
            other._tail.Next = _head;
            _head = other._head;
            Count += other.Count;
        }
    }

    private Chunk Append()
    {
        var chunk = new Chunk(Arrays.Rent(Math.Clamp(2 * _tail.Items.Length, SmallestChunk, LargestChunk)));
        _tail = _tail.Next = chunk;
        RetireEmpty();
        return chunk;
    }

    /// <summary>Moves on to the first chunk that holds something, if there is one.</summary>
    private void RetireEmpty()
    {
        while (_head.Start == _head.End)
        {
            if (_head.Next is not { } next)
            {
                // The last one stays, and is filled from its beginning.
                _head.Start = _head.End = 0;
                return;
            }

            var retired = _head.Items;
            _head = next;
            if (retired.Length > 0)
            {
                Arrays.Return(retired);
            }
        }
    }

    private sealed class Chunk(RemoteDelivery[] items)
    {
        public readonly RemoteDelivery[] Items = items;
        public int Start;
        public int End;
        public Chunk? Next;
    }
}
