using System.Diagnostics;

namespace Remote;

/// <summary>
/// A first-in first-out queue of deliveries in linked chunks, so that a million waiting messages never mean one huge array to copy.
/// Not thread-safe: its owner's lock guards it, and its owner bounds it.
/// </summary>
internal sealed class DeliveryQueue
{
    // 512 deliveries of 32 bytes are 16 KiB: well below the large object heap, and half a default batch.
    private const int ChunkLength = 512;

    // 1 MiB at the most. With one spare a lane whose length goes up and down allocated 32 bytes for every message.
    private const int MaxSpares = 64;

    private Chunk _head;
    private Chunk _tail;
    private Chunk? _spares;
    private int _spareCount;

    public DeliveryQueue() => _head = _tail = new Chunk();

    public int Count { get; private set; }

    public void Add(in RemoteDelivery delivery)
    {
        var tail = _tail;
        if (tail.End == ChunkLength)
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
            var source = head.Items.AsSpan(head.Start, count);
            source.CopyTo(destination[taken..]);
            source.Clear();
            head.Start += count;
            taken += count;
            Count -= count;
            if (head.Start == head.End)
            {
                Retire(head);
            }
        }

        return taken;
    }

    /// <summary>Puts deliveries back in front of all others, in their order.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> deliveries)
    {
        for (var end = deliveries.Length; end > 0;)
        {
            var count = Math.Min(end, ChunkLength);
            var chunk = new Chunk { End = count, Next = _head };
            deliveries.Slice(end - count, count).CopyTo(chunk.Items);
            _head = chunk;
            end -= count;
            Count += count;
        }
    }

    private Chunk Append()
    {
        return _tail = _tail.Next = TakeSpare() ?? new Chunk();
    }

    private void Retire(Chunk head)
    {
        head.Start = head.End = 0;
        if (head.Next is { } next)
        {
            _head = next;
            head.Next = null;
            KeepSpare(head);
        }
        else
        {
            Debug.Assert(ReferenceEquals(head, _tail), "Only the last chunk has no successor.");
        }
    }

    private Chunk? TakeSpare()
    {
        if (_spares is not { } chunk)
        {
            return null;
        }

        _spares = chunk.Next;
        chunk.Next = null;
        _spareCount--;
        return chunk;
    }

    private void KeepSpare(Chunk chunk)
    {
        if (_spareCount < MaxSpares)
        {
            chunk.Next = _spares;
            _spares = chunk;
            _spareCount++;
        }
    }

    private sealed class Chunk
    {
        public readonly RemoteDelivery[] Items = new RemoteDelivery[ChunkLength];
        public int Start;
        public int End;
        public Chunk? Next;
    }
}
