using System.Runtime.InteropServices;

namespace Remote;

/// <summary>One ring of an <see cref="MpscQueue{TItem, TSlot}"/>. Positions only grow; the sign bit of the claimed position says closed.</summary>
internal sealed class MpscSegment<TItem, TSlot>
    where TSlot : struct, IQueueSlot<TItem>
{
    private const long Closed = long.MinValue;

    public MpscSegment<TItem, TSlot>? Next;

    private readonly TSlot[] _slots;

    // Producers and the consumer each write a cache line of their own: objects are aligned to 8 bytes only, so the gap is a whole line.
    private QueuePositions _positions;

    public MpscSegment(int length) => _slots = SlotArrays<TSlot>.Rent(length);

    public int Length => _slots.Length;

    public long ClaimedOrClosed => Volatile.Read(ref _positions.Claimed);

    public long Claimed => WithoutClosed(Volatile.Read(ref _positions.Claimed));

    public long Taken => Volatile.Read(ref _positions.Taken);

    public static long WithoutClosed(long claimed) => claimed & ~Closed;

    /// <summary>False when the ring is full or closed: the caller goes on with the next segment.</summary>
    public bool TryEnqueue(in TItem item)
    {
        while (true)
        {
            var claimed = Volatile.Read(ref _positions.Claimed);
            if (claimed < 0 || (claimed - _positions.TakenSeenByProducers >= _slots.Length && IsFull(claimed)))
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _positions.Claimed, claimed + 1, claimed) == claimed)
            {
                _slots[claimed & (_slots.Length - 1)].Publish(in item);
                return true;
            }
        }
    }

    /// <summary>Only for the consumer, and only below the claimed position. False when the producer has not finished writing.</summary>
    public bool TryTake(out TItem item)
    {
        var taken = _positions.Taken;
        ref var slot = ref _slots[taken & (_slots.Length - 1)];
        if (!slot.IsPublished)
        {
            item = default!;
            return false;
        }

        slot.Take(out item);
        Volatile.Write(ref _positions.Taken, taken + 1);
        return true;
    }

    public void Close() => Interlocked.Or(ref _positions.Claimed, Closed);

    /// <summary>Only when the segment is closed and used up, or was never linked: nobody reaches its slots any more.</summary>
    public void ReturnSlots() => SlotArrays<TSlot>.Return(_slots);

    private bool IsFull(long claimed)
    {
        // Several producers may write an older value over a newer one: that only makes the next look come sooner.
        var taken = Volatile.Read(ref _positions.Taken);
        _positions.TakenSeenByProducers = taken;
        return claimed - taken >= _slots.Length;
    }
}

/// <summary>How far a ring has been claimed and taken, a cache line apart: what producers and the consumer write must not share one.</summary>
[StructLayout(LayoutKind.Explicit, Size = 208)]
internal struct QueuePositions
{
    [FieldOffset(64)]
    public long Claimed;

    [FieldOffset(72)]
    public long TakenSeenByProducers;

    [FieldOffset(144)]
    public long Taken;
}
