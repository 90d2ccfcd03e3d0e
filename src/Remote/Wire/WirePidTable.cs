using Proto;

namespace Remote;

/// <summary>
/// The targets or the senders of the batch that is being written: each once, with its index, and already in wire form. Lookups go by
/// content through an open-addressing index whose slots carry the number of their batch, so that the next batch starts without clearing
/// them, however many the former one used. Single-threaded.
/// </summary>
/// <param name="tag">The field of the table in remote.MessageBatch.</param>
internal sealed class WirePidTable(byte tag)
{
    private const int InitialSlots = 16;

    private Slot[] _slots = [];
    private Entry[] _entries = [];
    private byte[] _bytes = [];
    private long _batch = 1;
    private OutboundTranslation? _translation;
    private string? _lastId;
    private string? _lastAddress;
    private int _lastIndex;

    internal int Count { get; private set; }

    /// <summary>Bytes of the whole table on the wire, tags and lengths included.</summary>
    internal int Size { get; private set; }

    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Size);

    /// <summary>Targets are plain ids, except towards peers that read them as actor.PID messages. Senders are always messages.</summary>
    private bool HoldsIds => tag == WireFormat.Batch.Targets && !_translation!.PidTargets;

    /// <summary>The table is empty, and its PIDs will be written in this way.</summary>
    internal void Begin(OutboundTranslation translation) => _translation = translation;

    /// <summary>The index of the PID, or the one it will get when <see cref="Add"/> is called with the new entry.</summary>
    internal int Find(PID pid, ref NewPid added) =>
        ReferenceEquals(pid.Id, _lastId) && ReferenceEquals(pid.Address, _lastAddress) ? _lastIndex : FindOther(pid, ref added);

    /// <summary>Adds the entry that <see cref="Find"/> made, if it made one.</summary>
    internal void Add(in NewPid added)
    {
        if (added.Pid is not null)
        {
            AddNew(added);
        }
    }

    internal void Clear()
    {
        // The strings of a finished batch must not outlive it here.
        Array.Clear(_entries, 0, Count);
        _lastId = _lastAddress = null;
        Count = 0;
        Size = 0;
        _batch++;
    }

    private static int Hash(in WirePid pid)
    {
        var hash = pid.Id.GetHashCode();
        return pid.Address.Length == 0 ? hash : HashCode.Combine(hash, pid.Address.GetHashCode());
    }

    // Not the PID looked up last, as it is in most batches: they go from one sender to one target.
    private int FindOther(PID pid, ref NewPid added)
    {
        var wire = tag == WireFormat.Batch.Targets
            ? new WirePid(HoldsIds ? "" : _translation!.PeerAddress, null, pid.Id)
            : _translation!.Sender(pid);
        var hash = Hash(wire);
        var index = IndexOf(wire, hash);
        if (index >= 0)
        {
            Remember(pid, index);
            return index;
        }

        added = new NewPid(pid, wire, hash, HoldsIds ? wire.IdLength : wire.MessageSize(0));
        return Count;
    }

    private void AddNew(in NewPid added)
    {
        Reserve(added.Size);
        Occupy(added.Hash, Count);
        Remember(added.Pid!, Count);
        _entries[Count++] = new Entry(added.Wire, added.Hash);
        var position = WireFormat.WriteField(_bytes, Size, tag, (uint)added.Length);
        Size = HoldsIds ? added.Wire.WriteId(_bytes, position) : added.Wire.WriteMessage(_bytes, position, 0);
    }

    private int IndexOf(in WirePid pid, int hash)
    {
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

    private void Remember(PID pid, int index) => (_lastId, _lastAddress, _lastIndex) = (pid.Id, pid.Address, index);

    private void Reserve(int size)
    {
        if (2 * (Count + 1) > _slots.Length)
        {
            _slots = new Slot[Math.Max(InitialSlots, 2 * _slots.Length)];
            for (var index = 0; index < Count; index++)
            {
                Occupy(_entries[index].Hash, index);
            }
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(InitialSlots / 2, 2 * Count));
        }

        if (Size + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Size + size, Math.Max(256, 2 * _bytes.Length)));
        }
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

    private readonly record struct Slot(long Batch, int Index);

    private readonly record struct Entry(WirePid Pid, int Hash);
}

/// <summary>A PID that a message brings into a table; the default is none.</summary>
internal readonly record struct NewPid(PID? Pid, WirePid Wire, int Hash, int Length)
{
    /// <summary>Bytes of the entry on the wire, tag and length included.</summary>
    internal int Size => Pid is null ? 0 : WireFormat.DelimitedSize(Length);
}
