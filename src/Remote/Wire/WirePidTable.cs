namespace Remote;

/// <summary>
/// The targets or the senders of the batch that is being written: each once, with its index, and already in wire form.
/// Lookups go by content through an open-addressing index whose slots carry the number of their batch, so that starting
/// the next batch costs nothing, however large the former one was. Single-threaded.
/// </summary>
internal sealed class WirePidTable
{
    private const int InitialSlots = 16;

    private Slot[] _slots = [];
    private Entry[] _entries = [];
    private byte[] _bytes = [];
    private uint _batch = 1;

    internal int Count { get; private set; }

    /// <summary>Bytes of the whole table on the wire, tags and lengths included.</summary>
    internal int Size { get; private set; }

    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Size);

    /// <summary>The index of the entry, or -1; the hash serves <see cref="Add"/>.</summary>
    internal int Find(in WirePid pid, out int hash)
    {
        hash = Hash(pid);
        if (Count == 0)
        {
            return -1;
        }

        for (var slot = hash & (_slots.Length - 1); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref readonly var candidate = ref _slots[slot];
            if (candidate.Batch != _batch)
            {
                return -1;
            }

            ref readonly var entry = ref _entries[candidate.Index];
            if (entry.Hash == hash && entry.Pid.Equals(pid))
            {
                return candidate.Index;
            }
        }
    }

    /// <summary>Adds an entry that is not there yet and returns where its wire form of the given size goes.</summary>
    internal Span<byte> Add(in WirePid pid, int hash, int size)
    {
        if (2 * (Count + 1) > _slots.Length)
        {
            GrowSlots();
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(InitialSlots / 2, 2 * Count));
        }

        if (Size + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Size + size, Math.Max(256, 2 * _bytes.Length)));
        }

        Occupy(hash, Count);
        _entries[Count++] = new Entry(pid, hash);
        Size += size;
        return _bytes.AsSpan(Size - size, size);
    }

    internal void Clear()
    {
        // The strings of a finished batch must not outlive it here.
        Array.Clear(_entries, 0, Count);
        Count = 0;
        Size = 0;
        if (++_batch == 0)
        {
            Array.Clear(_slots);
            _batch = 1;
        }
    }

    private static int Hash(in WirePid pid)
    {
        var hash = pid.Id.GetHashCode();
        return pid.Address.Length == 0 ? hash : HashCode.Combine(hash, pid.Address.GetHashCode());
    }

    private void Occupy(int hash, int index)
    {
        var slot = hash & (_slots.Length - 1);
        while (_slots[slot].Batch == _batch)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _slots[slot] = new Slot(_batch, index);
    }

    private void GrowSlots()
    {
        _slots = new Slot[Math.Max(InitialSlots, 2 * _slots.Length)];
        for (var index = 0; index < Count; index++)
        {
            Occupy(_entries[index].Hash, index);
        }
    }

    private readonly record struct Slot(uint Batch, int Index);

    private readonly record struct Entry(WirePid Pid, int Hash);
}
