using System.Buffers;

namespace Remote;

/// <summary>
/// A finished batch: one complete gRPC frame in pooled memory, ready for the transport. Whoever holds it owns the memory
/// until <see cref="Dispose"/>; copies of the struct are the same ownership, and only the first Dispose of any counts.
/// </summary>
internal readonly struct EncodedBatch : IDisposable
{
    private readonly BatchSegment? _segment;
    private readonly int _version;

    internal EncodedBatch(BatchSegment segment)
    {
        _segment = segment;
        _version = segment.Version;
    }

    /// <summary>Whether there is no batch at all: the default value.</summary>
    internal bool IsEmpty => _segment is null;

    /// <summary>The frame with its five-byte prefix.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    internal ReadOnlyMemory<byte> Memory => Live.Memory;

    /// <summary>Messages in the batch.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    internal int Count => Live.Count;

    private BatchSegment Live =>
        _segment is { } segment && segment.Version == _version
            ? segment
            : throw new ObjectDisposedException(nameof(EncodedBatch));

    /// <summary>Gives the memory back. Thread-safe; the second time it does nothing.</summary>
    public void Dispose() => _segment?.Release(_version);
}

/// <summary>
/// The memory of one batch. The objects are reused, so each life has a version: an ownership of a former life can
/// neither read nor release the present one.
/// </summary>
internal sealed class BatchSegment(BatchSegmentPool pool)
{
    private byte[] _array = [];
    private int _start;
    private int _length;
    private int _version;

    internal int Version => Volatile.Read(ref _version);

    internal int Count { get; private set; }

    internal ReadOnlyMemory<byte> Memory => _array.AsMemory(_start, _length);

    internal void Fill(byte[] array, int start, int length, int count)
    {
        _array = array;
        _start = start;
        _length = length;
        Count = count;
    }

    internal void Release(int version)
    {
        if (Interlocked.CompareExchange(ref _version, version + 1, version) != version)
        {
            return;
        }

        var array = _array;
        _array = [];
        pool.Return(this, array);
    }
}

/// <summary>
/// Arrays and the small objects around them. Batches are finished by the writer and released by whoever learns that they
/// are no longer needed, so both sides are thread-safe.
/// </summary>
internal sealed class BatchSegmentPool(ArrayPool<byte> arrays)
{
    /// <summary>As many batches as a link retains at most; more than that is garbage, not a leak.</summary>
    private const int MaxKept = 64;

    private readonly Lock _gate = new();
    private BatchSegment[] _free = [];
    private int _count;

    internal byte[] RentArray(int bytes) => arrays.Rent(bytes);

    internal void ReturnArray(byte[] array) => arrays.Return(array);

    internal BatchSegment Rent()
    {
        lock (_gate)
        {
            return _count == 0 ? new BatchSegment(this) : _free[--_count];
        }
    }

    internal void Return(BatchSegment segment, byte[] array)
    {
        arrays.Return(array);
        lock (_gate)
        {
            if (_count == MaxKept)
            {
                return;
            }

            if (_count == _free.Length)
            {
                Array.Resize(ref _free, Math.Max(4, _count * 2));
            }

            _free[_count++] = segment;
        }
    }
}
