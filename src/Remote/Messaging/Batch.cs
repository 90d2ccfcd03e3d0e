using System.Buffers;
using System.Diagnostics;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// A batch on its way out: its encoded bytes in pooled memory, and the deliveries in it for as long as they may still have to become dead
/// letters that name message and sender. A batch without a link is not acknowledged: it keeps no deliveries and is released after its
/// write.
/// </summary>
/// <remarks>
/// It has one owner at a time: the writer collects it, <see cref="BatchEncoder.Finish"/> fills in the bytes, the <see cref="LinkOutflow"/>
/// keeps it until it is acknowledged, and the last owner calls <see cref="Release"/>. The objects are reused.
/// </remarks>
internal sealed class Batch(BatchPool pool)
{
    // A second message means a flow; most flows are far longer than this, and the pool remembers how long.
    private const int SmallestArray = 16;

    private RemoteDelivery _lone;
    private RemoteDelivery[] _deliveries = [];
    private ArraySegment<byte> _bytes = ArraySegment<byte>.Empty;
    private int _isFree;

    /// <summary>Its number on the link, or 0 when the peer does not number batches.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Messages that it keeps, control included.</summary>
    public int Count { get; private set; }

    /// <summary>User messages that it keeps, priority messages too: those that the ledger and credit count.</summary>
    public int UserMessages { get; private set; }

    /// <summary>Whether its user messages are paid for with priority credit.</summary>
    public bool IsPriority { get; private set; }

    /// <summary>Bytes of the envelopes of the user messages.</summary>
    public long UserBytes { get; private set; }

    /// <summary>Its bytes, one remote.RemoteMessage.</summary>
    /// <exception cref="ObjectDisposedException">It was not encoded yet, or was released.</exception>
    public ReadOnlyMemory<byte> Memory => _bytes.Count > 0 ? _bytes : throw new ObjectDisposedException(nameof(Batch));

    /// <summary>The messages that it keeps, in their order. Valid until <see cref="Release"/>.</summary>
    public ReadOnlySpan<RemoteDelivery> Deliveries =>
        _deliveries.Length == 0 ? new ReadOnlySpan<RemoteDelivery>(in _lone)[..Count] : _deliveries.AsSpan(0, Count);

    /// <summary>Whether the transport may be reading its memory at this moment.</summary>
    internal bool IsBeingWritten { get; set; }

    /// <summary>Keeps a control message that was encoded.</summary>
    public void AddControl(in RemoteDelivery delivery)
    {
        Debug.Assert(delivery.MessageOrShared is SystemMessage, "All others cost credit.");
        Append(new ReadOnlySpan<RemoteDelivery>(in delivery));
    }

    /// <summary>Keeps user messages that were encoded.</summary>
    /// <param name="deliveries">The messages; they are copied.</param>
    /// <param name="bytes">The bytes of their envelopes.</param>
    public void AddUser(ReadOnlySpan<RemoteDelivery> deliveries, long bytes)
    {
        Append(deliveries);
        UserMessages += deliveries.Length;
        UserBytes += bytes;
    }

    /// <summary>
    /// Gives everything back: bytes, deliveries, itself. Thread-safe; the second time it does nothing, until it is rented again.
    /// </summary>
    public void Release()
    {
        Debug.Assert(!IsBeingWritten, "The transport still reads the memory.");
        if (Interlocked.Exchange(ref _isFree, 1) != 0)
        {
            return;
        }

        pool.Saw(Count);
        Return(_deliveries, Count);
        pool.ReturnBytes(_bytes.Array!);
        _deliveries = [];
        _lone = default;
        _bytes = ArraySegment<byte>.Empty;
        Count = 0;
        UserMessages = 0;
        UserBytes = 0;
        pool.Return(this);
    }

    internal void Begin() => _isFree = 0;

    /// <summary>Takes over the encoded bytes, in memory that <see cref="BatchPool.RentBytes"/> gave.</summary>
    internal void Fill(ulong sequence, ArraySegment<byte> bytes, bool isPriority = false)
    {
        Debug.Assert(_bytes.Count == 0, "It is encoded once.");
        (Sequence, _bytes, IsPriority) = (sequence, bytes, isPriority);
    }

    /// <summary>Makes it the empty batch of a number, to fill the place of one that the peer refuses.</summary>
    internal void SealEmpty(ulong sequence)
    {
        var empty = LinkFrames.EmptyBatch(sequence);
        var bytes = pool.RentBytes(empty.Length);
        empty.CopyTo(bytes, 0);
        Fill(sequence, new ArraySegment<byte>(bytes, 0, empty.Length));
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

        var wanted = Math.Max(Math.Max(pool.ExpectedCount, count), Math.Max(SmallestArray, 2 * Count));
        var larger = ArrayPool<RemoteDelivery>.Shared.Rent(wanted);
        Deliveries.CopyTo(larger);
        Return(_deliveries, Count);
        _deliveries = larger;
        _lone = default;
    }

    // Only the used part is cleared: a pooled array must not keep messages alive, and clearing all of it costs as much as filling it.
    private static void Return(RemoteDelivery[] deliveries, int used)
    {
        if (deliveries.Length > 0)
        {
            deliveries.AsSpan(0, used).Clear();
            ArrayPool<RemoteDelivery>.Shared.Return(deliveries);
        }
    }
}
