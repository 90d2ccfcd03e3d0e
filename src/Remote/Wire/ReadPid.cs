namespace Remote;

/// <summary>An actor.PID as it was read, before it is translated to its meaning on this node.</summary>
internal readonly record struct ReadPid(string Address, string Id, uint RequestId)
{
    /// <summary>Reads an actor.PID; false for other bytes, and for a PID without an id, which no process has.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out ReadPid pid)
    {
        var reader = new WireReader(bytes);
        string? address = "";
        string? id = "";
        uint requestId = 0;
        pid = default;
        while (!reader.End)
        {
            var read = reader.TryReadTag(out var tag) && tag switch
            {
                WireFormat.Actor.Address => reader.TryReadText(out address),
                WireFormat.Actor.Id => reader.TryReadText(out id),
                WireFormat.Actor.RequestId => reader.TryReadUInt32(out requestId),
                _ => reader.TrySkip(tag),
            };
            if (!read)
            {
                return false;
            }
        }

        pid = new ReadPid(address!, id!, requestId);
        return id!.Length > 0;
    }
}
