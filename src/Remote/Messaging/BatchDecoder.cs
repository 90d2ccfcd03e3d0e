using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Remote.Actors;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// Reads the batches of one link out of the transport's own buffers and hands their messages to a sink. It goes over a
/// batch twice: first over the frame alone, because the senders and the number of the batch stand behind the envelopes
/// and because a frame that is broken at its end must not be delivered half; then over the envelopes.
/// A bad envelope costs that envelope, a bad frame throws <see cref="MalformedFrameException"/>. One reader uses it at a
/// time.
/// </summary>
internal sealed class BatchDecoder(SerializerRegistry registry, DecodeLimits limits, InboundTranslation translation)
{
    private const string Truncated = "The batch is cut off or holds something that is no field.";

    private readonly InboundTables _tables = new(registry, translation);
    private readonly MessageReader _messages = new(translation);
    private readonly ScratchBuffer _scratch = new();

    /// <summary>Reads one remote.RemoteMessage that holds a batch.</summary>
    /// <exception cref="MalformedFrameException">It does not, or passes a limit; nothing was delivered.</exception>
    internal BatchInfo Decode(in ReadOnlySequence<byte> message, IInboundSink sink)
    {
        var cursor = new WireReader(message);
        if (message.Length > int.MaxValue)
        {
            throw new MalformedFrameException("The frame is larger than any message can be.");
        }

        if (!cursor.TryReadTag(out var tag) || tag != WireFormat.Batch.MessageBatch
            || !cursor.TryReadLength(out var length) || length != cursor.Remaining)
        {
            return Decode(Normalize(message), sink);
        }

        try
        {
            var envelopes = cursor;
            var batch = ReadFrame(ref cursor, ref envelopes);
            if (sink.Accept(batch) && batch.Count > 0)
            {
                ReadEnvelopes(ref envelopes, batch.Count, sink);
            }

            return batch;
        }
        finally
        {
            _tables.Clear();
            _scratch.Trim();
        }
    }

    /// <summary>
    /// Checks the whole frame and fills the tables. The other cursor is left behind the tag of the first envelope.
    /// </summary>
    private BatchInfo ReadFrame(ref WireReader cursor, ref WireReader envelopes)
    {
        var bytes = cursor.Remaining;
        var count = 0;
        ulong sequence = 0;
        while (cursor.Remaining > 0)
        {
            if (!cursor.TryReadTag(out var tag))
            {
                throw new MalformedFrameException("The batch holds something that is no field.");
            }

            if (tag == WireFormat.Batch.Envelopes)
            {
                if (count++ == 0)
                {
                    envelopes = cursor;
                }

                SkipEnvelope(ref cursor, count);
            }
            else if (tag == WireFormat.Batch.Sequence)
            {
                Check(cursor.TryReadVarint(out sequence));
            }
            else if (tag is WireFormat.Batch.TypeNames or WireFormat.Batch.Targets or WireFormat.Batch.Senders)
            {
                ReadTableEntry(ref cursor, tag);
            }
            else
            {
                Check(cursor.TrySkip(tag));
            }
        }

        return new BatchInfo(count, sequence, _tables.Dialect, bytes);
    }

    private void SkipEnvelope(ref WireReader cursor, int count)
    {
        if (!cursor.TryReadLength(out var length) || count > limits.MaxEnvelopes)
        {
            throw new MalformedFrameException(
                count > limits.MaxEnvelopes ? $"More than {limits.MaxEnvelopes} envelopes." : Truncated);
        }

        cursor.TryAdvance(length);
    }

    private void ReadTableEntry(ref WireReader cursor, uint tag)
    {
        Check(cursor.TryReadLength(out var length));
        if (_tables.Count == limits.MaxTableEntries)
        {
            throw new MalformedFrameException($"More than {limits.MaxTableEntries} table entries.");
        }

        var bytes = cursor.Take(length, _scratch, out _);
        switch (tag)
        {
            case WireFormat.Batch.TypeNames:
                _tables.AddName(bytes);
                break;
            case WireFormat.Batch.Targets:
                _tables.AddTarget(bytes);
                break;
            default:
                _tables.AddSender(bytes);
                break;
        }
    }

