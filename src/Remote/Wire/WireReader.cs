using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Remote;

/// <summary>
/// Reads protobuf fields from one span, or from a message that may lie in hundreds of Kestrel's 4 KiB blocks. Bytes in one block are handed
/// out in place; only those that straddle a border are copied, into the scratch memory of the caller. A copy of the reader is a bookmark.
/// </summary>
/// <remarks>
/// Every method answers false instead of throwing at malformed bytes: inside an envelope they cost the envelope, and exceptions would be an
/// attacker's tool.
/// </remarks>
internal ref struct WireReader
{
    // Not a copy: a reader is made for each envelope, and clearing its fields is a part of the cost.
    private readonly ref readonly ReadOnlySequence<byte> _sequence;
    private SequencePosition _next;
    private ReadOnlySpan<byte> _span;
    private int _position;
    private long _after;

    internal WireReader(ReadOnlySpan<byte> span) => _span = span;

    internal WireReader(in ReadOnlySequence<byte> sequence)
    {
        _sequence = ref sequence;
        _next = sequence.Start;
        _after = sequence.Length;
        NextSegment();
    }

    internal readonly bool End => Remaining == 0;

    /// <summary>Bytes that were not read yet.</summary>
    internal readonly long Remaining => _span.Length - _position + _after;

    /// <summary>Reads a tag; false at a tag that no message can have (field 0).</summary>
    internal bool TryReadTag(out uint tag)
    {
        if (_position < _span.Length && _span[_position] is < 0x80 and > 7 and var single)
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
        if (_position < _span.Length && _span[_position] < 0x80)
        {
            value = _span[_position++];
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

    /// <summary>Reads a length that the rest of the message can hold.</summary>
    internal bool TryReadLength(out int length)
    {
        var read = TryReadVarint(out var value) && value <= (ulong)Remaining;
        length = read ? (int)value : 0;
        return read;
    }

    /// <summary>Reads a length and as many bytes of one span.</summary>
    internal bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(_after == 0, "Bytes that may straddle a border are taken with a scratch buffer.");
        var read = TryReadLength(out var length);
        bytes = _span.Slice(_position, length);
        _position += length;
        return read;
    }

    /// <summary>Reads a length and as much text of one span.</summary>
    internal bool TryReadText([NotNullWhen(true)] out string? text)
    {
        text = null;
        return TryReadBytes(out var bytes) && WireFormat.TryReadText(bytes, out text);
    }

    /// <summary>Passes over so many bytes, if there are as many.</summary>
    internal bool TryAdvance(long count)
    {
        if (count <= _span.Length - _position)
        {
            _position += (int)count;
            return true;
        }

        if (count > Remaining)
        {
            return false;
        }

        while (count > _span.Length - _position)
        {
            count -= _span.Length - _position;
            NextSegment();
        }

        _position = (int)count;
        return true;
    }

    /// <summary>Skips the value of a field whose tag was read.</summary>
    internal bool TrySkip(uint tag, int depth = 0)
    {
        switch (tag & 7)
        {
            case WireFormat.Varint: return TryReadVarint(out _);
            case WireFormat.Fixed64: return TryAdvance(8);
            case WireFormat.LengthDelimited: return TryReadLength(out var length) && TryAdvance(length);
            case WireFormat.StartGroup: return depth < WireFormat.MaxGroupDepth && TrySkipGroup(tag >> 3, depth + 1);
            case WireFormat.Fixed32: return TryAdvance(4);
            default: return false;
        }
    }

    /// <summary>Takes the next bytes, of which there must be enough.</summary>
    internal ReadOnlySpan<byte> Take(int length, ScratchBuffer scratch)
    {
        if (_position == _span.Length && length > 0)
        {
            NextSegment();
        }

        if (length > _span.Length - _position)
        {
            return TakeAcross(length, scratch);
        }

        var taken = _span.Slice(_position, length);
        _position += length;
        return taken;
    }

    private ReadOnlySpan<byte> TakeAcross(int length, ScratchBuffer scratch)
    {
        var copy = scratch.Get(length);
        var filled = 0;
        while (filled < length)
        {
            if (_position == _span.Length)
            {
                NextSegment();
            }

            var part = _span[_position..];
            part = part[..Math.Min(part.Length, length - filled)];
            part.CopyTo(copy[filled..]);
            filled += part.Length;
            _position += part.Length;
        }

        return copy;
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
        var shift = 0;
        do
        {
            foreach (var next in _span[_position..])
            {
                _position++;
                value |= (ulong)(next & 0x7F) << shift;
                shift += 7;
                if (next < 0x80 || shift == 7 * WireFormat.MaxVarintBytes)
                {
                    return next < 0x80;
                }
            }

            NextSegment();
        }
        while (!_span.IsEmpty);

        return false;
    }

    /// <summary>Goes to the next block that holds anything; a sequence may contain empty ones.</summary>
    private void NextSegment()
    {
        _position = 0;
        _span = default;
        while (_span.IsEmpty && _after > 0 && _sequence.TryGet(ref _next, out var memory))
        {
            _span = memory.Span;
        }

        _after -= _span.Length;
    }
}
