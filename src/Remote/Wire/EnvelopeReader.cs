using Proto;

namespace Remote;

/// <summary>The fields of one remote.MessageEnvelope, read in place. Its indices are checked where they are used.</summary>
internal ref struct EnvelopeReader
{
    internal int TypeId;
    internal int Target;
    internal int Sender;
    internal int SerializerId;
    internal uint TargetRequestId;
    internal uint SenderRequestId;
    internal ReadOnlySpan<byte> Payload;

    /// <summary>The most that the headers may have.</summary>
    internal required int MaxHeaderBytes;
    internal required int MaxHeaders;

    private HeaderMap _headers;
    private bool _hasHeaders;
    private int _headerBytes;

    /// <summary>Reads the envelope; false when the bytes are no envelope. Fields read before the fault keep their values.</summary>
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

    internal readonly MessageHeader? MakeHeaders() => _hasHeaders ? _headers.ToHeaders() : null;

    private bool TryReadField(ref WireReader reader, uint tag)
    {
        switch (tag)
        {
            case WireFormat.Envelope.MessageData: return reader.TryReadBytes(out Payload);
            case WireFormat.Envelope.MessageHeader: return TryReadHeaders(ref reader);
            case WireFormat.Envelope.TypeId: return reader.TryReadInt32(out TypeId);
            case WireFormat.Envelope.Target: return reader.TryReadInt32(out Target);
            case WireFormat.Envelope.Sender: return reader.TryReadInt32(out Sender);
            case WireFormat.Envelope.SerializerId: return reader.TryReadInt32(out SerializerId);
            case WireFormat.Envelope.TargetRequestId: return reader.TryReadUInt32(out TargetRequestId);
            case WireFormat.Envelope.SenderRequestId: return reader.TryReadUInt32(out SenderRequestId);
            default: return reader.TrySkip(tag);
        }
    }

    // The field may come more than once, and counts together.
    private bool TryReadHeaders(ref WireReader reader)
    {
        _hasHeaders = true;
        return reader.TryReadBytes(out var bytes) && (_headerBytes += bytes.Length) <= MaxHeaderBytes
            && HeaderCodec.TryRead(bytes, ref _headers, MaxHeaders);
    }
}
