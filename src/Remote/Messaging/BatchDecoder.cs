using Proto.Mailbox;

namespace Remote;

/// <summary>
/// Reads the batches of one link where they arrived and hands their messages to a sink. It goes over a batch twice: first
/// over the frame alone, because the senders and the number of the batch stand behind the envelopes, and because a frame that is broken at
/// its end must not be delivered half; then over the envelopes. A bad envelope costs that envelope, a bad frame throws
/// <see cref="MalformedFrameException"/>. One reader uses it at a time.
/// </summary>
internal sealed class BatchDecoder(SerializerRegistry registry, InboundTranslation translation, InboundLimits? limits = null)
{
    /// <summary>
    /// Envelopes in one batch: every node takes so many, and no encoder writes more. A message of 4 MiB has room for two million empty
    /// ones, or for as many table entries that would each become objects here: enough to hurt.
    /// </summary>
    internal const int MaxEnvelopes = 65_536;

    /// <summary>Type names, targets and senders of one batch together: at most one of each per envelope.</summary>
    internal const int MaxTableEntries = 3 * MaxEnvelopes;

    private const string Truncated = "The batch is cut off or holds something that is no field.";

    private readonly InboundLimits _limits = limits ?? InboundLimits.Default;
    private readonly InboundTables _tables = new(registry, translation, limits ?? InboundLimits.Default);
    private readonly MessageReader _messages = new(registry, translation, limits ?? InboundLimits.Default);

    /// <summary>Reads one remote.RemoteMessage that holds a batch.</summary>
    /// <exception cref="MalformedFrameException">It does not, or passes a limit; nothing was delivered.</exception>
    internal BatchInfo Decode(ReadOnlySpan<byte> message, IInboundSink sink)
    {
        var reader = new WireReader(message);
        if (!reader.TryReadTag(out var tag) || tag != WireFormat.Batch.MessageBatch
            || !reader.TryReadBytes(out var bytes) || !reader.End)
        {
            bytes = BatchPieces.Join(message);
        }

        try
        {
            var batch = ReadFrame(bytes, out var envelopes);
            if (sink.Accept(batch) && batch.Count > 0)
            {
                ReadEnvelopes(envelopes, batch.Count, sink);
            }

            return batch;
        }
        finally
        {
            _tables.Clear();
        }
    }

    /// <summary>Checks the whole frame and fills the tables. The other reader stands behind the tag of the first envelope.</summary>
    private BatchInfo ReadFrame(ReadOnlySpan<byte> bytes, out WireReader envelopes)
    {
        var reader = new WireReader(bytes);
        var count = 0;
        ulong sequence = 0;
        ulong priority = 0;
        envelopes = reader;
        while (!reader.End)
        {
            if (!reader.TryReadTag(out var tag))
            {
                throw new MalformedFrameException("The batch holds something that is no field.");
            }

            if (tag == WireFormat.Batch.Envelopes)
            {
                if (count++ == 0)
                {
                    envelopes = reader;
                }

                SkipEnvelope(ref reader, count);
            }
            else if (tag == WireFormat.Batch.Sequence)
            {
                Check(reader.TryReadVarint(out sequence));
            }
            else if (tag == WireFormat.Batch.Priority)
            {
                Check(reader.TryReadVarint(out priority));
            }
            else if (tag is WireFormat.Batch.TypeNames or WireFormat.Batch.Targets or WireFormat.Batch.Senders)
            {
                ReadTableEntry(ref reader, tag);
            }
            else
            {
                Check(reader.TrySkip(tag));
            }
        }

        return new BatchInfo(count, sequence, _tables.Dialect, bytes.Length) { IsPriority = priority != 0 };
    }

    private void SkipEnvelope(ref WireReader reader, int count)
    {
        if (count > _limits.Envelopes)
        {
            throw new MalformedFrameException($"More than {_limits.Envelopes} envelopes.");
        }

        Check(reader.TryReadBytes(out _));
    }

    private void ReadTableEntry(ref WireReader reader, uint tag)
    {
        Check(reader.TryReadBytes(out var bytes));
        if (_tables.Count == _limits.TableEntries)
        {
            throw new MalformedFrameException($"More than {_limits.TableEntries} table entries.");
        }

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
    private void ReadEnvelopes(WireReader reader, int count, IInboundSink sink)
    {
        while (true)
        {
            reader.TryReadBytes(out var envelope);
            ReadEnvelope(envelope, sink);
            if (--count == 0)
            {
                return;
            }

            while (reader.TryReadTag(out var tag) && tag != WireFormat.Batch.Envelopes)
            {
                reader.TrySkip(tag);
            }
        }
    }

    private void ReadEnvelope(ReadOnlySpan<byte> bytes, IInboundSink sink)
    {
        var envelope = new EnvelopeReader { MaxHeaderBytes = _limits.HeaderBytes, MaxHeaders = _limits.Headers };
        var complete = envelope.TryRead(bytes);
        var target = _tables.Target(envelope.Target);
        var sender = _tables.Sender(envelope.Sender);
        var name = _tables.Name(envelope.TypeId);
        if (!complete || target is null || name is null || (sender is null && envelope.Sender != 0))
        {
            var detail = !complete ? "The envelope is cut off, holds something that is no field, or has more headers than a message may have."
                : target is null ? $"Target {envelope.Target} is not in the table, is none, or is longer than Inbound.MaxPidBytes."
                : name is null ? $"Type {envelope.TypeId} is not in the table, is no text, or is longer than Inbound.MaxTypeNameBytes."
                : $"Sender {envelope.Sender} is not in the table, is none, or is longer than Inbound.MaxPidBytes.";
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

    private static void Check(bool read)
    {
        if (!read)
        {
            throw new MalformedFrameException(Truncated);
        }
    }
}
