namespace Remote;

/// <summary>
/// What all links of a node together may have waiting in its mailboxes. The first links get the window they want; the fuller the pool the
/// smaller the windows, but never below the floor, without which the largest message could never be sent. Thread-safe.
/// </summary>
/// <remarks>So the bound is the larger of the pool and the floor times the number of links, which is bounded itself.</remarks>
internal sealed class CreditPool(long bytes)
{
    private readonly Lock _gate = new();
    private long _rented;

    public long Rented
    {
        get
        {
            lock (_gate)
            {
                return _rented;
            }
        }
    }

    /// <summary>The window of a new link in bytes; give it to <see cref="Return"/> when the link ends.</summary>
    public long Rent(long wanted, long floor)
    {
        lock (_gate)
        {
            // A quarter of what is left: the pool is never empty, so that late links do not get the floor at once.
            var window = Math.Max(floor, Math.Min(wanted, (bytes - _rented) / 4));
            _rented += window;
            return window;
        }
    }

    public void Return(long window)
    {
        lock (_gate)
        {
            _rented -= window;
        }
    }
}
