namespace Remote;

/// <summary>The type names of the batch that is being written. Single-threaded.</summary>
internal sealed class TypeNameTable(SerializerRegistry registry)
{
    /// <summary>Beyond so many, a name stands in the table once for each message that bears it.</summary>
    private const int MaxNamesByContent = 1024;

    private readonly Dictionary<Type, TypeSlot> _slots = [];
    private readonly Dictionary<OutboundType, TypeSlot> _byContent = [];
    private readonly List<OutboundType> _used = [];
    private Type? _lastType;
    private TypeSlot? _lastSlot;
    private long _batch = 1;

    /// <summary>Bytes of the table on the wire, tags and lengths included.</summary>
    internal int Size { get; private set; }

    /// <summary>The type of the message; null when it may not be sent.</summary>
    internal TypeSlot? Find(object message)
    {
        var type = message.GetType();
        return type == _lastType ? _lastSlot : FindOther(message, type);
    }

    /// <summary>The slot of a type that a serializer has named by the content of its message.</summary>
    internal TypeSlot SlotOf(OutboundType type)
    {
        if (!_byContent.TryGetValue(type, out var slot))
        {
            slot = new TypeSlot(type);
            if (_byContent.Count < MaxNamesByContent)
            {
                _byContent.Add(type, slot);
            }
        }

        return slot;
    }

    /// <summary>The index of the type in this batch: the one it has, or the one that <see cref="Add"/> will give it.</summary>
    internal int IndexOf(TypeSlot slot) => slot.Batch == _batch ? slot.Index : _used.Count;

    /// <summary>The size of the table when it holds the type.</summary>
    internal int SizeWith(TypeSlot slot) => slot.Batch == _batch ? Size : Size + slot.Type.Entry.Length;

    /// <summary>Adds the type, unless it is there.</summary>
    internal void Add(TypeSlot slot)
    {
        if (slot.Batch != _batch)
        {
            AddNew(slot);
        }
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
        _batch++;
    }

    private void AddNew(TypeSlot slot)
    {
        slot.Index = _used.Count;
        slot.Batch = _batch;
        _used.Add(slot.Type);
        Size += slot.Type.Entry.Length;
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

    internal long Batch { get; set; }
}
