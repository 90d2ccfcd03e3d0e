namespace Remote;

/// <summary>A number of messages and a number of bytes that several threads use. Each of the two is atomic; the pair is not.</summary>
internal struct AtomicCredit
{
    private long _messages;
    private long _bytes;

    public LinkCredit Read() => new(Volatile.Read(ref _messages), Volatile.Read(ref _bytes));

    public void Write(LinkCredit value)
    {
        Volatile.Write(ref _messages, value.Messages);
        Volatile.Write(ref _bytes, value.Bytes);
    }

    public void Add(long messages, long bytes)
    {
        Interlocked.Add(ref _messages, messages);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Raises each number that is smaller than the value, and returns the numbers that hold then.</summary>
    public LinkCredit RaiseTo(LinkCredit value) => new(RaiseTo(ref _messages, value.Messages), RaiseTo(ref _bytes, value.Bytes));

    private static long RaiseTo(ref long number, long value)
    {
        var former = Volatile.Read(ref number);
        while (former < value)
        {
            var seen = Interlocked.CompareExchange(ref number, value, former);
            if (seen == former)
            {
                return value;
            }

            former = seen;
        }

        return former;
    }
}
