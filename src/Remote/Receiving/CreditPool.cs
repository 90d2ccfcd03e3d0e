namespace Remote;

/// <summary>
/// Bounds the messages of all links of a node, and of streams without one, that wait in its mailboxes. The first get the window they want; the
/// fuller the pool the smaller the windows, but never below the floor, without which the largest message could never be sent. Thread-safe.
/// </summary>
/// <remarks>
/// So the bound is the pool, and from there on the floor for each further link and stream, of which the number is bounded itself; and as much
/// again for the messages that ended links and streams have left in mailboxes. A peer that comes again and again to fill another window is not let in
/// beyond that.
/// </remarks>
internal sealed class CreditPool(long bytes)
{
    // An empty message is an object in a mailbox all the same.
    private const int MessageOverhead = 100;

    private readonly Lock _gate = new();
    private long _rented;
    private long _left;

    /// <summary>Bytes that ended links and streams have left in mailboxes.</summary>
    public long Left => Volatile.Read(ref _left);

    /// <summary>Whether so much is left of former links and streams that no new one is let in until actors have taken some of it.</summary>
    public bool IsExhausted => Left >= bytes;

    /// <summary>The window of a new link or stream in bytes; give it to <see cref="Return"/> when that ends.</summary>
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

    /// <summary>Counts what an ended link or stream holds now. In any order, for the last call reads the last state.</summary>
    public void Count(InboundFlow ended)
    {
        lock (_gate)
        {
            var left = ended.Outstanding.Max(default);
            var now = left.Bytes + (MessageOverhead * left.Messages);
            Volatile.Write(ref _left, _left + now - ended.CountedByPool);
            ended.CountedByPool = now;
        }
    }
}
