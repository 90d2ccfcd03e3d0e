using System.Diagnostics;
using System.Text;
using Remote.Actors;

namespace Remote;

/// <summary>
/// Writes messages into one remote.RemoteMessage that holds one batch, byte for byte as the generated classes would. Each payload is serialized once, directly into the pooled memory that becomes the
/// <see cref="Batch"/>:
/// <code>
/// | headroom: head, type names, targets | envelopes ... | senders | sequence |
/// </code>
/// The tables before the envelopes are only known at the end. Room for them is left in front, as much as the last
/// batches needed, and they are filled in backwards; only when they outgrow it are the envelopes moved once.
/// One writer uses it at a time.
/// </summary>
internal sealed partial class BatchEncoder : IDisposable
{
    /// <summary>Tag and length of the batch.</summary>
    private const int MaxHeadBytes = 1 + WireFormat.MaxLengthBytes;

    /// <summary>Tag and value of the sequence, which is only known when the batch is finished.</summary>
    private const int SequenceBytes = 2 + WireFormat.MaxVarintBytes;

    /// <summary>Arrays up to here may stay as empty as they are.</summary>
    private const int LargeArrayBytes = 64 * 1024;

    private readonly EncodeLimits _limits;
    private readonly BatchPool _pool;
    private readonly PayloadWriter _payloadWriter;
    private readonly WirePidTable _targets = new();
    private readonly WirePidTable _senders = new();
    private readonly TypeNameTable _types;

    private OutboundTranslation? _translation;
    private byte[] _array = [];
    private int _start;
    private int _position;
    private long _credit;
    private bool _isInSerializer;
    private int _headroom = 128;
    private int _expectedBytes = 256;
    private PidMemory _lastTarget;
    private PidMemory _lastSender;

    internal BatchEncoder(SerializerRegistry registry, EncodeLimits limits, BatchPool? pool = null)
    {
        // A batch may not be larger than a message: who allows less there means less here.
        _limits = limits with
        {
            BatchSize = Math.Min(limits.BatchSize, DecodeLimits.DefaultMaxEnvelopes),
            MaxBatchBytes = Math.Min(limits.MaxBatchBytes, limits.MaxMessageBytes),
        };
        _pool = pool ?? new BatchPool();
        _payloadWriter = new PayloadWriter(this);
        _types = new TypeNameTable(registry);
    }

    /// <summary>Messages in the batch that is being written.</summary>
    internal int Count { get; private set; }

    /// <summary>Starts a batch. Everything in it is written for the same peer in the same dialect.</summary>
    internal void Begin(OutboundTranslation translation)
    {
        Debug.Assert(Count == 0, "A begun batch is finished or abandoned first: its messages would vanish.");
        _translation = translation;
    }

    /// <summary>
    /// Adds a message, or says why not; then the batch is what it was before. Never throws for what a message contains.
    /// </summary>
    /// <param name="delivery">The message.</param>
    /// <param name="credit">The largest envelope that may be added now.</param>
    internal EncodeResult TryAdd(in RemoteDelivery delivery, long credit = long.MaxValue)
    {
        if (Count == _limits.BatchSize)
        {
            return EncodeResult.BatchFull;
        }

        _credit = credit;
        try
        {
            return TryAddCore(delivery);
        }
        catch (PayloadTooLargeException tooLarge)
        {
            return EncodeResult.TooLarge(tooLarge.Size);
        }
        catch (Exception error)
        {
            // Serializers are code of the application, and names or headers that are no text are its data: what they throw is the end of this
            // message and of nothing else. Anything else is a fault of this class, and the application must not be blamed for it.
            return _isInSerializer || error is EncoderFallbackException ? EncodeResult.NotSerializable(error) : EncodeResult.Fault(error);
        }
        finally
        {
            _isInSerializer = false;
        }
    }

    /// <summary>A batch to keep the messages in that are added, for <see cref="Finish"/>.</summary>
    internal Batch Rent() => _pool.Rent();

