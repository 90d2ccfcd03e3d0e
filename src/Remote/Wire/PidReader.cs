namespace Remote;

/// <summary>An actor.PID as it was read, before it was decided what it means here.</summary>
internal readonly record struct ReadPid(string Address, string Id, uint RequestId);

/// <summary>Reads actor.PID messages.</summary>
internal static class PidReader
{
    /// <summary>Whether the first byte is a tag of actor.PID; ids that begin with such control characters do not occur.</summary>
    internal static bool LooksLikePid(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 0
        && bytes[0] is WireFormat.Actor.Address or WireFormat.Actor.Id or WireFormat.Actor.RequestId;

    /// <summary>False when the bytes are no PID, or one without an id, which nobody can be.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out ReadPid pid)
    {
        var reader = new WireReader(bytes);
        string? address = "";
        string? id = "";
        uint requestId = 0;
        pid = default;
        while (!reader.End)
        {
            if (!reader.TryReadTag(out var tag))
            {
                return false;
            }

            bool read;
            switch (tag)
            {
                case WireFormat.Actor.Address:
                    read = Utf8Text.TryReadField(ref reader, out address);
                    break;
                case WireFormat.Actor.Id:
                    read = Utf8Text.TryReadField(ref reader, out id);
                    break;
                case WireFormat.Actor.RequestId:
                    read = reader.TryReadVarint(out var value);
                    requestId = (uint)value;
                    break;
                default:
                    read = reader.TrySkip(tag);
                    break;
            }

            if (!read)
            {
                return false;
            }
        }

        pid = new ReadPid(address!, id!, requestId);
        return id!.Length > 0;
    }
}
