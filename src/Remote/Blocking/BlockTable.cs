using System.Collections.Concurrent;

namespace Remote;

/// <summary>The outcome of <see cref="BlockTable.Put"/>.</summary>
internal enum BlockPut
{
    /// <summary>Its peer was not blocked before.</summary>
    Added,

    /// <summary>It took the place of another entry for the same peer.</summary>
    Replaced,

    /// <summary>Nothing was changed: there is an entry that counts for more, or there is no room.</summary>
    Ignored,
}

/// <summary>The entries of a block list. Remembers and finds, nothing else; thread-safe. Finding takes no lock.</summary>
/// <param name="maxAdvised">The largest number of entries from peers, which decide about their memory. Own entries are not limited.</param>
internal sealed class BlockTable(int maxAdvised)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Slot> _systems = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Slot> _addresses = new(StringComparer.Ordinal);
    private int _advised;
    private int _version;
    private string[] _shared = [];

    /// <summary>Changes whenever an entry does.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The ids that other nodes are told.</summary>
    public IReadOnlyList<string> Shared => Volatile.Read(ref _shared);

    /// <summary>All entries, the oldest first.</summary>
    public IReadOnlyList<BlockEntry> Entries =>
        [.. _systems.Values.Concat(_addresses.Values).Select(slot => slot.Picture).OrderBy(entry => entry.Since)];

    public Slot? FindSystem(string systemId) => _systems.GetValueOrDefault(systemId);

    public Slot? FindAddress(string address) => _addresses.GetValueOrDefault(address);

    /// <summary>The entry that blocks a peer with this id and address. The id goes before the address.</summary>
    public Slot? Find(string? systemId, string address) => (systemId is null ? null : FindSystem(systemId)) ?? FindAddress(address);

    public BlockPut Put(BlockEntry entry)
    {
        lock (_gate)
        {
            var (table, key) = Place(entry.SystemId, entry.Address);
            table.TryGetValue(key, out var former);
            if (entry.AdvisedBy is not null && (former is not null || _advised >= maxAdvised))
            {
                // A peer's advice changes no entry that was made here, and no earlier advice.
                return BlockPut.Ignored;
            }

            _advised += (entry.AdvisedBy is null ? 0 : 1) - (former?.Entry.AdvisedBy is null ? 0 : 1);
            table[key] = new Slot(former is null ? entry : entry with { Since = former.Entry.Since }, former?.Refusals ?? 0);
            Changed(entry.Share || former is { Entry.Share: true });
            return former is null ? BlockPut.Added : BlockPut.Replaced;
        }
    }

    public BlockEntry? Remove(string? systemId, string? address)
    {
        lock (_gate)
        {
            var (table, key) = Place(systemId, address);
            return table.TryGetValue(key, out var slot) ? RemoveCore(slot) : null;
        }
    }

    /// <summary>Takes out the entries whose time is up.</summary>
    public IReadOnlyList<BlockEntry> Expire(DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. _systems.Values.Concat(_addresses.Values).Where(slot => slot.Entry.Until <= now).ToList().Select(RemoveCore)];
        }
    }

    /// <summary>When the next entry ends; <see langword="null"/>: none does.</summary>
    public DateTimeOffset? NextExpiry()
    {
        lock (_gate)
        {
            return _systems.Values.Concat(_addresses.Values).Min(slot => slot.Entry.Until);
        }
    }

    private BlockEntry RemoveCore(Slot slot)
    {
        var (table, key) = Place(slot.Entry.SystemId, slot.Entry.Address);
        table.TryRemove(key, out _);
        _advised -= slot.Entry.AdvisedBy is null ? 0 : 1;
        Changed(slot.Entry.Share);
        return slot.Picture;
    }

    private (ConcurrentDictionary<string, Slot> Table, string Key) Place(string? systemId, string? address) =>
        systemId is null ? (_addresses, address!) : (_systems, systemId);

    private void Changed(bool isShared)
    {
        if (isShared)
        {
            Volatile.Write(ref _shared, [.. _systems.Values.Where(slot => slot.Entry.Share).Select(slot => slot.Entry.SystemId!).Order(StringComparer.Ordinal)]);
        }

        Interlocked.Increment(ref _version);
    }

    /// <summary>An entry, and how many handshakes it turned away.</summary>
    internal sealed class Slot(BlockEntry entry, long refusals)
    {
        private long _refusals = refusals;

        public BlockEntry Entry => entry;

        public long Refusals => Interlocked.Read(ref _refusals);

        public BlockEntry Picture => entry with { Refusals = Refusals };

        public void Refused() => Interlocked.Increment(ref _refusals);
    }
}
