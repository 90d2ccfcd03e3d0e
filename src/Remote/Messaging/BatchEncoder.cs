using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;

namespace Remote;

/// <summary>
/// Writes messages into one remote.RemoteMessage that holds one batch, byte for byte as the generated classes would. Each payload is
/// serialized once, directly into the pooled memory that becomes the <see cref="Batch"/>:
/// <code>
/// | headroom: head, type names, targets | envelopes ... | senders | sequence, priority |
/// </code>
/// The tables before the envelopes are only known at the end. Room for them is left in front, as much as the last batches needed, and they
/// are filled in backwards; only when they outgrow it are the envelopes moved once. One writer uses it at a time.
/// </summary>
internal sealed partial class BatchEncoder : IDisposable
{
    /// <summary>Tags and values of sequence and priority, which are only known when the batch is finished.</summary>
    internal const int SequenceBytes = 2 + WireFormat.MaxVarintBytes + PriorityBytes;

    private const int PriorityBytes = 2 + 1;

    /// <summary>Tag and length of the batch.</summary>
    private const int MaxHeadBytes = 1 + WireFormat.MaxLengthBytes;

    private readonly EncodeLimits _limits;
    private readonly BatchPool _pool;
    private readonly BatchBuffer _buffer;
    private readonly MessageWriter _messages;
    private readonly BatchTables _tables;
    private OutboundTranslation? _translation;

    internal BatchEncoder(SerializerRegistry registry, EncodeLimits limits, BatchPool? pool = null)
    {
        // A batch may not be larger than a message, and the decoder has its limit of envelopes.
        _limits = limits with
        {
            BatchSize = Math.Min(limits.BatchSize, BatchDecoder.MaxEnvelopes),
            MaxBatchBytes = Math.Min(limits.MaxBatchBytes, limits.MaxMessageBytes),
        };
        _pool = pool ?? new BatchPool();
        _buffer = new BatchBuffer(_pool, _limits);
        _messages = new MessageWriter(registry, _buffer, _limits.MaxMessageBytes);
        _tables = new BatchTables(registry);
    }

    /// <summary>Messages in the batch that is being written.</summary>
    internal int Count { get; private set; }

    /// <summary>Starts a batch. Everything in it is written for the same peer in the same dialect.</summary>
    internal void Begin(OutboundTranslation translation)
    {
        Debug.Assert(Count == 0, "A begun batch is finished or disposed of first: its messages would vanish.");
        _translation = translation;
        _tables.Begin(translation);
    }

    /// <summary>Adds a message. If that fails, the batch is what it was before. Never throws for the content of a message.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="credit">The largest envelope that may be added now.</param>
    internal EncodeResult TryAdd(in RemoteDelivery delivery, long credit = long.MaxValue)
    {
        if (Count == _limits.BatchSize)
        {
            return new EncodeResult(EncodeStatus.BatchFull);
        }

        try
        {
            _buffer.BeginMessage();
            return Add(delivery, credit);
        }
        catch (PayloadTooLargeException tooLarge)
        {
            return new EncodeResult(EncodeStatus.TooLarge, tooLarge.Size);
        }
        catch (Exception error)
        {
            // Serializers are code of the application, and names or headers that are no text are its data: their exceptions are the end of
            // this message and of nothing else. Any other is a fault of the encoder, and the application must not be blamed for it.
            var isOfApplication = _buffer.IsInSerializer || error is EncoderFallbackException;
            return new EncodeResult(isOfApplication ? EncodeStatus.NotSerializable : EncodeStatus.Fault, 0, error);
        }
    }

    /// <summary>A batch to keep the added messages in, for <see cref="Finish"/>.</summary>
    internal Batch Rent() => _pool.Rent();

