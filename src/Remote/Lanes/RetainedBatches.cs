using System.Diagnostics;
using System.Numerics;

namespace Remote;

/// <summary>The batches of a link that the peer has not acknowledged, by number without gaps.</summary>
/// <param name="capacity">As many as its owner keeps at once.</param>
internal sealed class RetainedBatches(int capacity)
{
    // A ring; its length is a power of two, so that a slot is a mask and not a division.
    private Batch?[] _ring = [];

    public int Count => (int)(End - First);

    /// <summary>Bytes of the frames.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number of the oldest, or of the next one to come.</summary>
    public ulong First { get; private set; } = 1;

    /// <summary>The number of the next one to come.</summary>
    public ulong End { get; private set; } = 1;

    public Batch this[ulong sequence] => Slot(sequence)!;

    public void Add(Batch batch)
    {
        Debug.Assert(batch.Sequence == End && Count < capacity, "Numbers rise by one, and the owner keeps to the capacity.");
        if (_ring.Length == 0)
        {
            _ring = new Batch?[BitOperations.RoundUpToPowerOf2((uint)capacity)];
        }

        End++;
        Slot(batch.Sequence) = batch;
        Bytes += batch.Memory.Length;
    }

    public Batch RemoveFirst()
    {
        var batch = this[First];
        Slot(First) = null;
        First++;
        Bytes -= batch.Memory.Length;
        return batch;
    }

    /// <summary>Puts another batch into the place of one and returns that one.</summary>
    public Batch Replace(Batch batch)
    {
        var former = this[batch.Sequence];
        Slot(batch.Sequence) = batch;
        Bytes += batch.Memory.Length - former.Memory.Length;
        return former;
    }

    /// <summary>Takes all of them out; the next one is number 1 again.</summary>
    public Batch[] TakeAll()
    {
        var all = new Batch[Count];
        for (var index = 0; index < all.Length; index++)
        {
            all[index] = RemoveFirst();
        }

        First = End = 1;
        return all;
    }

    private ref Batch? Slot(ulong sequence)
    {
        Debug.Assert(sequence >= First && sequence < End, "It is retained.");
        return ref _ring[(int)sequence & (_ring.Length - 1)];
    }
}
