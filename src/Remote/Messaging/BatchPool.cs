using System.Buffers;

namespace Remote;

/// <summary>The batches of one endpoint, and the memory for their bytes. Thread-safe: a batch may come back on another thread.</summary>
internal sealed class BatchPool(ArrayPool<byte>? arrays = null)
{
    // As many as a link retains without its reserve. The garbage collector takes those beyond it.
    private const int MaxKept = 64;

    private readonly ArrayPool<byte> _arrays = arrays ?? ArrayPool<byte>.Shared;
    private readonly Lock _gate = new();
    private readonly Stack<Batch> _free = new();
    private Batch? _first;
    private int _expectedCount;

    /// <summary>The number of messages that recent batches kept.</summary>
    internal int ExpectedCount => Volatile.Read(ref _expectedCount);

    /// <summary>An empty batch; its owner calls <see cref="Batch.Release"/>.</summary>
    internal Batch Rent()
    {
        // Lone messages to a peer without acknowledgements use one batch at a time, which never reaches the lock.
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

    /// <summary>Takes memory back, or the empty array, which no pool owns.</summary>
    internal void ReturnBytes(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            _arrays.Return(bytes);
        }
    }

    /// <summary>A batch comes back that kept so many messages: a rise is followed at once, a fall slowly.</summary>
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
