using System.Diagnostics.CodeAnalysis;

namespace Remote;

/// <summary>Reads protobuf fields one after the other and hands bytes out in place. A copy of the reader is a bookmark.</summary>
/// <remarks>
/// Every method answers false instead of throwing at malformed bytes: inside an envelope they cost the envelope, and exceptions would be an
/// attacker's tool.
/// </remarks>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    internal readonly bool End => _position == _bytes.Length;

    /// <summary>Reads a tag; false at a tag that no message can have (field 0).</summary>
    internal bool TryReadTag(out uint tag)
    {
        if (_position < _bytes.Length && _bytes[_position] is < 0x80 and > 7 and var single)
        {
            tag = single;
            _position++;
            return true;
        }

        // Cut to 32 bits as by protobuf: a tag that its own classes read must not end a stream here.
        var read = TryReadVarint(out var value);
        tag = (uint)value;
        return read && tag > 7;
    }

    internal bool TryReadVarint(out ulong value)
    {
        if (_position < _bytes.Length && _bytes[_position] < 0x80)
        {
            value = _bytes[_position++];
            return true;
        }

        return TryReadLongVarint(out value);
    }

    /// <summary>Reads a 32-bit field; a wider value is cut, as by protobuf.</summary>
    internal bool TryReadUInt32(out uint value)
    {
        var read = TryReadVarint(out var wide);
        value = (uint)wide;
        return read;
    }

    /// <inheritdoc cref="TryReadUInt32"/>
    internal bool TryReadInt32(out int value)
    {
        var read = TryReadVarint(out var wide);
        value = (int)wide;
        return read;
    }

    /// <summary>Reads a length and as many bytes, if there are as many. A wider length is cut to 32 bits, as by protobuf.</summary>
    internal bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        var read = TryReadUInt32(out var length) && length <= (uint)(_bytes.Length - _position);
        bytes = _bytes.Slice(_position, read ? (int)length : 0);
        _position += bytes.Length;
        return read;
    }

    /// <summary>Reads a length and as much text.</summary>
    internal bool TryReadText([NotNullWhen(true)] out string? text)
    {
        text = null;
        return TryReadBytes(out var bytes) && WireFormat.TryReadText(bytes, out text);
    }

    /// <summary>Skips the value of a field whose tag was read.</summary>
    internal bool TrySkip(uint tag, int depth = 0)
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

    private bool TryAdvance(int count)
    {
        var advances = count <= _bytes.Length - _position;
        _position += advances ? count : 0;
        return advances;
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

    private bool TryReadLongVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 7 * WireFormat.MaxVarintBytes && _position < _bytes.Length; shift += 7)
        {
            var next = _bytes[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
