namespace Remote.Testing;

/// <summary>
/// A set of numbers from 0 on that grows as needed, one bit for each. Thread safe; adding takes no lock but where it grows.
/// </summary>
internal sealed class MessageBits
{
    // 65,536 numbers in 8 KiB: small beside the rest of a test, and a million numbers take sixteen of them.
    private const int WordsPerChunk = 1024;
    private const int BitsPerChunk = WordsPerChunk * 64;

    private readonly Lock _growing = new();
    private long[]?[] _chunks = new long[]?[4];
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Adds a number; <see langword="false"/> when it was in the set already.</summary>
    public bool Add(long number)
    {
        var chunk = Chunk((int)(number / BitsPerChunk)) ?? Grow((int)(number / BitsPerChunk));
        var bit = 1L << (int)(number % 64);
        if ((Interlocked.Or(ref chunk[number % BitsPerChunk / 64], bit) & bit) != 0)
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        return true;
    }

    public bool Contains(long number) =>
        Chunk((int)(number / BitsPerChunk)) is { } chunk
        && (Volatile.Read(ref chunk[number % BitsPerChunk / 64]) & (1L << (int)(number % 64))) != 0;

    private long[]? Chunk(int index)
    {
        var chunks = Volatile.Read(ref _chunks);
        return index < chunks.Length ? Volatile.Read(ref chunks[index]) : null;
    }

    private long[] Grow(int index)
    {
        lock (_growing)
        {
            var chunks = _chunks;
            if (index >= chunks.Length)
            {
                Array.Resize(ref chunks, Math.Max(index + 1, chunks.Length * 2));
                Volatile.Write(ref _chunks, chunks);
            }

            if (chunks[index] is not { } chunk)
            {
                chunk = new long[WordsPerChunk];
                Volatile.Write(ref chunks[index], chunk);
            }

            return chunk;
        }
    }
}
