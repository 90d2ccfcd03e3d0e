using System.Buffers;
using Google.Protobuf;
using Proto.Mailbox;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// Reads the batches of one link out of the transport's own buffers and hands their messages to a sink. It goes over a batch twice: first
/// over the frame alone, because the senders and the number of the batch stand behind the envelopes, and because a frame that is broken at
/// its end must not be delivered half; then over the envelopes. A bad envelope costs that envelope, a bad frame throws
/// <see cref="MalformedFrameException"/>. One reader uses it at a time.
/// </summary>
internal sealed class BatchDecoder(SerializerRegistry registry, InboundTranslation translation)
{
    /// <summary>
    /// Envelopes in one batch: every node takes so many, and no encoder writes more. A message of 4 MiB has room for two million empty
    /// ones, or for as many table entries that would each become objects here: enough to hurt.
    /// </summary>
    internal const int MaxEnvelopes = 65_536;

    /// <summary>Type names, targets and senders of one batch together: at most one of each per envelope.</summary>
    internal const int MaxTableEntries = 3 * MaxEnvelopes;

    private const string Truncated = "The batch is cut off or holds something that is no field.";

    private readonly InboundTables _tables = new(registry, translation);
    private readonly MessageReader _messages = new(registry, translation);
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

    /// <summary>Checks the whole frame and fills the tables. The other cursor is left behind the tag of the first envelope.</summary>
    private BatchInfo ReadFrame(ref WireReader cursor, ref WireReader envelopes)
    {
        var bytes = cursor.Remaining;
        var count = 0;
        ulong sequence = 0;
        ulong priority = 0;
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
            else if (tag == WireFormat.Batch.Priority)
            {
                Check(cursor.TryReadVarint(out priority));
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

        return new BatchInfo(count, sequence, _tables.Dialect, bytes) { IsPriority = priority != 0 };
    }

    private void SkipEnvelope(ref WireReader cursor, int count)
    {
        if (count > MaxEnvelopes)
        {
            throw new MalformedFrameException($"More than {MaxEnvelopes} envelopes.");
        }

        Check(cursor.TryReadLength(out var length));
        cursor.TryAdvance(length);
    }

    private void ReadTableEntry(ref WireReader cursor, uint tag)
    {
        Check(cursor.TryReadLength(out var length));
        if (_tables.Count == MaxTableEntries)
        {
            throw new MalformedFrameException($"More than {MaxTableEntries} table entries.");
        }

        var bytes = cursor.Take(length, _scratch);
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

    /// <summary>Walks the envelopes again. Their frame was checked: only their contents can be wrong.</summary>
    private void ReadEnvelopes(ref WireReader cursor, int count, IInboundSink sink)
    {
        while (true)
        {
            cursor.TryReadLength(out var length);
            ReadEnvelope(cursor.Take(length, _scratch), sink);
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

    private void ReadEnvelope(ReadOnlySpan<byte> bytes, IInboundSink sink)
    {
        var envelope = default(EnvelopeReader);
        var complete = envelope.TryRead(bytes);
        var target = _tables.Target(envelope.Target);
        var sender = _tables.Sender(envelope.Sender);
        var name = _tables.Name(envelope.TypeId);
        if (!complete || target is null || name is null || (sender is null && envelope.Sender != 0))
        {
            var detail = !complete ? "The envelope is cut off or holds something that is no field."
                : target is null ? $"Target {envelope.Target} is not in the table."
                : name is null ? $"Type {envelope.TypeId} is not in the table."
                : $"Sender {envelope.Sender} is not in the table.";
            Refuse(envelope, new ReadFailure(EnvelopeFault.Malformed, detail), bytes.Length, sink);
            return;
        }

        var message = _messages.Read(name, envelope, out var failure);
        if (message is null)
        {
            Refuse(envelope, failure, bytes.Length, sink);
        }
        else if (message is SystemMessage system)
        {
            sink.DeliverSystem(target.For(envelope.TargetRequestId), system);
        }
        else
        {
            var to = target.For(envelope.TargetRequestId);
            sink.Deliver(to, message, sender?.For(envelope.SenderRequestId), envelope.MakeHeaders(), bytes.Length);
        }
    }

    private void Refuse(in EnvelopeReader envelope, in ReadFailure failure, int size, IInboundSink sink) =>
        sink.Refuse(new RefusedEnvelope(
            failure.Fault,
            failure.Detail,
            _tables.Target(envelope.Target)?.For(envelope.TargetRequestId),
            _tables.Sender(envelope.Sender)?.For(envelope.SenderRequestId),
            _tables.Name(envelope.TypeId)?.Name,
            envelope.SerializerId,
            size,
            failure.Error));

    /// <summary>
    /// A batch that shares its frame with other fields, or is written in several pieces, is legal protobuf that no implementation sends:
    /// the generated classes put it in order.
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
