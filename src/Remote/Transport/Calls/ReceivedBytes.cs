namespace Remote;

/// <summary>What one connection, or one request on it, has received. One thread adds at a time.</summary>
internal sealed class ReceivedBytes : IReceivedBytes
{
    private long _count;

    /// <inheritdoc/>
    public long BytesReceived => Volatile.Read(ref _count);

    /// <summary>Counts what has just come.</summary>
    public void Add(long bytes) => Volatile.Write(ref _count, _count + bytes);
}