    /// <summary>Completes the batch and hands its memory over. The encoder is ready for the next batch.</summary>
    /// <param name="sequence">The number of the batch on its link, or 0 when the peer does not number them.</param>
    /// <param name="batch">The batch of <see cref="Rent"/> that kept the messages; <see langword="null"/> for one of the pool that keeps none.</param>
    internal Batch Finish(ulong sequence = 0, Batch? batch = null)
    {
        var tables = _types.Size + _targets.Size;
        var sequenceSize = sequence == 0 ? 0 : 2 + WireFormat.VarintSize(sequence);
        var batchSize = tables + (_position - _start) + _senders.Size + sequenceSize;
        var before = 1 + WireFormat.VarintSize((uint)batchSize) + tables;
        MakeRoom(before, _senders.Size + sequenceSize);

        var begin = _start - before;
        WriteHead(begin, batchSize);
        _senders.Bytes.CopyTo(_array.AsSpan(_position));
        _position += _senders.Size;
        if (sequence != 0)
        {
            _position = WireFormat.WriteVarint(_array, _position, WireFormat.Batch.Sequence);
            _position = WireFormat.WriteVarint(_array, _position, sequence);
        }

        var length = _position - begin;
        Adapt(MaxHeadBytes + tables, length);
        begin = Fit(begin, length);
        batch ??= _pool.Rent();
        Debug.Assert(batch.Count is 0 || batch.Count == Count, "The deliveries are those of the bytes.");
        batch.Fill(sequence, _array, begin, length);
        _array = [];
        Clear();
        return batch;
    }

    /// <summary>Forgets the batch that is being written.</summary>
    internal void Abandon()
    {
        _pool.ReturnBytes(_array);
        _array = [];
        Clear();
    }

    /// <summary>Gives back what an unfinished batch holds. Finished batches live on.</summary>
    public void Dispose() => Abandon();

    private void WriteHead(int begin, int batchSize)
    {
        var head = _array.AsSpan(begin, _start - begin);
        var position = WireFormat.WriteField(head, 0, WireFormat.Batch.MessageBatch, (uint)batchSize);
        position = _types.Write(head, position);
        _targets.Bytes.CopyTo(head[position..]);
    }

    /// <summary>Sees to it that the tables fit before the envelopes and the rest after them.</summary>
    private void MakeRoom(int before, int after)
    {
        var envelopes = _position - _start;
        if (before <= _start)
        {
            Ensure(_position + after, _position);
            return;
        }

        Ensure(before + envelopes + after, _position);
        _array.AsSpan(_start, envelopes).CopyTo(_array.AsSpan(before));
        _start = before;
        _position = before + envelopes;
    }

    /// <summary>
    /// A finished batch may be retained for long: one that fills little of a large array is moved to a smaller one. That
    /// happens after a burst, and with serializers that ask for far more than they use.
    /// </summary>
    private int Fit(int begin, int length)
    {
        if (_array.Length <= LargeArrayBytes || _array.Length / 4 <= length)
        {
            return begin;
        }

        var smaller = _pool.RentBytes(length);
        _array.AsSpan(begin, length).CopyTo(smaller);
        _pool.ReturnBytes(_array);
        _array = smaller;
        return 0;
    }

    /// <summary>Follows a rise at once and a fall slowly, so that a steady load rents the right array from the start.</summary>
    private void Adapt(int headroom, int length)
    {
        // Not more than a quarter of a batch: one giant name must not take the room of the messages after it.
        headroom = Math.Min(headroom, _limits.MaxBatchBytes / 4);
        _headroom = headroom >= _headroom ? headroom : _headroom - ((_headroom - headroom) / 8);
        length = Math.Min(length, _limits.MaxBatchBytes);
        _expectedBytes = length >= _expectedBytes ? length : _expectedBytes - ((_expectedBytes - length) / 4);
    }

    private void Clear()
    {
        Count = 0;
        _start = 0;
        _position = 0;
        _types.Clear();
        _targets.Clear();
        _senders.Clear();
        _lastTarget = default;
        _lastSender = default;
    }

    private void Ensure(int bytes, int keep)
    {
        if (bytes > _array.Length)
        {
            Grow(bytes, keep);
        }
    }

    /// <summary>Rents a larger array and takes over what is written up to the position.</summary>
    private void Grow(int bytes, int keep)
    {
        if (_array.Length == 0)
        {
            _array = _pool.RentBytes(Math.Max(bytes, _expectedBytes + SequenceBytes));
            return;
        }

        // Doubling would take an array of twice the limit for the last few bytes below it.
        var wanted = Math.Max(bytes, Math.Min(2 * _array.Length, _limits.MaxBatchBytes));
        var larger = _pool.RentBytes(wanted);
        _array.AsSpan(_start, keep - _start).CopyTo(larger.AsSpan(_start));
        _pool.ReturnBytes(_array);
        _array = larger;
    }

    /// <summary>The PID that was looked up last: most batches go from one sender to one target.</summary>
    private struct PidMemory
    {
        private string? _id;
        private string? _address;

        internal int Index { get; private set; }

        internal readonly bool Is(PID pid) =>
            ReferenceEquals(pid.Id, _id) && ReferenceEquals(pid.Address, _address);

        internal void Remember(PID pid, int index)
        {
            _id = pid.Id;
            _address = pid.Address;
            Index = index;
        }
    }
}
