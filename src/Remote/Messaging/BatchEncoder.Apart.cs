namespace Remote;

/// <summary>Messages whose payload is made apart from the batch.</summary>
internal sealed partial class BatchEncoder
{
    // Made by a serializer and not taken in, for want of room or credit. It comes again next, and is not serialized a second time.
    private (object Message, OutboundType Type, ReadOnlyMemory<byte> Payload)? _refused;

    /// <summary>
    /// Adds a message whose payload is made elsewhere, and its name with it. Of a message that goes to many targets the first encoder makes
    /// it, and the others copy the bytes.
    /// </summary>
    private EncodeResult AddApart(in RemoteDelivery delivery, object message, SharedMessage? shared, EnvelopeDraft draft)
    {
        var type = draft.Type.Type;
        var payload = shared is null ? _messages.Write(message, ref type) : WriteShared(shared, ref type);
        return AddEncoded(delivery, message, type, payload, draft);
    }

    private EncodeResult AddEncoded(in RemoteDelivery delivery, object message, OutboundType type, ReadOnlyMemory<byte> payload, EnvelopeDraft draft)
    {
        if (type != draft.Type.Type)
        {
            draft.Type = _tables.SlotOf(type);
        }

        _tables.Fill(delivery, ref draft);
        if (!TryReserve(draft, payload.Length, out var envelopeSize, out var refusal))
        {
            Keep(refusal, message, type, payload);
            return refusal;
        }

        var position = draft.Fields.WriteBeforePayload(_buffer.Bytes, _buffer.Position, envelopeSize, payload.Length);
        payload.Span.CopyTo(_buffer.Bytes.AsSpan(position));
        return Commit(draft, position + payload.Length, envelopeSize);
    }

    /// <summary>Keeps what was serialized if the same message comes again; one that is too large does not.</summary>
    private void Keep(in EncodeResult refusal, object message, OutboundType type, ReadOnlyMemory<byte> payload)
    {
        if (refusal.Status is EncodeStatus.BatchFull or EncodeStatus.NoCredit)
        {
            _refused = (message, type, payload);
        }
    }

    private ReadOnlyMemory<byte> WriteShared(SharedMessage shared, ref OutboundType type)
    {
        var state = (Messages: _messages, Type: type);
        var encoded = shared.GetOrEncode(static (message, to) => to.Messages.WriteApart(message, to.Type), state);
        type = encoded.Type;
        return encoded.Payload;
    }
}
