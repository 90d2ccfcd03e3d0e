namespace Remote;

/// <summary>The type names of the batch that is being written. Single-threaded.</summary>
internal sealed class TypeNameTable(SerializerRegistry registry)
{
    private readonly Dictionary<Type, TypeSlot> _slots = [];
    private readonly List<OutboundType> _used = [];
    private Type? _lastType;
    private TypeSlot? _lastSlot;
    private uint _batch = 1;

    /// <summary>Bytes of the table on the wire, tags and lengths included.</summary>
    internal int Size { get; private set; }

    internal int Count => _used.Count;

    /// <summary>How messages of this one's type are written; null when nothing takes them.</summary>
    internal TypeSlot? Find(object message)
    {
        var type = message.GetType();
        return type == _lastType ? _lastSlot : FindOther(message, type);
    }

    internal bool Contains(TypeSlot slot) => slot.Batch == _batch;

    internal void Add(TypeSlot slot)
    {
        slot.Index = _used.Count;
        slot.Batch = _batch;
        _used.Add(slot.Type);
        Size += slot.Type.Entry.Length;
    }

    internal int Write(Span<byte> destination, int position)
    {
        foreach (var type in _used)
        {
            type.Entry.CopyTo(destination[position..]);
            position += type.Entry.Length;
        }

        return position;
    }

    internal void Clear()
    {
        _used.Clear();
        Size = 0;
        if (++_batch == 0)
        {
            _slots.Clear();
            _lastType = null;
            _lastSlot = null;
            _batch = 1;
        }
    }

    private TypeSlot? FindOther(object message, Type type)
    {
        if (!_slots.TryGetValue(type, out var slot))
        {
            if (registry.FindOutbound(message) is not { } found)
            {
                return null;
            }

            slot = new TypeSlot(found);
            _slots.Add(type, slot);
        }

        _lastType = type;
        _lastSlot = slot;
        return slot;
    }
}

/// <summary>A type and its index in the batch of the given number; in any other batch it has none yet.</summary>
internal sealed class TypeSlot(OutboundType type)
{
    internal OutboundType Type { get; } = type;

    internal int Index { get; set; }

    internal uint Batch { get; set; }
}
