using System.Collections.Concurrent;

namespace Remote;

/// <summary>The entries of a block list. Remembers and finds, nothing else; thread-safe. Finding takes no lock.</summary>
/// <param name="maxAdvised">The largest number of entries from peers, which decide about their memory. Own entries are not limited.</param>
internal sealed class BlockTable(int maxAdvised)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<(string? SystemId, string? Address), Slot> _slots = new();
    private int _advised;
    private int _version;
    private string[] _shared = [];

    /// <summary>Changes whenever an entry does.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The ids that other nodes are told.</summary>
    public IReadOnlyList<string> Shared => Volatile.Read(ref _shared);

    /// <summary>All entries, the oldest first.</summary>
    public IReadOnlyList<BlockEntry> Entries =>
        [.. _slots.Values.Select(slot => slot.Picture).OrderBy(entry => entry.Since)];

    public Slot? FindSystem(string systemId) => _slots.GetValueOrDefault(Key(systemId, null));

    public Slot? FindAddress(string address) => _slots.GetValueOrDefault(Key(null, address));

    /// <summary>The entry that blocks a peer with this id and address. The id goes before the address.</summary>
    public Slot? Find(string? systemId, string address) => (systemId is null ? null : FindSystem(systemId)) ?? FindAddress(address);

    /// <summary>Adds an entry or replaces that of the same peer; but the advice of a peer replaces nothing.</summary>
    /// <returns>Whether the peer was not blocked before, and is now.</returns>
    public bool Put(BlockEntry entry)
    {
        lock (_gate)
        {
            var key = Key(entry.SystemId, entry.Address);
            var former = _slots.GetValueOrDefault(key);
            if (entry.AdvisedBy is not null && (former is not null || _advised >= maxAdvised))
            {
                return false;
            }

            _advised += (entry.AdvisedBy is null ? 0 : 1) - (former?.Entry.AdvisedBy is null ? 0 : 1);
            _slots[key] = new Slot(former is null ? entry : entry with { Since = former.Entry.Since }, former?.Refusals ?? 0);
            Changed(entry.Share || former is { Entry.Share: true });
            return former is null;
        }
    }

    public BlockEntry? Remove(string? systemId, string? address)
    {
        lock (_gate)
        {
            return _slots.GetValueOrDefault(Key(systemId, address)) is { } slot ? RemoveCore(slot) : null;
        }
    }

    /// <summary>Takes out the entries whose time is up.</summary>
    public IReadOnlyList<BlockEntry> Expire(DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. _slots.Values.Where(slot => slot.Entry.Until <= now).Select(RemoveCore)];
        }
    }

    /// <summary>When the next entry ends; <see langword="null"/>: none does.</summary>
    public DateTimeOffset? NextExpiry()
    {
        lock (_gate)
        {
            return _slots.Values.Min(slot => slot.Entry.Until);
        }
    }

    private BlockEntry RemoveCore(Slot slot)
    {
        _slots.TryRemove(Key(slot.Entry.SystemId, slot.Entry.Address), out _);
        _advised -= slot.Entry.AdvisedBy is null ? 0 : 1;
        Changed(slot.Entry.Share);
        return slot.Picture;
    }

    private static (string? SystemId, string? Address) Key(string? systemId, string? address) =>
        systemId is null ? (null, address) : (systemId, null);

    private void Changed(bool isShared)
    {
        if (isShared)
        {
            var shared = _slots.Values.Where(slot => slot.Entry.Share).Select(slot => slot.Entry.SystemId!);
            Volatile.Write(ref _shared, [.. shared.Order(StringComparer.Ordinal)]);
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