    /// <summary>Completes the batch and hands its memory over. The encoder is ready for the next batch.</summary>
    /// <param name="sequence">The number of the batch on its link, or 0 when the peer does not number them.</param>
    /// <param name="batch">The batch of <see cref="Rent"/> that keeps the messages; <see langword="null"/> for one that keeps none.</param>
    /// <param name="isPriority">Whether its user messages are paid for with priority credit.</param>
    internal Batch Finish(ulong sequence = 0, Batch? batch = null, bool isPriority = false)
    {
        var tables = _tables.SizeBefore;
        var sequenceSize = (sequence == 0 ? 0 : 2 + WireFormat.VarintSize(sequence)) + (isPriority ? PriorityBytes : 0);
        var batchSize = tables + _buffer.Length + _tables.SizeBehind + sequenceSize;
        var before = 1 + WireFormat.VarintSize((uint)batchSize) + tables;
        _buffer.EnsureAround(before, _tables.SizeBehind + sequenceSize);

        var begin = _buffer.Start - before;
        var position = WireFormat.WriteField(_buffer.Bytes, begin, WireFormat.Batch.MessageBatch, (uint)batchSize);
        _tables.WriteBefore(_buffer.Bytes, position);
        _tables.WriteBehind(_buffer.Bytes, _buffer.Position);
        _buffer.Position += _tables.SizeBehind;
        if (sequence != 0)
        {
            position = WireFormat.WriteVarint(_buffer.Bytes, _buffer.Position, WireFormat.Batch.Sequence);
            _buffer.Position = WireFormat.WriteVarint(_buffer.Bytes, position, sequence);
        }

        if (isPriority)
        {
            position = WireFormat.WriteVarint(_buffer.Bytes, _buffer.Position, WireFormat.Batch.Priority);
            _buffer.Position = WireFormat.WriteVarint(_buffer.Bytes, position, 1);
        }

        batch ??= _pool.Rent();
        Debug.Assert(batch.Count is 0 || batch.Count == Count, "The deliveries are those of the bytes.");
        batch.Fill(sequence, _buffer.Take(begin, MaxHeadBytes + tables), isPriority);
        Clear();
        return batch;
    }

    /// <summary>Forgets the batch that is being written and gives its memory back. Finished batches live on.</summary>
    public void Dispose()
    {
        _pool.ReturnBytes(_buffer.Take());
        _refused = null;
        Clear();
    }

    private void Clear()
    {
        _tables.Clear();
        Count = 0;
    }

