using System.Buffers;
using System.Diagnostics;
using Remote.Actors;

namespace Remote;

/// <summary>
/// A batch until the peer has acknowledged it: its bytes, to be sent again as they are, and its deliveries, so that they can still become
/// dead letters that name message and sender. The objects are reused.
/// </summary>
/// <remarks>
/// One owner at a time: the writer fills it, the <see cref="LinkOutflow"/> keeps it, and whoever gets it back calls <see cref="Release"/>.
/// </remarks>
internal sealed class RetainedBatch(RetainedBatchPool pool)
{
    // A second message means a flow; most flows are far longer than this, and the pool remembers how long.
    private const int SmallestArray = 16;

    private RemoteDelivery _lone;
    private RemoteDelivery[] _deliveries = [];
    private EncodedBatch _frame;
    private byte[]? _empty;
    private int _released;

    /// <summary>Its number on the link.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Messages in it, control included.</summary>
    public int Count { get; private set; }

    /// <summary>User messages: what the ledger counts, and credit.</summary>
    public int UserMessages { get; private set; }

    /// <summary>Bytes of the envelopes of the user messages.</summary>
    public long UserBytes { get; private set; }

    /// <summary>What credit it takes.</summary>
    public LinkCredit Cost => new(UserMessages, UserBytes);

    /// <summary>The complete gRPC frame.</summary>
    public ReadOnlyMemory<byte> Memory => _empty ?? _frame.Memory;

    /// <summary>The messages, in their order. Valid until <see cref="Release"/>.</summary>
    public ReadOnlySpan<RemoteDelivery> Deliveries =>
        _deliveries.Length == 0 ? new ReadOnlySpan<RemoteDelivery>(in _lone)[..Count] : _deliveries.AsSpan(0, Count);

    /// <summary>Whether the transport may be reading its memory at this moment.</summary>
    internal bool IsBeingWritten { get; set; }

    /// <summary>The writer encoded a message of either lane into the frame to be.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="size">The bytes of its envelope: <see cref="EncodeResult.Size"/>.</param>
    public void Add(in RemoteDelivery delivery, int size)
    {
        Append(new ReadOnlySpan<RemoteDelivery>(in delivery));
        if (delivery.MessageOrShared is not SystemMessage)
        {
            UserMessages++;
            UserBytes += size;
        }
    }

    /// <summary>The writer encoded messages of the user lane into the frame to be.</summary>
    /// <param name="deliveries">The messages; they are copied.</param>
    /// <param name="bytes">The bytes of their envelopes.</param>
    public void AddUser(ReadOnlySpan<RemoteDelivery> deliveries, long bytes)
    {
        Append(deliveries);
        UserMessages += deliveries.Length;
        UserBytes += bytes;
    }

    /// <summary>Gives everything back: the memory, the deliveries, itself. The second time it does nothing, until it is in use again.</summary>
    public void Release()
    {
        Debug.Assert(!IsBeingWritten, "The transport still reads the memory.");
        if (Interlocked.Exchange(ref _released, 1) != 0)
        {
            return;
        }

        Empty();
        _empty = null;
        pool.Return(this);
    }

    internal void Begin() => _released = 0;

    internal void Seal(ulong sequence, EncodedBatch frame)
    {
        Sequence = sequence;
        _frame = frame;
    }

    /// <summary>Makes it the empty batch of a number, to fill the place of one that the peer refuses.</summary>
    internal void SealEmpty(ulong sequence)
    {
        Sequence = sequence;
        _empty = LinkFrames.EmptyBatch(sequence);
    }

    private void Append(ReadOnlySpan<RemoteDelivery> deliveries)
    {
        if (Count == 0 && deliveries.Length == 1)
        {
            _lone = deliveries[0];
        }
        else
        {
            Grow(Count + deliveries.Length);
            deliveries.CopyTo(_deliveries.AsSpan(Count));
        }

        Count += deliveries.Length;
    }

    private void Grow(int count)
    {
        if (count <= _deliveries.Length)
        {
            return;
        }

        var larger = ArrayPool<RemoteDelivery>.Shared.Rent(Math.Max(Math.Max(pool.ExpectedCount, count), Math.Max(SmallestArray, 2 * Count)));
        Deliveries.CopyTo(larger);
        GiveBack(_deliveries, Count);
        _deliveries = larger;
        _lone = default;
    }

    private void Empty()
    {
        pool.Saw(Count);
        GiveBack(_deliveries, Count);
        _deliveries = [];
        _lone = default;
        _frame.Dispose();
        _frame = default;
        Count = 0;
        UserMessages = 0;
        UserBytes = 0;
    }

    // Only the used part is cleared: a pooled array must not keep messages alive, and clearing all of it costs as much as filling it.
    private static void GiveBack(RemoteDelivery[] deliveries, int used)
    {
        if (deliveries.Length > 0)
        {
            deliveries.AsSpan(0, used).Clear();
            ArrayPool<RemoteDelivery>.Shared.Return(deliveries);
        }
    }
}

/// <summary>The objects of one link. Thread-safe: batches come back from whoever made dead letters of them.</summary>
internal sealed class RetainedBatchPool
{
    // As many as a link retains without its reserve; more than that is garbage, not a leak.
    private const int MaxKept = 64;

    private readonly Lock _gate = new();
    private RetainedBatch[] _free = [];
    private int _count;
    private int _expectedCount;

    /// <summary>As many messages as recent batches had.</summary>
    public int ExpectedCount => Volatile.Read(ref _expectedCount);

    public RetainedBatch Rent()
    {
        RetainedBatch? batch = null;
        lock (_gate)
        {
            if (_count > 0)
            {
                batch = _free[--_count];
            }
        }

        batch ??= new RetainedBatch(this);
        batch.Begin();
        return batch;
    }

    internal void Return(RetainedBatch batch)
    {
        lock (_gate)
        {
            if (_count == MaxKept)
            {
                return;
            }

            if (_count == _free.Length)
            {
                Array.Resize(ref _free, Math.Max(4, 2 * _count));
            }

            _free[_count++] = batch;
        }
    }

    // A rise is followed at once, a fall slowly.
    internal void Saw(int count)
    {
        var expected = Volatile.Read(ref _expectedCount);
        Volatile.Write(ref _expectedCount, count >= expected ? count : expected - ((expected - count + 7) / 8));
    }
}
