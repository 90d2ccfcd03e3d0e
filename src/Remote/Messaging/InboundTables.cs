namespace Remote;

/// <summary>
/// The tables of the batch that is being read, looked up through caches that live as long as the link. An entry that is
/// no text or no PID is null: it costs only the envelopes that use it. Single-threaded.
/// </summary>
internal sealed class InboundTables(SerializerRegistry registry, InboundTranslation translation)
{
    // A link that talks to more actors than this decodes some ids again and again, which is slower but correct.
    private const int MaxPids = 16_384;
    private const int MaxPidBytes = 1024 * 1024;
    private const int MaxNames = 1024;
    private const int MaxNameBytes = 64 * 1024;

    private readonly ByteKeyedCache<InboundName> _knownNames = new(MaxNames, MaxNameBytes);
    private readonly ByteKeyedCache<InboundTarget> _knownTargets = new(MaxPids, MaxPidBytes);
    private readonly ByteKeyedCache<InboundPid> _knownSenders = new(MaxPids, MaxPidBytes);
    private Table<InboundName> _names;
    private Table<InboundPid> _targets;
    private Table<InboundPid> _senders;

    internal TargetDialect Dialect { get; private set; }

    internal int Count => _names.Count + _targets.Count + _senders.Count;

    internal InboundName? Name(int index) => _names[index];

    internal InboundPid? Target(int index) => _targets[index];

    /// <summary>Senders count from 1.</summary>
    internal InboundPid? Sender(int index) => _senders[index - 1];

    internal void AddName(ReadOnlySpan<byte> bytes)
    {
        var name = _knownNames.Find(bytes);
        if (name is null && Utf8Text.TryRead(bytes, out var text))
        {
            name = new InboundName(text, registry);
            _knownNames.Add(bytes, name);
        }

        _names.Add(name);
    }

    internal void AddTarget(ReadOnlySpan<byte> bytes)
    {
        var target = _knownTargets.Find(bytes);
        if (target is null)
        {
            target = ReadTarget(bytes);
            if (target.Pid is not null)
            {
                _knownTargets.Add(bytes, target);
            }
        }

        // One entry that can only be a PID decides: the others may be ids that look like nothing else.
        Dialect = Dialect == TargetDialect.Pids ? Dialect : target.Dialect;
        _targets.Add(target.Pid);
    }

    internal void AddSender(ReadOnlySpan<byte> bytes)
    {
        var sender = _knownSenders.Find(bytes);
        if (sender is null)
        {
            if (PidReader.TryRead(bytes, out var pid))
            {
                sender = new InboundPid(translation.Translate(pid));
                _knownSenders.Add(bytes, sender);
            }
        }

        _senders.Add(sender);
    }

    /// <summary>Forgets the batch, not what its bytes meant.</summary>
    internal void Clear()
    {
        _names.Clear();
        _targets.Clear();
        _senders.Clear();
        Dialect = TargetDialect.Unknown;
    }

    private InboundTarget ReadTarget(ReadOnlySpan<byte> bytes)
    {
        if (PidReader.LooksLikePid(bytes) && PidReader.TryRead(bytes, out var pid))
        {
            return new InboundTarget(new InboundPid(translation.Target(pid)), TargetDialect.Pids);
        }

        // An actor without an id is nobody.
        return bytes.Length > 0 && Utf8Text.TryRead(bytes, out var id)
            ? new InboundTarget(new InboundPid(translation.Target(id)), TargetDialect.Strings)
            : new InboundTarget(null, TargetDialect.Unknown);
    }

    private sealed record InboundTarget(InboundPid? Pid, TargetDialect Dialect);

    /// <summary>A list that answers null instead of throwing, and is emptied without giving up its array.</summary>
    private struct Table<T>
        where T : class
    {
        private T?[]? _entries;

        internal int Count { get; private set; }

        internal readonly T? this[int index] => (uint)index < (uint)Count ? _entries![index] : null;

        internal void Add(T? entry)
        {
            if (_entries is null || Count == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(8, 2 * Count));
            }

            _entries[Count++] = entry;
        }

        internal void Clear()
        {
            if (_entries is not null)
            {
                Array.Clear(_entries, 0, Count);
            }

            Count = 0;
        }
    }
}
