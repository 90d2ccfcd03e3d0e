using System.Buffers;

namespace Remote;

/// <summary>
/// Walks a message that may lie in hundreds of Kestrel's 4 KiB blocks. Whatever lies in one block is handed out in
/// place; only what straddles a border is copied, into the scratch memory of the caller.
/// A copy of the cursor is a bookmark: it can be walked again from there.
/// </summary>
internal ref struct SequenceCursor
{
    private readonly ReadOnlySequence<byte> _sequence;
    private SequencePosition _next;
    private ReadOnlyMemory<byte> _memory;
    private ReadOnlySpan<byte> _span;
    private int _position;
    private long _after;

    internal SequenceCursor(in ReadOnlySequence<byte> sequence)
    {
        _sequence = sequence;
        _next = sequence.Start;
        _after = sequence.Length;
        NextSegment();
    }

    /// <summary>Bytes that were not read yet.</summary>
    internal readonly long Remaining => _span.Length - _position + _after;

    /// <summary>Reads a tag; false at a tag that no message can have (field 0).</summary>
    internal bool TryReadTag(out uint tag)
    {
        // Protobuf cuts a tag to 32 bits, and so do we: what its own classes read must not end a stream here.
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

    /// <summary>Reads a length that the rest of the message can hold.</summary>
    internal bool TryReadLength(out int length)
    {
        var read = TryReadVarint(out var value) && value <= (ulong)Remaining;
        length = read ? (int)value : 0;
        return read;
    }

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

    /// <summary>
    /// Takes the next bytes, of which there must be enough. The memory behind the span is only made when asked for,
    /// because a span of a memory is not free and most payloads need none.
    /// </summary>
    internal ReadOnlySpan<byte> Take(int length, ScratchBuffer scratch, out CursorSlice slice)
    {
        if (_position == _span.Length && length > 0)
        {
            NextSegment();
        }

        if (length > _span.Length - _position)
        {
            return TakeAcross(length, scratch, out slice);
        }

        var taken = _span.Slice(_position, length);
        slice = new CursorSlice(_memory, _position);
        _position += length;
        return taken;
    }

    private ReadOnlySpan<byte> TakeAcross(int length, ScratchBuffer scratch, out CursorSlice slice)
    {
        var copy = scratch.Get(length);
        slice = new CursorSlice(copy, 0);
        var filled = 0;
        while (filled < length)
        {
            if (_position == _span.Length)
            {
                NextSegment();
            }

            var part = _span[_position..];
            part = part[..Math.Min(part.Length, length - filled)];
            part.CopyTo(copy.Span[filled..]);
            filled += part.Length;
            _position += part.Length;
        }

        return copy.Span;
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
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_position == _span.Length)
            {
                if (_after == 0)
                {
                    return false;
                }

                NextSegment();
            }

            var next = _span[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Goes to the next block that holds anything; a sequence may contain empty ones.</summary>
    private void NextSegment()
    {
        _position = 0;
        _span = default;
        _memory = default;
        while (_span.IsEmpty && _sequence.TryGet(ref _next, out _memory))
        {
            _span = _memory.Span;
        }

        _after -= _span.Length;
    }
}
