using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Remote.Actors;

namespace Remote;

/// <summary>The part that adds one message: look up, measure, check, write, and only then commit.</summary>
internal sealed partial class BatchEncoder
{
    private Utf8JsonWriter? _json;

    private EncodeResult TryAddCore(in RemoteDelivery delivery)
    {
        Debug.Assert(_translation is not null, "Begin says for whom the batch is.");
        var message = delivery.MessageOrShared;
        var shared = message as SharedMessage;
        if (shared is not null)
        {
            message = shared.Message;
        }

        // The serializers are asked for a name when a type is seen first.
        _isInSerializer = true;
        var found = _types.Find(message);
        _isInSerializer = false;
        if (found is not { } slot)
        {
            return EncodeResult.NotSerializable(new UnregisteredTypeException(message.GetType()));
        }

        var draft = new Draft { Type = slot };
        FindType(ref draft);
        FindTarget(delivery.Target, ref draft);
        if (!slot.Type.IsSystem)
        {
            if (delivery.Sender is { } sender)
            {
                FindSender(sender, ref draft);
            }

            draft.Fields.SetHeaders(delivery.Headers);
        }

        if (_array.Length == 0)
        {
            _start = _position = _headroom;
        }

        return slot.Type.Kind switch
        {
            OutboundKind.Core => AddCore(message, ref draft),

            // Its bytes differ from peer to peer.
            OutboundKind.ProtobufWithPids => AddProtobuf(Translate((IMessage)message, slot.Type.Pids!), ref draft),
            _ when shared is not null => AddShared(shared, ref draft),
            OutboundKind.Protobuf => AddProtobuf((IMessage)message, ref draft),
            _ => AddUnmeasured(message, ref draft),
        };
    }

    private void FindType(ref Draft draft)
    {
        if (_types.Contains(draft.Type))
        {
            draft.Fields.TypeId = draft.Type.Index;
        }
        else
        {
            draft.Fields.TypeId = _types.Count;
            draft.NewTypeSize = draft.Type.Type.Entry.Length;
        }

        draft.Fields.SerializerId = draft.Type.Type.SerializerId;
    }

    private void FindTarget(PID target, ref Draft draft)
    {
        draft.Fields.TargetRequestId = target.RequestId;
        if (_lastTarget.Is(target))
        {
            draft.Fields.Target = _lastTarget.Index;
            return;
        }

        draft.Target = new WirePid(_translation!.PidTargets ? _translation.PeerAddress : "", null, target.Id);
        var index = _targets.Find(draft.Target, out draft.TargetHash);
        if (index < 0)
        {
            index = _targets.Count;
            draft.NewTargetSize = WireFormat.DelimitedSize(
                _translation.PidTargets ? draft.Target.MessageSize(0) : draft.Target.IdLength);
        }
        else
        {
            _lastTarget.Remember(target, index);
        }

        draft.Fields.Target = index;
        draft.TargetPid = target;
    }

    private void FindSender(PID sender, ref Draft draft)
    {
        draft.Fields.SenderRequestId = sender.RequestId;
        if (_lastSender.Is(sender))
        {
            draft.Fields.Sender = _lastSender.Index;
            return;
        }

        draft.Sender = _translation!.Sender(sender);
        var index = _senders.Find(draft.Sender, out draft.SenderHash);
        if (index < 0)
        {
            index = _senders.Count;
            draft.NewSenderSize = WireFormat.DelimitedSize(draft.Sender.MessageSize(0));
        }
        else
        {
            _lastSender.Remember(sender, index + 1);
        }

        // On the wire senders count from 1, because 0 means none.
        draft.Fields.Sender = index + 1;
        draft.SenderPid = sender;
    }

    private EncodeResult AddProtobuf(IMessage message, ref Draft draft)
    {
        _isInSerializer = true;
        var payloadSize = message.CalculateSize();
        _isInSerializer = false;
        if (!TryReserve(draft, payloadSize, out var envelopeSize, out var refusal))
        {
            return refusal;
        }

        var position = draft.Fields.WriteBeforePayload(_array, _position, envelopeSize, payloadSize);
        if (payloadSize > 0)
        {
            var payload = _array.AsSpan(position, payloadSize);
            _isInSerializer = true;
            message.WriteTo(payload);
            _isInSerializer = false;
        }

        return Commit(ref draft, position + payloadSize, envelopeSize);
    }

