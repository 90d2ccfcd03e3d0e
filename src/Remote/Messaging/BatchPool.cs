using System.Buffers;

namespace Remote;

/// <summary>The batches of one endpoint, and the memory for their bytes. Thread-safe: batches come back from other threads than they left on.</summary>
internal sealed class BatchPool(ArrayPool<byte>? arrays = null)
{
    // As many as a link retains without its reserve; more than that is garbage, not a leak.
    private const int MaxKept = 64;

    private readonly ArrayPool<byte> _arrays = arrays ?? ArrayPool<byte>.Shared;
    private readonly Lock _gate = new();
    private readonly Stack<Batch> _free = new();
    private Batch? _first;
    private int _expectedCount;

    /// <summary>As many messages as recent batches kept.</summary>
    internal int ExpectedCount => Volatile.Read(ref _expectedCount);

    /// <summary>An empty batch; its owner calls <see cref="Batch.Release"/>.</summary>
    internal Batch Rent()
    {
        // One batch at a time, as lone messages to a peer without acknowledgements have it, never reaches the lock.
        var batch = Interlocked.Exchange(ref _first, null) ?? RentLocked();
        batch.Begin();
        return batch;
    }

    internal void Return(Batch batch)
    {
        if (Interlocked.CompareExchange(ref _first, batch, null) is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_free.Count < MaxKept)
            {
                _free.Push(batch);
            }
        }
    }

    internal byte[] RentBytes(int length) => _arrays.Rent(length);

    /// <summary>Takes memory back; one without any is the empty array, which is nobody's.</summary>
    internal void ReturnBytes(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            _arrays.Return(bytes);
        }
    }

    // A rise is followed at once, a fall slowly.
    internal void Saw(int count)
    {
        var expected = Volatile.Read(ref _expectedCount);
        Volatile.Write(ref _expectedCount, count >= expected ? count : expected - ((expected - count + 7) / 8));
    }

    private Batch RentLocked()
    {
        lock (_gate)
        {
            return _free.TryPop(out var batch) ? batch : new Batch(this);
        }
    }
}
