namespace Remote;

/// <summary>
/// The tables of the batch that is being read, looked up through caches that live as long as the link. An entry that is no text or no PID
/// is null: it costs only the envelopes that use it. An index outside of its table is answered with null too. Single-threaded.
/// </summary>
internal sealed class InboundTables(SerializerRegistry registry, InboundTranslation translation, InboundLimits limits)
{
    // A link that talks to more actors than this decodes some ids again and again, which is slower but correct.
    private const int MaxPids = 16_384;
    private const int MaxPidBytes = 4 * 1024 * 1024;
    private const int MaxNames = 1024;
    private const int MaxNameBytes = 512 * 1024;

    // More than the batches of this node have unless it was told otherwise. What one batch of a peer needed beyond that is not kept.
    private const int MaxKept = 16_384;

    private readonly ByteKeyedCache<InboundName> _knownNames = new(MaxNames, MaxNameBytes);
    private readonly ByteKeyedCache<InboundTarget> _knownTargets = new(MaxPids, MaxPidBytes);
    private readonly ByteKeyedCache<InboundPid> _knownSenders = new(MaxPids, MaxPidBytes);
    private readonly List<InboundName?> _names = [];
    private readonly List<InboundPid?> _targets = [];
    private readonly List<InboundPid?> _senders = [];

    internal TargetDialect Dialect { get; private set; }

    internal int Count => _names.Count + _targets.Count + _senders.Count;

    internal InboundName? Name(int index) => At(_names, index);

    internal InboundPid? Target(int index) => At(_targets, index);

    /// <summary>Senders count from 1.</summary>
    internal InboundPid? Sender(int index) => At(_senders, index - 1);

    internal void AddName(ReadOnlySpan<byte> bytes)
    {
        var name = _knownNames.Find(bytes);
        if (name is null && bytes.Length <= limits.TypeNameBytes && WireFormat.TryReadText(bytes, out var text))
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
        if (sender is null && bytes.Length <= limits.PidBytes && ReadPid.TryRead(bytes, out var pid))
        {
            var translated = translation.Learned(translation.Translate(pid));
            sender = new InboundPid(translated, translation.IsOwn(translated));
            _knownSenders.Add(bytes, sender);
        }

        _senders.Add(sender);
    }

    /// <summary>Forgets the batch, but not the meaning of its bytes.</summary>
    internal void Clear()
    {
        foreach (var name in _names)
        {
            name?.ForgetRefusal();
        }

        Clear(_names);
        Clear(_targets);
        Clear(_senders);
        Dialect = TargetDialect.Unknown;
    }

    private static void Clear<T>(List<T> table)
    {
        table.Clear();
        if (table.Capacity > MaxKept)
        {
            table.Capacity = 0;
        }
    }

    private static T? At<T>(List<T?> table, int index)
        where T : class => (uint)index < (uint)table.Count ? table[index] : null;

    private InboundTarget ReadTarget(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > limits.PidBytes)
        {
            return new InboundTarget(null, TargetDialect.Unknown);
        }

        // No id begins with a control character such as the tags of actor.PID.
        var isPid = bytes is [WireFormat.Actor.Address or WireFormat.Actor.Id or WireFormat.Actor.RequestId, ..];
        if (isPid && ReadPid.TryRead(bytes, out var pid))
        {
            return new InboundTarget(new InboundPid(translation.Target(pid)), TargetDialect.Pids);
        }

        // No actor has an empty id.
        return bytes.Length > 0 && WireFormat.TryReadText(bytes, out var id)
            ? new InboundTarget(new InboundPid(translation.Target(id)), TargetDialect.Strings)
            : new InboundTarget(null, TargetDialect.Unknown);
    }

    private sealed record InboundTarget(InboundPid? Pid, TargetDialect Dialect);
}
