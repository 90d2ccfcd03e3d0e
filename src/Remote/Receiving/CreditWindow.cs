namespace Remote;

/// <summary>
/// The receiving side of credit: how much user traffic of a link waits in mailboxes here, and what the sender may send in all. It grants
/// one window, and again all that was taken; the messages that one target holds beyond its share can be lent on top.
/// </summary>
/// <remarks>
/// Thread-safe for any number of mailboxes that return and one reader that charges. Both ends count the same for a user message: one
/// message, and the bytes of its envelope without tag and length, which is <see cref="EncodeResult.Size"/> there and
/// <see cref="RefusedEnvelope.Size"/> or the size given to <see cref="IInboundSink.Deliver"/> here. A user message is every envelope that
/// does not hold a system message of the core, whatever lane it was in. An envelope that is refused counts as one: a system message of an
/// honest peer is never refused.
/// </remarks>
internal sealed class CreditWindow(long messages, long bytes)
{
    // All are totals since the link began, but for the loan.
    private AtomicCredit _charged;
    private AtomicCredit _returned;
    private AtomicCredit _announced;
    private AtomicCredit _granted;
    private AtomicCredit _lent;

    /// <summary>The window: so much may wait here.</summary>
    public LinkCredit Max { get; } = new(messages, bytes);

    public LinkCredit Outstanding => _charged.Read() - _returned.Read();

    /// <summary>The highest totals that the sender has been told, or is about to be.</summary>
    public LinkCredit Granted => Max + _granted.Read();

    /// <summary>Whether the sender has passed its credit. Nothing more is accepted from it until actors have taken that much.</summary>
    public bool IsOverdrawn => _charged.Read().Exceeds(Granted);

    public bool HasUnannounced => Free.Exceeds(_announced.Read());

    /// <summary>The credit beyond the first window.</summary>
    private LinkCredit Free => _returned.Read() + _lent.Read();

    /// <summary>
    /// The reader counts user messages. False when the sender had no credit for them: they are delivered all the same, for their batch is
    /// accepted, and the stream ends after it.
    /// </summary>
    /// <param name="count">Messages.</param>
    /// <param name="size">Their bytes.</param>
    /// <param name="granted">The credit at the time when they came. A loan that is granted because of them comes too late for them.</param>
    public bool Charge(int count, long size, in LinkCredit granted)
    {
        var charged = _charged.Read() + new LinkCredit(count, size);
        _charged.Write(charged);
        return !charged.Exceeds(granted);
    }

    /// <summary>Messages were taken, or ended in another way, each once.</summary>
    /// <returns>
    /// Whether a quarter of the window has come free, so that the sender should hear of it at once. Otherwise the next acknowledgement
    /// tells it, which is never far but must not be left out: the sender may be waiting to send one message that takes nearly the whole
    /// window.
    /// </returns>
    public bool Return(int count, long size)
    {
        _returned.Add(count, size);
        var unannounced = Free - _announced.Read();
        return unannounced.Messages >= Max.Messages / 4 || unannounced.Bytes >= Max.Bytes / 4;
    }

    /// <summary>
    /// Sets how much is lent on top of the window. When it falls, as much must be returned right after: an announcement is not taken back,
    /// the next one is only not higher.
    /// </summary>
    public void Lend(LinkCredit loan) => _lent.Write(loan);

    /// <summary>The totals to send now; from here on the sender may use them.</summary>
    public LinkCredit Announce() => Grant(_announced.RaiseTo(Free));

    /// <summary>
    /// The totals to say in a handshake: without the loan. The sender has forgotten which targets are slow and would send them what was
    /// lent to their neighbours; it hears of the loan when it has heard of them.
    /// </summary>
    public LinkCredit AnnounceInHandshake()
    {
        _announced.Write(_returned.Read());
        return Grant(_announced.Read());
    }

    private LinkCredit Grant(LinkCredit announced)
    {
        // Two threads may announce at a time; the larger total of the two must be the one that is remembered.
        _granted.RaiseTo(announced);
        return Max + announced;
    }
}