    private EncodeResult Add(in RemoteDelivery delivery, long credit)
    {
        var shared = delivery.MessageOrShared as SharedMessage;
        var message = shared is null ? delivery.MessageOrShared : shared.Message;
        var slot = Find(message);
        if (slot is { Type.Form: OutboundForm.Root })
        {
            // What is sent instead is made for each link, and so is not shared.
            message = _messages.ToSerialized(message, _translation!);
            shared = null;
            slot = Find(message);
        }

        if (slot is null or { Type.Form: OutboundForm.Root })
        {
            return new EncodeResult(EncodeStatus.NotSerializable, 0, new UnregisteredTypeException(message.GetType()));
        }

        var draft = new EnvelopeDraft { Type = slot, Credit = credit };
        var type = slot.Type;
        if (_refused is { } refused)
        {
            _refused = null;
            if (ReferenceEquals(refused.Message, message))
            {
                return AddEncoded(delivery, message, refused.Type, refused.Payload, draft);
            }
        }

        // A message with PIDs has other bytes for each peer, and one of the core too: they are not shared.
        if (type.Form == OutboundForm.Opaque || (shared is not null && type is { Pids: null, Form: not OutboundForm.Core }))
        {
            return AddApart(delivery, message, shared, draft);
        }

        _tables.Fill(delivery, ref draft);
        return type switch
        {
            { Form: OutboundForm.Core } => AddCore(message, draft),
            { Pids: { } pids } => AddProtobuf(_messages.Translate((IMessage)message, pids, _translation!), draft),
            { Form: OutboundForm.Protobuf } => AddProtobuf((IMessage)message, draft),
            _ => AddJson(message, draft),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TypeSlot? Find(object message)
    {
        // The serializers are asked for a name when a type is seen first.
        _buffer.IsInSerializer = true;
        var slot = _tables.FindType(message);
        _buffer.IsInSerializer = false;
        return slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private EncodeResult AddProtobuf(IMessage message, in EnvelopeDraft draft)
    {
        var size = _messages.SizeOf(message);
        if (!TryReserve(draft, size, out var envelopeSize, out var refusal))
        {
            return refusal;
        }

        var position = draft.Fields.WriteBeforePayload(_buffer.Bytes, _buffer.Position, envelopeSize, size);
        _messages.Write(message, _buffer.Bytes.AsSpan(position, size));
        return Commit(draft, position + size, envelopeSize);
    }

    private EncodeResult AddCore(object message, in EnvelopeDraft draft)
    {
        var payload = CoreMessages.PayloadOf(message, _translation!);
        var size = payload.Size;
        if (!TryReserve(draft, size, out var envelopeSize, out var refusal))
        {
            return refusal;
        }

        var position = draft.Fields.WriteBeforePayload(_buffer.Bytes, _buffer.Position, envelopeSize, size);
        return Commit(draft, payload.Write(_buffer.Bytes, position), envelopeSize);
    }

    /// <summary>Adds a message whose size is known when it is written: behind the last envelope.</summary>
    private EncodeResult AddJson(object message, in EnvelopeDraft draft)
    {
        _messages.Write(message, draft.Type.Type.Json!);
        var size = _buffer.Payload.Length;
        if (!TryReserve(draft, size, out var envelopeSize, out var refusal))
        {
            // The bytes lie behind the batch, and go away with it.
            Keep(refusal, message, draft.Type.Type, _buffer.Payload.ToArray());
            return refusal;
        }

        // The payload lies behind room for the longest head, and is moved up to the head it really has.
        var position = draft.Fields.WriteBeforePayload(_buffer.Bytes, _buffer.Position, envelopeSize, size);
        _buffer.Payload.CopyTo(_buffer.Bytes.AsSpan(position));
        return Commit(draft, position + size, envelopeSize);
    }

    /// <summary>Checks the limits and makes room for the envelope; only <see cref="Commit"/> adds it.</summary>
    private bool TryReserve(in EnvelopeDraft draft, int payloadSize, out int envelopeSize, out EncodeResult refusal)
    {
        envelopeSize = 0;
        if ((uint)payloadSize > (uint)_limits.MaxMessageBytes)
        {
            refusal = new EncodeResult(EncodeStatus.TooLarge, payloadSize < 0 ? int.MaxValue : payloadSize);
            return false;
        }

        envelopeSize = draft.Fields.Size(payloadSize);
        var added = WireFormat.DelimitedSize(envelopeSize);
        var tables = MaxHeadBytes + _tables.SizeBeforeWith(draft);
        var rest = _buffer.Length + added + _tables.SizeBehindWith(draft) + SequenceBytes;
        if (Math.Max(_buffer.Start, tables) + rest > _limits.MaxBatchBytes && (Count > 0 || tables + rest > _limits.MaxMessageBytes))
        {
            refusal = Count > 0 ? new EncodeResult(EncodeStatus.BatchFull) : new EncodeResult(EncodeStatus.TooLarge, tables + rest);
            return false;
        }

        if (envelopeSize > draft.Credit)
        {
            refusal = new EncodeResult(EncodeStatus.NoCredit, envelopeSize);
            return false;
        }

        refusal = default;
        _buffer.Ensure(_buffer.Position + added);
        return true;
    }

    /// <summary>Makes a written message count: only here do the tables of the batch grow.</summary>
    private EncodeResult Commit(in EnvelopeDraft draft, int position, int envelopeSize)
    {
        _buffer.Position = draft.Fields.WriteAfterPayload(_buffer.Bytes, position);
        Count++;
        _tables.Add(draft);
        return new EncodeResult(EncodeStatus.Added, envelopeSize);
    }
}
