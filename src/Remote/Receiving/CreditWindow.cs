namespace Remote;

/// <summary>When the sender should hear of its credit.</summary>
internal enum CreditDue
{
    /// <summary>
    /// With the next acknowledgement, which is never far. It must not be left out: nobody here knows whether the sender waits to send one
    /// message that takes nearly the whole window.
    /// </summary>
    Soon,

    /// <summary>At once: a quarter of the window has come free.</summary>
    Now,
}

/// <summary>
/// The receiving side of credit: how much user traffic of a link waits in mailboxes here, and what the sender may send in all. Grants one
/// window, and again whatever came to its end; what one target holds beyond its share can be lent on top.
/// </summary>
/// <remarks>
/// Thread-safe for any number of mailboxes that return and one reader that charges. What both ends count for a user message: one message,
/// and the bytes of its envelope without tag and length, which is <see cref="EncodeResult.Size"/> there and <see cref="RefusedEnvelope.Size"/>
/// or the size given to <see cref="IInboundSink.Deliver"/> here. A user message is every envelope that does not hold a system message of the
/// core, whatever lane it was in. An envelope that is refused counts as one: a system message of an honest peer is never refused.
/// </remarks>
internal sealed class CreditWindow(long messages, long bytes)
{
    private long _chargedMessages;
    private long _chargedBytes;
    private long _returnedMessages;
    private long _returnedBytes;
    private long _announcedMessages;
    private long _announcedBytes;
    private long _grantedMessages;
    private long _grantedBytes;
    private long _lentMessages;
    private long _lentBytes;

    /// <summary>The window: so much may wait here.</summary>
    public LinkCredit Max { get; } = new(messages, bytes);

    /// <summary>User messages that wait here.</summary>
    public LinkCredit Outstanding => new(
        Volatile.Read(ref _chargedMessages) - Volatile.Read(ref _returnedMessages),
        Volatile.Read(ref _chargedBytes) - Volatile.Read(ref _returnedBytes));

    /// <summary>The highest totals that the sender has been told, or is about to be.</summary>
    public LinkCredit Granted => new(messages + Volatile.Read(ref _grantedMessages), bytes + Volatile.Read(ref _grantedBytes));

    /// <summary>Whether the sender has passed its credit. Nothing more is accepted from it until that has come to its end.</summary>
    public bool IsOverdrawn => Volatile.Read(ref _chargedMessages) > Granted.Messages || Volatile.Read(ref _chargedBytes) > Granted.Bytes;

    /// <summary>
    /// The reader counts user messages. False when the sender had no credit for them: they are delivered all the same, for their batch is accepted, and
    /// the stream ends after it.
    /// </summary>
    /// <param name="count">Messages.</param>
    /// <param name="size">Their bytes.</param>
    /// <param name="granted">What was granted when they came. What is granted because of them, as a loan, comes too late for them.</param>
    public bool Charge(int count, long size, in LinkCredit granted)
    {
        Volatile.Write(ref _chargedMessages, _chargedMessages + count);
        Volatile.Write(ref _chargedBytes, _chargedBytes + size);
        return _chargedMessages <= granted.Messages && _chargedBytes <= granted.Bytes;
    }

    /// <inheritdoc cref="Charge(int, long, in LinkCredit)"/>
    public bool Charge(int count, long size) => Charge(count, size, Granted);

    /// <summary>Messages have come to their end, each once, however it was.</summary>
    public CreditDue Return(int count, long size)
    {
        Interlocked.Add(ref _returnedMessages, count);
        Interlocked.Add(ref _returnedBytes, size);
        var unannouncedMessages = FreeMessages - Volatile.Read(ref _announcedMessages);
        var unannouncedBytes = FreeBytes - Volatile.Read(ref _announcedBytes);
        return unannouncedMessages >= messages / 4 || unannouncedBytes >= bytes / 4 ? CreditDue.Now : CreditDue.Soon;
    }

    /// <summary>Whether there is credit that the sender has not heard of.</summary>
    public bool HasUnannounced =>
        FreeMessages > Volatile.Read(ref _announcedMessages) || FreeBytes > Volatile.Read(ref _announcedBytes);

    private long FreeMessages => Volatile.Read(ref _returnedMessages) + Volatile.Read(ref _lentMessages);

    private long FreeBytes => Volatile.Read(ref _returnedBytes) + Volatile.Read(ref _lentBytes);

    /// <summary>
    /// Sets how much is lent on top of the window. When it falls, as much must be returned right after: what was announced is not taken back,
    /// only not raised.
    /// </summary>
    public void Lend(LinkCredit loan)
    {
        Interlocked.Exchange(ref _lentMessages, loan.Messages);
        Interlocked.Exchange(ref _lentBytes, loan.Bytes);
    }

    /// <summary>The totals to send now; from here on the sender may use them.</summary>
    public LinkCredit Announce() => Grant(
        RaiseTo(ref _announcedMessages, FreeMessages),
        RaiseTo(ref _announcedBytes, FreeBytes));

    /// <summary>
    /// The totals to say in a handshake: without what is lent. The sender has forgotten which targets are slow and would send them what was lent to their
    /// neighbours; it hears of the loan when it has heard of them.
    /// </summary>
    public LinkCredit AnnounceInHandshake()
    {
        Volatile.Write(ref _announcedMessages, Volatile.Read(ref _returnedMessages));
        Volatile.Write(ref _announcedBytes, Volatile.Read(ref _returnedBytes));
        return Grant(Volatile.Read(ref _announcedMessages), Volatile.Read(ref _announcedBytes));
    }

    private LinkCredit Grant(long announcedMessages, long announcedBytes)
    {
        RaiseTo(ref _grantedMessages, announcedMessages);
        RaiseTo(ref _grantedBytes, announcedBytes);
        return new LinkCredit(messages + announcedMessages, bytes + announcedBytes);
    }

    // Two may announce at a time; the smaller total of the two must not be what is remembered.
    private static long RaiseTo(ref long total, long value)
    {
        var former = Volatile.Read(ref total);
        while (former < value)
        {
            var seen = Interlocked.CompareExchange(ref total, value, former);
            if (seen == former)
            {
                return value;
            }

            former = seen;
        }

        return former;
    }
}