    /// <summary>Walks the envelopes again. Their frame was checked, so nothing here can fail but what is in them.</summary>
    private void ReadEnvelopes(ref WireReader cursor, int count, IInboundSink sink)
    {
        while (true)
        {
            cursor.TryReadLength(out var length);
            var bytes = cursor.Take(length, _scratch, out var slice);
            ReadEnvelope(bytes, slice, sink);
            if (--count == 0)
            {
                return;
            }

            while (cursor.TryReadTag(out var tag) && tag != WireFormat.Batch.Envelopes)
            {
                cursor.TrySkip(tag);
            }
        }
    }

    private void ReadEnvelope(ReadOnlySpan<byte> bytes, in WireSlice slice, IInboundSink sink)
    {
        var envelope = default(EnvelopeReader);
        var complete = envelope.TryRead(bytes);
        var target = _tables.Target(envelope.Target);
        var sender = envelope.Sender == 0 ? null : _tables.Sender(envelope.Sender);
        var name = _tables.Name(envelope.TypeId);
        if (!complete || target is null || name is null || (sender is null && envelope.Sender != 0))
        {
            Refuse(envelope, complete, bytes.Length, sink);
            return;
        }

        if (!TryFindType(name, envelope.SerializerId, out var type, out var error))
        {
            Refuse(envelope, EnvelopeFault.UnknownType, "The type is not registered.", error, bytes.Length, sink);
            return;
        }

        if (!_messages.TryRead(type, envelope.Payload, slice, envelope.PayloadOffset, out var message, out error))
        {
            Refuse(envelope, EnvelopeFault.Malformed, "The payload is no such message.", error, bytes.Length, sink);
            return;
        }

        if (message is SystemMessage system)
        {
            sink.DeliverSystem(target.For(envelope.TargetRequestId), system, bytes.Length);
            return;
        }

        sink.Deliver(
            target.For(envelope.TargetRequestId),
            message,
            sender?.For(envelope.SenderRequestId),
            envelope.MakeHeaders(),
            bytes.Length);
    }

    /// <summary>A serializer of the application is asked whether it knows the name, and may throw at it.</summary>
    private static bool TryFindType(
        InboundName name, int serializerId, [NotNullWhen(true)] out InboundType? type, out Exception? error)
    {
        error = null;
        try
        {
            type = name.Find(serializerId);
        }
        catch (Exception thrown)
        {
            type = null;
            error = thrown;
        }

        return type is not null;
    }

    private void Refuse(in EnvelopeReader envelope, bool complete, int size, IInboundSink sink)
    {
        var detail = !complete ? "The envelope is cut off or holds something that is no field."
            : _tables.Target(envelope.Target) is null ? $"Target {envelope.Target} is not in the table."
            : _tables.Name(envelope.TypeId) is null ? $"Type {envelope.TypeId} is not in the table."
            : $"Sender {envelope.Sender} is not in the table.";
        Refuse(envelope, EnvelopeFault.Malformed, detail, null, size, sink);
    }

    private void Refuse(
        in EnvelopeReader envelope, EnvelopeFault fault, string detail, Exception? error, int size, IInboundSink sink)
    {
        sink.Refuse(new RefusedEnvelope
        {
            Fault = fault,
            Detail = detail,
            Target = _tables.Target(envelope.Target)?.For(envelope.TargetRequestId),
            Sender = _tables.Sender(envelope.Sender)?.For(envelope.SenderRequestId),
            TypeName = _tables.Name(envelope.TypeId)?.Name,
            SerializerId = envelope.SerializerId,
            Size = size,
            Error = error,
        });
    }

    /// <summary>
    /// A batch that shares its frame with other fields, or is written in several pieces, is legal protobuf that nobody
    /// sends: the generated classes put it in order.
    /// </summary>
    private static ReadOnlySequence<byte> Normalize(in ReadOnlySequence<byte> message)
    {
        var parsed = RemoteFrame.Parse(message);
        return parsed.MessageBatch is { } batch
            ? new ReadOnlySequence<byte>(new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray())
            : throw new MalformedFrameException("The frame holds no batch.");
    }

    private static void Check(bool read)
    {
        if (!read)
        {
            throw new MalformedFrameException(Truncated);
        }
    }
}
