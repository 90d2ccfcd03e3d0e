using Remote.Actors;

namespace Remote;

/// <summary>The fields of one remote.MessageEnvelope, read in place.</summary>
internal ref struct EnvelopeReader
{
    internal int TypeId;
    internal int Target;
    internal int Sender;
    internal int SerializerId;
    internal uint TargetRequestId;
    internal uint SenderRequestId;
    internal ReadOnlySpan<byte> Payload;

    /// <summary>Where in the envelope the payload begins.</summary>
    internal int PayloadOffset;

    /// <summary>Null without headers.</summary>
    internal Dictionary<string, string>? Headers;

    /// <summary>Reads the envelope; false when it is not one. What was read before the fault stays in the fields.</summary>
    internal bool TryRead(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        while (!reader.End)
        {
            if (!reader.TryReadTag(out var tag) || !TryReadField(ref reader, tag))
            {
                return false;
            }
        }

        return true;
    }

    internal readonly MessageHeaders? MakeHeaders() => Headers is null ? null : new MessageHeaders(Headers);

    private bool TryReadField(ref WireReader reader, uint tag)
    {
        switch (tag)
        {
            case WireFormat.Envelope.MessageData: return TryReadPayload(ref reader);
            case WireFormat.Envelope.MessageHeader: return TryReadHeaders(ref reader);
            case WireFormat.Envelope.TypeId: return TryReadInt32(ref reader, ref TypeId);
            case WireFormat.Envelope.Target: return TryReadInt32(ref reader, ref Target);
            case WireFormat.Envelope.Sender: return TryReadInt32(ref reader, ref Sender);
            case WireFormat.Envelope.SerializerId: return TryReadInt32(ref reader, ref SerializerId);
            case WireFormat.Envelope.TargetRequestId: return TryReadUInt32(ref reader, ref TargetRequestId);
            case WireFormat.Envelope.SenderRequestId: return TryReadUInt32(ref reader, ref SenderRequestId);
            default: return reader.TrySkip(tag);
        }
    }

    private bool TryReadPayload(ref WireReader reader)
    {
        var read = reader.TryReadBytes(out Payload);
        PayloadOffset = reader.Position - Payload.Length;
        return read;
    }

    private bool TryReadHeaders(ref WireReader reader) =>
        reader.TryReadBytes(out var bytes) && HeaderCodec.TryRead(bytes, Headers ??= []);

    // Protobuf cuts what is wider than the field; an index is checked wherever it is used.
    private static bool TryReadInt32(ref WireReader reader, ref int field)
    {
        var read = reader.TryReadVarint(out var value);
        field = (int)value;
        return read;
    }

    private static bool TryReadUInt32(ref WireReader reader, ref uint field)
    {
        var read = reader.TryReadVarint(out var value);
        field = (uint)value;
        return read;
    }
}
