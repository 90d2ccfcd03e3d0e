using System.Buffers;

namespace Remote;

/// <summary>
/// The pooled memory of the batch that is being written:
/// <code>
/// | headroom: head, type names, targets | envelopes ... | payload of a serializer
///                                       Start           Position
/// </code>
/// Serializers write into it directly, behind the last envelope. Their bytes count for nothing until <see cref="Position"/> moves, so a
/// serializer that throws half way has only scribbled on free memory.
/// </summary>
internal sealed class BatchBuffer(BatchPool pool, EncodeLimits limits) : IBufferWriter<byte>
{
    /// <summary>Arrays up to this size are kept, however little of them is used.</summary>
    private const int LargeArrayBytes = 64 * 1024;

    /// <summary>For a serializer that does not say how much it wants.</summary>
    private const int DefaultBytes = 256;

    /// <summary>
    /// Serializers ask for more than they use: System.Text.Json for three bytes per character. So a request may pass the limit several
    /// times; the bytes used may not.
    /// </summary>
    private const int MaxRequestFactor = 4;

    private int _headroom = 128;
    private int _expectedBytes = 256;
    private int _payloadStart;
    private int _payloadEnd;

    internal byte[] Bytes { get; private set; } = [];

    /// <summary>The start of the envelopes.</summary>
    internal int Start { get; private set; }

    /// <summary>The end of the envelopes.</summary>
    internal int Position { get; set; }

    /// <summary>Bytes of the envelopes.</summary>
    internal int Length => Position - Start;

    /// <summary>Whether code of the application is running, and not that of the encoder.</summary>
    internal bool IsInSerializer { get; set; }

    /// <summary>The bytes that a serializer has written since <see cref="BeginPayload"/>.</summary>
    internal ReadOnlySpan<byte> Payload => Bytes.AsSpan(_payloadStart, _payloadEnd - _payloadStart);

    /// <summary>A message begins: the first one of a batch decides the headroom.</summary>
    internal void BeginMessage()
    {
        if (Bytes.Length == 0)
        {
            Start = Position = _headroom;
        }
    }

    /// <summary>
    /// A serializer is about to write, behind room for the longest head. The array reaches up to there at least, also for a serializer that
    /// writes nothing: bytes past the end of an array can be neither kept nor moved.
    /// </summary>
    internal void BeginPayload()
    {
        var start = Position + EnvelopeFields.MaxBytesBeforePayload;
        Ensure(start);
        _payloadStart = _payloadEnd = start;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Bytes.Length - _payloadEnd);
        _payloadEnd += count;
        if (Payload.Length > limits.MaxMessageBytes)
        {
            throw new PayloadTooLargeException(Payload.Length);
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureForSerializer(sizeHint);
        return Bytes.AsMemory(_payloadEnd);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureForSerializer(sizeHint);
        return Bytes.AsSpan(_payloadEnd);
    }

    /// <summary>Makes the array reach up to here, and keeps the bytes that are written, those of a serializer too.</summary>
    internal void Ensure(int end)
    {
        if (end > Bytes.Length)
        {
            Grow(end);
        }
    }

    /// <summary>Makes room for so many bytes before the envelopes and after them; moves them once if the headroom is too small.</summary>
    internal void EnsureAround(int before, int after)
    {
        var length = Length;
        Ensure(Math.Max(Start, before) + length + after);
        if (before > Start)
        {
            Bytes.AsSpan(Start, length).CopyTo(Bytes.AsSpan(before));
            Start = before;
            Position = before + length;
        }
    }

    /// <summary>Hands a finished batch over, and learns from it how much the next one will need.</summary>
    /// <param name="begin">The first byte of the batch, which ends at <see cref="Position"/>.</param>
    /// <param name="headroom">Room that its tables have needed.</param>
    internal ArraySegment<byte> Take(int begin, int headroom)
    {
        var length = Position - begin;

        // Not more than a quarter of a batch: one giant name must not take the room of the messages after it.
        headroom = Math.Min(headroom, limits.MaxBatchBytes / 4);
        _headroom = headroom >= _headroom ? headroom : _headroom - ((_headroom - headroom) / 8);

        // A rise is followed at once and a fall slowly: a steady load rents the right array from the start.
        var expected = Math.Min(length, limits.MaxBatchBytes);
        _expectedBytes = expected >= _expectedBytes ? expected : _expectedBytes - ((_expectedBytes - expected) / 4);
        var taken = new ArraySegment<byte>(Take(), begin, length);
        return taken.Array!.Length <= LargeArrayBytes || taken.Array.Length / 4 <= length ? taken : Shrink(taken);
    }

    /// <summary>Hands the array over as it is.</summary>
    internal byte[] Take()
    {
        var bytes = Bytes;
        Bytes = [];
        Start = Position = 0;
        _payloadStart = _payloadEnd = 0;
        return bytes;
    }

    /// <summary>
    /// A finished batch may be retained for long, so one that fills little of a large array is moved to a smaller one. That happens after a
    /// burst, and with serializers that ask for far more than they use.
    /// </summary>
    private ArraySegment<byte> Shrink(ArraySegment<byte> large)
    {
        var small = pool.RentBytes(large.Count);
        large.CopyTo(small);
        pool.ReturnBytes(large.Array!);
        return new ArraySegment<byte>(small, 0, large.Count);
    }

    private void EnsureForSerializer(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (sizeHint > (long)MaxRequestFactor * limits.MaxMessageBytes)
        {
            throw new PayloadTooLargeException(sizeHint / MaxRequestFactor);
        }

        // The serializer has called back: a failure here is a fault of the encoder, not of the application.
        IsInSerializer = false;
        Ensure(_payloadEnd + Math.Max(sizeHint, DefaultBytes));
        IsInSerializer = true;
    }

    private void Grow(int end)
    {
        if (Bytes.Length == 0)
        {
            Bytes = pool.RentBytes(Math.Max(end, _expectedBytes + BatchEncoder.SequenceBytes));
            return;
        }

        // Doubling would take an array of twice the limit for the last few bytes below it.
        var larger = pool.RentBytes(Math.Max(end, Math.Min(2 * Bytes.Length, limits.MaxBatchBytes)));
        var used = Math.Max(Position, _payloadEnd);
        Bytes.AsSpan(Start, used - Start).CopyTo(larger.AsSpan(Start));
        pool.ReturnBytes(Bytes);
        Bytes = larger;
    }
}

/// <summary>Leaves a serializer at the moment it passes the limit; never seen outside the encoder.</summary>
internal sealed class PayloadTooLargeException(int size) : Exception("The message is larger than the limit.")
{
    internal int Size { get; } = size;
}
