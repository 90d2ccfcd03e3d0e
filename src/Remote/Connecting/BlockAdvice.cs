namespace Remote;

/// <summary>
/// The ids that a peer has blocked, as its handshake says. There may be megabytes of them, and what is known of a peer lives as long as its
/// stream: they are let go when they are taken, and where nobody would take them only their number is kept.
/// </summary>
internal sealed class BlockAdvice(int count)
{
    private string[]? _ids;

    public BlockAdvice(string[] ids)
        : this(ids.Length) => _ids = ids;

    public static BlockAdvice None { get; } = new(0);

    /// <summary>How many there were.</summary>
    public int Count { get; } = count;

    /// <summary>The ids, once; <see langword="null"/> when they were not kept.</summary>
    public string[]? Take() => Interlocked.Exchange(ref _ids, null);
}