    private EncodeResult AddCore(object message, ref Draft draft)
    {
        var payload = CoreMessages.PayloadOf(message);
        var pid = payload.Pid is null ? default : _translation!.Payload(payload.Pid.Address, payload.Pid.Id);
        var pidSize = payload.Pid is null ? 0 : pid.MessageSize(payload.Pid.RequestId);
        var payloadSize = (payload.Pid is null ? 0 : WireFormat.DelimitedSize(pidSize))
            + (payload.Why == 0 ? 0 : 1 + WireFormat.VarintSize(payload.Why));
        var reason = _translation!.SaysReasons ? payload.Reason : null;
        if (reason is not null)
        {
            payloadSize += WireFormat.VarintSize(WireFormat.Actor.Reason) + WireFormat.VarintSize((uint)reason.Length) + reason.Length;
        }

        if (!TryReserve(draft, payloadSize, out var envelopeSize, out var refusal))
        {
            return refusal;
        }

        var position = draft.Fields.WriteBeforePayload(_array, _position, envelopeSize, payloadSize);
        if (payload.Pid is not null)
        {
            position = WireFormat.WriteField(_array, position, WireFormat.Actor.Pid, (uint)pidSize);
            position = pid.WriteMessage(_array, position, payload.Pid.RequestId);
        }

        if (payload.Why != 0)
        {
            position = WireFormat.WriteField(_array, position, WireFormat.Actor.Why, payload.Why);
        }

        if (reason is not null)
        {
            position = WireFormat.WriteVarint(_array, position, WireFormat.Actor.Reason);
            position = WireFormat.WriteVarint(_array, position, (uint)reason.Length);
            position += Encoding.ASCII.GetBytes(reason, _array.AsSpan(position));
        }

        return Commit(ref draft, position, envelopeSize);
    }

    /// <summary>
    /// JSON and serializers of the application do not know their size beforehand. They write behind the room that the
    /// longest head would take; then the payload is moved up to the head it really has.
    /// </summary>
    private EncodeResult AddUnmeasured(object message, ref Draft draft)
    {
        _payloadWriter.Begin(_position + EnvelopeFields.MaxBytesBeforePayload);
        Serialize(message, draft.Type.Type);
        var payloadSize = _payloadWriter.Written;
        if (!TryReserve(draft, payloadSize, out var envelopeSize, out var refusal))
        {
            return refusal;
        }

        var position = _position + draft.Fields.SizeBeforePayload(envelopeSize, payloadSize);
        _array.AsSpan(_payloadWriter.Start, payloadSize).CopyTo(_array.AsSpan(position));
        draft.Fields.WriteBeforePayload(_array, _position, envelopeSize, payloadSize);
        return Commit(ref draft, position + payloadSize, envelopeSize);
    }

    private void Serialize(object message, OutboundType type)
    {
        _isInSerializer = true;
        SerializeCore(message, type);
        _isInSerializer = false;
    }

    private void SerializeCore(object message, OutboundType type)
    {
        if (type.Json is null)
        {
            type.Serializer!.Serialize(message, _payloadWriter);
            return;
        }

        if (_json is null)
        {
            _json = new Utf8JsonWriter(_payloadWriter);
        }
        else
        {
            _json.Reset(_payloadWriter);
        }

        JsonSerializer.Serialize(_json, message, type.Json);
        _json.Flush();
    }

    /// <summary>Checks the limits and makes room for the envelope, which leaves what is written where it is.</summary>
    private bool TryReserve(in Draft draft, int payloadSize, out int envelopeSize, out EncodeResult refusal)
    {
        envelopeSize = 0;
        if ((uint)payloadSize > (uint)_limits.MaxMessageBytes)
        {
            refusal = EncodeResult.TooLarge(payloadSize < 0 ? int.MaxValue : payloadSize);
            return false;
        }

        envelopeSize = draft.Fields.Size(payloadSize);
        var tables = MaxHeadBytes + _types.Size + draft.NewTypeSize + _targets.Size + draft.NewTargetSize;
        var rest = _position - _start + WireFormat.DelimitedSize(envelopeSize)
            + _senders.Size + draft.NewSenderSize + SequenceBytes;
        var length = Math.Max(_start, tables) + rest;
        if (length > _limits.MaxBatchBytes)
        {
            if (Count > 0)
            {
                refusal = EncodeResult.BatchFull;
                return false;
            }

            if (tables + rest > _limits.MaxMessageBytes)
            {
                refusal = EncodeResult.TooLarge(tables + rest);
                return false;
            }
        }

        if (envelopeSize > _credit)
        {
            refusal = EncodeResult.NoCredit(envelopeSize);
            return false;
        }

        refusal = default;
        var end = _position + WireFormat.DelimitedSize(envelopeSize);
        Ensure(end, Math.Min(_array.Length, Math.Max(_position, _payloadWriter.End)));
        return true;
    }

    /// <summary>PIDs in the message get the addresses they have for the peer; the application's message stays as it is.</summary>
    private IMessage Translate(IMessage message, EmbeddedPids pids)
    {
        var translation = _translation!;
        if (!pids.Any(message, pid => translation.Payload(pid.Address, pid.Id) is var to
            && (to.Client is not null || to.Address != pid.Address)))
        {
            return message;
        }

        var copy = pids.Copy(message);
        pids.Replace(copy, pid => translation.Payload(pid.Address, pid.Id) is var to ? (to.Address, to.FullId) : default);
        return copy;
    }
}
