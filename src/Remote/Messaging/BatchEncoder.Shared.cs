using Google.Protobuf;
using Remote.Actors;

namespace Remote;

/// <summary>Messages that go to many targets: serialized by whoever comes first, copied by the rest.</summary>
internal sealed partial class BatchEncoder
{
    private EncodeResult AddShared(SharedMessage shared, ref Draft draft)
    {
        var payload = shared.GetOrEncode(static (message, to) => to.Encoder.SerializeApart(message, to.Type), (Encoder: this, draft.Type.Type));
        if (!TryReserve(draft, payload.Length, out var envelopeSize, out var refusal))
        {
            return refusal;
        }

        var position = draft.Fields.WriteBeforePayload(_array, _position, envelopeSize, payload.Length);
        payload.CopyTo(_array, position);
        return Commit(ref draft, position + payload.Length, envelopeSize);
    }

    private byte[] SerializeApart(object message, OutboundType type)
    {
        if (type.Kind == OutboundKind.Protobuf)
        {
            var protobuf = (IMessage)message;
            _isInSerializer = true;
            var size = protobuf.CalculateSize();
            var bytes = (uint)size <= (uint)_limits.MaxMessageBytes
                ? protobuf.ToByteArray()
                : throw new PayloadTooLargeException(size < 0 ? int.MaxValue : size);
            _isInSerializer = false;
            return bytes;
        }

        _payloadWriter.Begin(_position + EnvelopeFields.MaxBytesBeforePayload);
        Serialize(message, type);
        return _array.AsSpan(_payloadWriter.Start, _payloadWriter.Written).ToArray();
    }
}
