
namespace Remote;

/// <summary>The messages from other nodes that a foreign mailbox has and has not given out. Each entry leaves once, and takes its credit along.</summary>
/// <remarks>Safe from any thread; the origins are told outside the lock. Credit bounds the number of entries.</remarks>
internal sealed class CreditLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<OriginEnvelope, Entry> _entries = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether all that entered has left.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count == 0;
            }
        }
    }

    public void Enter(OriginEnvelope envelope, IMessageOrigin origin, int size)
    {
        lock (_lock)
        {
            _entries.Add(envelope, new Entry(origin, size, IsPosted: false));
        }
    }

    /// <summary>The mailbox has it; false when it has already given it out.</summary>
    public bool Posted(OriginEnvelope envelope)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(envelope, out var entry))
            {
                return false;
            }

            _entries[envelope] = entry with { IsPosted = true };
            return true;
        }
    }

    /// <summary>False when it has left before.</summary>
    public bool Leave(OriginEnvelope envelope)
    {
        Entry entry;
        lock (_lock)
        {
            if (!_entries.Remove(envelope, out entry))
            {
                return false;
            }
        }

        entry.Origin.Taken(1, entry.Size);
        return true;
    }

    /// <summary>Lets everything leave that the mailbox was given; false when that was nothing.</summary>
    public bool LeavePosted()
    {
        KeyValuePair<OriginEnvelope, Entry>[] posted;
        lock (_lock)
        {
            if (_entries.Count == 0)
            {
                return false;
            }

            posted = [.. _entries.Where(entry => entry.Value.IsPosted)];
            foreach (var (envelope, _) in posted)
            {
                _entries.Remove(envelope);
            }
        }

        foreach (var (_, entry) in posted)
        {
            entry.Origin.Taken(1, entry.Size);
        }

        return posted.Length > 0;
    }

    /// <summary>Everything that has not left, for dead letters. The entries stay: whoever refuses a message lets it leave.</summary>
    public OriginEnvelope[] Left()
    {
        lock (_lock)
        {
            return [.. _entries.Keys];
        }
    }

    private readonly record struct Entry(IMessageOrigin Origin, int Size, bool IsPosted);
}
