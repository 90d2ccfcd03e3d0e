using System.Buffers;
using System.Diagnostics;

namespace Remote;

/// <summary>
/// A first-in first-out queue of deliveries in linked chunks, so that a million waiting messages never mean one huge array to copy.
/// Not thread-safe: its owner's lock guards it, and its owner bounds it.
/// </summary>
/// <remarks>
/// Chunks begin small and double: most queues are nearly empty most of the time. Their arrays go back to a pool of the whole process, for a
/// queue whose length goes up and down would otherwise allocate 32 bytes for every message, and one that kept its spares would never give
/// them back.
/// </remarks>
internal sealed class DeliveryQueue
{
    private const int SmallestChunk = 16;

    // 512 deliveries of 32 bytes are 16 KiB: well below the large object heap, and half a default batch.
    private const int LargestChunk = 512;

    // At most 16 MiB lie here unused.
    private const int MaxPooled = 1024;

    private static readonly ArrayPool<RemoteDelivery> Arrays = ArrayPool<RemoteDelivery>.Create(LargestChunk, MaxPooled);

    private Chunk _head;
    private Chunk _tail;

    public DeliveryQueue() => _head = _tail = new Chunk([]);

    public int Count { get; private set; }

    public void Add(in RemoteDelivery delivery)
    {
        var tail = _tail;
        if (tail.End == tail.Items.Length)
        {
            tail = Append();
        }

        tail.Items[tail.End++] = delivery;
        Count++;
    }

    /// <summary>Moves up to <paramref name="destination"/>'s length of the oldest deliveries into it.</summary>
    public int Take(Span<RemoteDelivery> destination)
    {
        var taken = 0;
        while (taken < destination.Length && Count > 0)
        {
            var head = _head;
            var count = Math.Min(destination.Length - taken, head.End - head.Start);
            head.Items.AsSpan(head.Start, count).CopyTo(destination[taken..]);
            Drop(head, count);
            taken += count;
        }

        return taken;
    }

    /// <summary>
    /// The oldest deliveries as far as they are all for one target and lie side by side; at least one, unless there is none.
    /// </summary>
    public ReadOnlySpan<RemoteDelivery> PeekRun()
    {
        ReadOnlySpan<RemoteDelivery> items = _head.Items.AsSpan(_head.Start, _head.End - _head.Start);
        var length = 1;
        while (length < items.Length && IsSameTarget(items[length], items[0]))
        {
            length++;
        }

        return items[..Math.Min(length, items.Length)];
    }

    /// <summary>Moves the oldest deliveries to the end of another queue.</summary>
    public void MoveTo(DeliveryQueue other, int count)
    {
        Debug.Assert(count <= Count, "There are as many.");
        while (count > 0)
        {
            var head = _head;
            var moved = Math.Min(count, head.End - head.Start);
            other.AddRange(head.Items.AsSpan(head.Start, moved));
            Drop(head, moved);
            count -= moved;
        }
    }

    /// <summary>Puts deliveries back in front of all others, in their order.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> deliveries)
    {
        for (var end = deliveries.Length; end > 0;)
        {
            var count = Math.Min(end, LargestChunk);
            var chunk = new Chunk(Arrays.Rent(count)) { End = count, Next = _head };
            deliveries.Slice(end - count, count).CopyTo(chunk.Items);
            _head = chunk;
            end -= count;
            Count += count;
        }
    }

    /// <summary>Puts what another queue holds in front of all others, in its order. The other queue is used up.</summary>
    public void Prepend(DeliveryQueue other)
    {
        if (other.Count > 0)
        {
            other._tail.Next = _head;
            _head = other._head;
            Count += other.Count;
        }
    }

    private static bool IsSameTarget(in RemoteDelivery one, in RemoteDelivery other) =>
        ReferenceEquals(one.Target, other.Target) || one.Target.Id == other.Target.Id;

    private void AddRange(ReadOnlySpan<RemoteDelivery> deliveries)
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

    private Chunk Append()
    {
        var chunk = new Chunk(Arrays.Rent(Math.Clamp(2 * _tail.Items.Length, SmallestChunk, LargestChunk)));
        _tail = _tail.Next = chunk;
        RetireEmpty();
        return chunk;
    }

    private void Drop(Chunk head, int count)
    {
        // A pooled array must not keep messages alive, and neither must the chunk that stays.
        head.Items.AsSpan(head.Start, count).Clear();
        head.Start += count;
        Count -= count;
        RetireEmpty();
    }

    /// <summary>Sees to it that the first chunk holds something, if there is anything.</summary>
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
