namespace Remote.Tests.Fuzz;

/// <summary>Does something to a frame. Half of what it does keeps the lengths of messages right, or nothing of it would get past the parser.</summary>
internal sealed class FrameMutator(FuzzSource source, IReadOnlyList<byte[]> corpus)
{
    private const int MaxBytes = 16 * 1024;

    public byte[] Mutated()
    {
        var bytes = corpus[source.Below(corpus.Count)];
        for (var count = 1 + source.Below(3); count > 0; count--)
        {
            bytes = !source.Once(16) ? Fields(bytes, depth: 0) : Bytes(bytes);
        }

        return bytes.Length <= MaxBytes ? bytes : bytes[..MaxBytes];
    }

    private byte[] Bytes(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return source.Bytes(8);
        }

        var at = source.Below(bytes.Length);
        switch (source.Below(7))
        {
            case 0:
                return [.. bytes[..at], (byte)source.Below(256), .. bytes[(at + 1)..]];
            case 1:
                return [.. bytes[..at], (byte)(bytes[at] ^ (1 << source.Below(8))), .. bytes[(at + 1)..]];
            case 2:
                return [.. bytes[..at], .. source.Bytes(4), .. bytes[at..]];
            case 3:
                return [.. bytes[..at], .. bytes[(at + 1)..]];
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes[..at], 0x80, 0x80, 0x80, 0x80, (byte)source.Below(16), .. bytes[at..]];
            default:
                var other = corpus[source.Below(corpus.Count)];
                return [.. bytes[..at], .. other.AsSpan(source.Below(other.Length + 1))];
        }
    }

    /// <summary>Takes a message apart and changes one field, or one inside of it; gives back what it got when that is no message.</summary>
    private byte[] Fields(byte[] bytes, int depth)
    {
        if (Split(bytes) is not { Count: > 0 } fields)
        {
            return depth == 0 ? Bytes(bytes) : Content(bytes);
        }

        var at = source.Below(fields.Count);
        var (tag, value) = fields[at];
        switch (source.Below(8))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(source.Below(fields.Count + 1), fields[at]);
                break;
            case 2:
                fields[at] = (((ulong)(1 + source.Below(110)) << 3) | (tag & 7), value);
                break;
            default:
                fields[at] = (tag, (tag & 7) == 2 ? Fields(value, depth + 1) : new ProtoWriter().Varint(source.Number()).ToArray());
                break;
        }

        var changed = new ProtoWriter();
        foreach (var field in fields)
        {
            Write(changed, field);
        }

        return changed.ToArray();
    }

    private byte[] Content(byte[] bytes) => source.Below(4) switch
    {
        0 => source.Text(source.Id()),
        1 => source.Text(source.Address()),
        2 => [],
        _ => Bytes(bytes),
    };

    private static void Write(ProtoWriter message, (ulong Tag, byte[] Value) field)
    {
        message.Varint(field.Tag);
        if ((field.Tag & 7) == 2)
        {
            message.Varint((ulong)field.Value.Length);
        }

        message.Raw(field.Value);
    }

    /// <summary>Numbers and messages or text; other wire types count as no message.</summary>
    private static List<(ulong Tag, byte[] Value)>? Split(byte[] bytes)
    {
        var reader = new WireReader(bytes);
        List<(ulong, byte[])> fields = [];
        while (!reader.End)
        {
            if (!reader.TryReadTag(out var tag))
            {
                return null;
            }

            if ((tag & 7) == 0 && reader.TryReadVarint(out var number))
            {
                fields.Add((tag, new ProtoWriter().Varint(number).ToArray()));
            }
            else if ((tag & 7) == 2 && reader.TryReadBytes(out var value))
            {
                fields.Add((tag, value.ToArray()));
            }
            else
            {
                return null;
            }
        }

        return fields;
    }
}
