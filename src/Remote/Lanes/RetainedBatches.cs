using System.Diagnostics;

namespace Remote;

/// <summary>The batches of a link that the peer has not acknowledged, by number without gaps. A ring; its owner bounds it.</summary>
internal sealed class RetainedBatches
{
    private Batch?[] _ring = [];
    private int _head;

    private ulong _end = 1;

    public int Count => (int)(_end - First);

    /// <summary>Bytes of the frames.</summary>
    public long Bytes { get; private set; }

    public long UserMessages { get; private set; }

    /// <summary>The number of the oldest, or of the next one to come.</summary>
    public ulong First { get; private set; } = 1;

    /// <summary>The number of the next one to come.</summary>
    public ulong End => _end;

    public Batch this[ulong sequence]
    {
        get
        {
            Debug.Assert(sequence >= First && sequence < End, "It is retained.");
            return _ring[Slot(sequence)]!;
        }
    }

    public void Add(Batch batch)
    {
        Debug.Assert(batch.Sequence == _end, "Numbers rise by one.");
        if (Count == _ring.Length)
        {
            Grow();
        }

        _end++;
        _ring[Slot(batch.Sequence)] = batch;
        Tally(batch, 1);
    }

    public Batch RemoveFirst()
    {
        var batch = this[First];
        _ring[_head] = null;
        _head = (_head + 1) & (_ring.Length - 1);
        First++;
        Tally(batch, -1);
        return batch;
    }

    /// <summary>Puts another batch into the place of one and returns that one.</summary>
    public Batch Replace(Batch batch)
    {
        var former = this[batch.Sequence];
        Tally(former, -1);
        _ring[Slot(batch.Sequence)] = batch;
        Tally(batch, 1);
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

        First = _end = 1;
        return all;
    }

    private int Slot(ulong sequence) => (_head + (int)(sequence - First)) & (_ring.Length - 1);

    private void Tally(Batch batch, int sign)
    {
        Bytes += sign * batch.Memory.Length;
        UserMessages += sign * batch.UserMessages;
    }

    private void Grow()
    {
        // A power of two, so that a slot is a mask and not a division.
        var larger = new Batch?[Math.Max(8, 2 * _ring.Length)];
        for (var index = 0; index < Count; index++)
        {
            larger[index] = _ring[(_head + index) & (_ring.Length - 1)];
        }

        _ring = larger;
        _head = 0;
    }
}
