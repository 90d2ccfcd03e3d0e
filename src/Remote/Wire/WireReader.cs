namespace Remote;

/// <summary>
/// Reads protobuf fields from one contiguous span. Every method answers false instead of throwing when the bytes are
/// not what they claim to be: inside an envelope that costs the envelope, and exceptions would be an attacker's tool.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;

    internal readonly bool End => _position == _data.Length;

    internal readonly int Position => _position;

    /// <summary>Reads a tag; false at a tag that no message can have (field 0).</summary>
    internal bool TryReadTag(out uint tag)
    {
        if (_position < _data.Length && _data[_position] is < 0x80 and > 7 and var single)
        {
            tag = single;
            _position++;
            return true;
        }

        // Protobuf cuts a tag to 32 bits, and so do we: what its own classes read must not end a stream here.
        var read = TryReadVarint(out var value);
        tag = (uint)value;
        return read && tag > 7;
    }

    internal bool TryReadVarint(out ulong value)
    {
        if (_position < _data.Length && _data[_position] < 0x80)
        {
            value = _data[_position++];
            return true;
        }

        return TryReadLongVarint(out value);
    }

    /// <summary>Reads a length and as many bytes.</summary>
    internal bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        if (!TryReadVarint(out var length) || length > (ulong)(_data.Length - _position))
        {
            bytes = default;
            return false;
        }

        bytes = _data.Slice(_position, (int)length);
        _position += (int)length;
        return true;
    }

    /// <summary>Skips the value of a field whose tag was read: fields of the future must not cost anything.</summary>
    internal bool TrySkip(uint tag) => TrySkip(tag, 0);

    private bool TrySkip(uint tag, int depth)
    {
        switch (tag & 7)
        {
            case WireFormat.Varint: return TryReadVarint(out _);
            case WireFormat.Fixed64: return TryAdvance(8);
            case WireFormat.LengthDelimited: return TryReadBytes(out _);
            case WireFormat.StartGroup: return depth < WireFormat.MaxGroupDepth && TrySkipGroup(tag >> 3, depth + 1);
            case WireFormat.Fixed32: return TryAdvance(4);
            default: return false;
        }
    }

    private bool TrySkipGroup(uint field, int depth)
    {
        while (TryReadTag(out var tag))
        {
            if ((tag & 7) == WireFormat.EndGroup)
            {
                return tag >> 3 == field;
            }

            if (!TrySkip(tag, depth))
            {
                return false;
            }
        }

        return false;
    }

    private bool TryAdvance(int count)
    {
        if (_data.Length - _position < count)
        {
            return false;
        }

        _position += count;
        return true;
    }

    private bool TryReadLongVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70 && _position < _data.Length; shift += 7)
        {
            var next = _data[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
