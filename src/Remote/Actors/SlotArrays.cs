namespace Remote;

/// <summary>Keeps the arrays of full-sized rings for the next one that needs them: a queue under flood fills one ring after the other.</summary>
/// <remarks>
/// Arrays go round, segments do not: a producer that was interrupted for long may still hold an old segment, but it finds it closed and never
/// reaches its array. An array comes back only after the consumer has taken, and thereby cleared, every slot of it.
/// </remarks>
internal static class SlotArrays<TSlot>
    where TSlot : struct
{
    // 64 rings of 1024 slots are the 65,536 messages that one link to another node may have under way, 2 MiB of them.
    private const int Capacity = 64;

    private static readonly TSlot[]?[] Kept = new TSlot[]?[Capacity];

    public static TSlot[] Rent(int length)
    {
        if (length == MpscQueue.MaxSegmentLength)
        {
            for (var i = 0; i < Capacity; i++)
            {
                if (Volatile.Read(ref Kept[i]) is not null && Interlocked.Exchange(ref Kept[i], null) is { } kept)
                {
                    return kept;
                }
            }
        }

        return new TSlot[length];
    }

    /// <summary>The array is given to the collector when there is no room for it.</summary>
    public static void Return(TSlot[] slots)
    {
        if (slots.Length != MpscQueue.MaxSegmentLength)
        {
            return;
        }

        for (var i = 0; i < Capacity; i++)
        {
            if (Volatile.Read(ref Kept[i]) is null && Interlocked.CompareExchange(ref Kept[i], slots, null) is null)
            {
                return;
            }
        }
    }
}
