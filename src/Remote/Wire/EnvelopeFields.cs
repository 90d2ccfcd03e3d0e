using Proto;

namespace Remote;

/// <summary>
/// The fields of one remote.MessageEnvelope besides its payload, and their wire form in the order of the field numbers: before and after
/// the payload.
/// </summary>
internal struct EnvelopeFields
{
    /// <summary>Room for all that can stand before a payload: tag and length of the envelope, type id, tag and length.</summary>
    internal const int MaxBytesBeforePayload = 3 * (1 + WireFormat.MaxLengthBytes);

    private MessageHeader? _headers;
    private DeliveryExtras? _traced;
    private int _headerSize;

    internal int TypeId;
    internal int Target;
    internal int Sender;
    internal int SerializerId;
    internal uint TargetRequestId;
    internal uint SenderRequestId;

    /// <param name="headers">The headers of the application.</param>
    /// <param name="traced">Whose trace is written behind them.</param>
    internal void SetHeaders(MessageHeader? headers, DeliveryExtras? traced)
    {
        _headers = headers is { Count: > 0 } ? headers : null;
        _traced = traced;
        _headerSize = (_headers is null ? 0 : HeaderCodec.Size(_headers)) + (traced is null ? 0 : TraceHeaders.Size(traced.Trace));
    }

    /// <summary>Bytes of the envelope without its own tag and length.</summary>
    internal readonly int Size(int payloadSize) =>
        VarintFieldSize((uint)TypeId)
        + (payloadSize == 0 ? 0 : WireFormat.DelimitedSize(payloadSize))
        + VarintFieldSize((uint)Target)
        + VarintFieldSize((uint)Sender)
        + VarintFieldSize((uint)SerializerId)
        + (_headerSize == 0 ? 0 : WireFormat.DelimitedSize(_headerSize))
        + VarintFieldSize(TargetRequestId)
        + VarintFieldSize(SenderRequestId);

    internal readonly int WriteBeforePayload(Span<byte> destination, int position, int envelopeSize, int payloadSize)
    {
        position = WireFormat.WriteField(destination, position, WireFormat.Batch.Envelopes, (uint)envelopeSize);
        position = WriteVarintField(destination, position, WireFormat.Envelope.TypeId, (uint)TypeId);
        return WriteVarintField(destination, position, WireFormat.Envelope.MessageData, (uint)payloadSize);
    }

    internal readonly int WriteAfterPayload(Span<byte> destination, int position)
    {
        position = WriteVarintField(destination, position, WireFormat.Envelope.Target, (uint)Target);
        position = WriteVarintField(destination, position, WireFormat.Envelope.Sender, (uint)Sender);
        position = WriteVarintField(destination, position, WireFormat.Envelope.SerializerId, (uint)SerializerId);
        if (_headerSize > 0)
        {
            position = WireFormat.WriteField(destination, position, WireFormat.Envelope.MessageHeader, (uint)_headerSize);
            position = _headers is null ? position : HeaderCodec.Write(_headers, destination, position);
            position = _traced is null ? position : TraceHeaders.Write(_traced.Trace, destination, position);
        }

        position = WriteVarintField(destination, position, WireFormat.Envelope.TargetRequestId, TargetRequestId);
        return WriteVarintField(destination, position, WireFormat.Envelope.SenderRequestId, SenderRequestId);
    }

    private static int VarintFieldSize(uint value) => value == 0 ? 0 : 1 + WireFormat.VarintSize(value);

    private static int WriteVarintField(Span<byte> destination, int position, byte tag, uint value) =>
        value == 0 ? position : WireFormat.WriteField(destination, position, tag, value);
}
