namespace Remote;

/// <summary>
/// What all links of a node together may have waiting in its mailboxes. The first links get the window they want; the fuller the pool the
/// smaller the windows, but never below the floor, without which the largest message could never be sent. Thread-safe.
/// </summary>
/// <remarks>
/// So the bound is the larger of the pool and the floor times the number of links, which is bounded itself; and as much again for what links and streams
/// that are over have left in mailboxes. Whoever comes again and again to fill another window is not let in beyond that.
/// </remarks>
internal sealed class CreditPool(long bytes)
{
    // An empty message is an object in a mailbox all the same.
    private const int MessageOverhead = 100;

    private readonly Lock _gate = new();
    private long _rented;
    private long _left;

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

    /// <summary>Bytes that links and streams which are over have left in mailboxes.</summary>
    public long Left
    {
        get
        {
            lock (_gate)
            {
                return _left;
            }
        }
    }

    /// <summary>Whether so much is left of former links and streams that nobody new is let in until actors have taken some of it.</summary>
    public bool IsExhausted => Left >= bytes;

    /// <summary>The window of a new link in bytes; give it to <see cref="Return"/> when the link ends.</summary>
    public long Rent(long wanted, long floor)
    {
        lock (_gate)
        {
            // A quarter of what is left: the pool is never empty, so that late links do not get the floor at once.
            var window = Math.Max(floor, Math.Min(wanted, (bytes - _rented - _left) / 4));
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

    /// <summary>What somebody who is gone has left in mailboxes, and has said before. From any thread, in any order: the last one reads the end of it.</summary>
    /// <param name="leftover">Whose it is; what it reads must be true when it is read, not before.</param>
    public void Count(ILeftover leftover)
    {
        lock (_gate)
        {
            var (messages, size) = leftover.Outstanding;
            var now = Math.Max(0, size) + (MessageOverhead * Math.Max(0, messages));
            _left += now - leftover.Counted;
            leftover.Counted = now;
        }
    }
}

/// <summary>A link, or a stream without one, that is over while messages of it still wait in mailboxes.</summary>
internal interface ILeftover
{
    /// <summary>What waits.</summary>
    (long Messages, long Bytes) Outstanding { get; }

    /// <summary>What the pool has counted of it. Guarded by the pool.</summary>
    long Counted { get; set; }
}
