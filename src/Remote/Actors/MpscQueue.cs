namespace Remote;

/// <summary>How an item lies in a queue's array. The slot itself shows whether it has been written, which saves a sequence number per item.</summary>
internal interface IQueueSlot<TItem>
{
    /// <summary>Whether the producer has finished writing. Read with acquire semantics.</summary>
    bool IsPublished { get; }

    /// <summary>Writes the item and then, with release semantics, marks it as published.</summary>
    void Publish(in TItem item);

    /// <summary>Reads the item and leaves the slot empty for the next round.</summary>
    void Take(out TItem item);
}

/// <summary>
/// An unbounded first-in-first-out queue for many producers and one consumer. Posting is lock-free: one compare-exchange claims a place in a ring.
/// A full ring is closed and a larger one linked behind it, so in the steady state nothing is allocated.
/// </summary>
/// <remarks>
/// A producer claims first and writes then. The consumer can therefore meet a place that is claimed but not yet written;
/// <see cref="TryDequeue"/> then says <see cref="DequeueResult.Pending"/> and the consumer comes back later.
/// </remarks>
internal sealed class MpscQueue<TItem, TSlot>
    where TSlot : struct, IQueueSlot<TItem>
{
    private MpscSegment<TItem, TSlot> _tail;
    private MpscSegment<TItem, TSlot> _head;

    // The consumer's own view of how far the head segment has been claimed: it reads the producers' line once per batch only.
    private long _headClaimed;

    public MpscQueue()
    {
        _head = _tail = new MpscSegment<TItem, TSlot>(MpscQueue.InitialSegmentLength);
    }

    /// <summary>Whether nothing is claimed. Only the consumer may rely on it; pair it with a full fence to decide on sleep.</summary>
    public bool IsEmpty
    {
        get
        {
            var segment = _head;
            while (true)
            {
                var claimed = segment.ClaimedOrClosed;
                if (MpscSegment<TItem, TSlot>.WithoutClosed(claimed) != segment.Taken)
                {
                    return false;
                }

                if (claimed >= 0)
                {
                    return true;
                }

                segment = Volatile.Read(ref segment.Next)!;
            }
        }
    }

    /// <summary>Roughly how many items are queued. Safe from any thread, exact when nothing moves.</summary>
    public int Count
    {
        get
        {
            long count = 0;
            for (var segment = Volatile.Read(ref _head); segment is not null; segment = Volatile.Read(ref segment.Next))
            {
                // Taken first: it only grows towards claimed, so the difference is never negative.
                var taken = segment.Taken;
                count += segment.Claimed - taken;
            }

            return (int)Math.Min(count, int.MaxValue);
        }
    }

    public void Enqueue(in TItem item)
    {
        var segment = Volatile.Read(ref _tail);
        while (!segment.TryEnqueue(in item))
        {
            segment = NextTail(segment);
        }
    }

    public DequeueResult TryDequeue(out TItem item)
    {
        var segment = _head;
        if (segment.Taken == _headClaimed && !TryAdvance(ref segment))
        {
            item = default!;
            return DequeueResult.Empty;
        }

        return segment.TryTake(out item) ? DequeueResult.Taken : DequeueResult.Pending;
    }

    /// <summary>Looks again how far producers have got, and moves to the next segment when this one is closed and used up.</summary>
    private bool TryAdvance(ref MpscSegment<TItem, TSlot> segment)
    {
        while (true)
        {
            var claimed = segment.ClaimedOrClosed;
            _headClaimed = MpscSegment<TItem, TSlot>.WithoutClosed(claimed);
            if (segment.Taken != _headClaimed)
            {
                return true;
            }

            if (claimed >= 0)
            {
                return false;
            }

            // Closed segments always have a successor: it is linked before the segment is closed.
            var usedUp = segment;
            segment = Volatile.Read(ref segment.Next)!;
            _headClaimed = 0;
            Volatile.Write(ref _head, segment);
            usedUp.ReturnSlots();
        }
    }

    private MpscSegment<TItem, TSlot> NextTail(MpscSegment<TItem, TSlot> full)
    {
        var next = Volatile.Read(ref full.Next);
        if (next is null)
        {
            var fresh = new MpscSegment<TItem, TSlot>(Math.Min(full.Length * 2, MpscQueue.MaxSegmentLength));
            next = Interlocked.CompareExchange(ref full.Next, fresh, null);
            if (next is null)
            {
                next = fresh;
            }
            else
            {
                fresh.ReturnSlots();
            }
        }

        full.Close();
        Interlocked.CompareExchange(ref _tail, next, full);
        return next;
    }
}

/// <summary>The sizes of a queue's rings.</summary>
internal static class MpscQueue
{
    // Small, because most actors never hold more: 100,000 idle actors pay for it.
    public const int InitialSegmentLength = 8;

    // 1024 slots of 32 bytes stay below the large-object limit of 85,000 bytes and inside a second-level cache.
    public const int MaxSegmentLength = 1024;
}

/// <summary>What a look into the queue gave.</summary>
internal enum DequeueResult
{
    /// <summary>Nothing is queued.</summary>
    Empty,

    /// <summary>An item was taken.</summary>
    Taken,

    /// <summary>A producer has claimed the next place and is about to write it.</summary>
    Pending,
}
