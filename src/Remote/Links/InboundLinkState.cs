namespace Remote;

/// <summary>A link that leads here, with or without a stream. The table's lock guards its setters.</summary>
internal sealed class InboundLinkState(LinkOffer offer, string systemId, string address, string dialled)
{
    public LinkId Id { get; } = offer.Id;

    /// <summary>The incarnation at the other end.</summary>
    public string SystemId { get; } = systemId;

    /// <summary>The address that the peer says it has: a system id is no secret, and does not make two peers one.</summary>
    public string Address { get; } = address;

    /// <summary>The address under which the peer reached us.</summary>
    public string Dialled { get; } = dialled;

    /// <summary>The dial that the link belongs to now: the latest one.</summary>
    public ulong Attempt { get; internal set; } = offer.Attempt;

    public LinkReceiver Receiver { get; } = new();

    /// <summary>The stream that owns the link; <see langword="null"/> when it was lost.</summary>
    public ILinkCarrier? Owner { get; private set; }

    /// <summary>
    /// The certificate that came with its last stream; <see langword="null"/> without one. Whoever holds the link may come with another one, which was
    /// renewed.
    /// </summary>
    public string? Certificate { get; private set; }

    public TimeSpan LostAt { get; private set; }

    /// <summary>Whether the table has forgotten it. Its reader ends.</summary>
    public bool IsEnded { get; internal set; }

    /// <summary>
    /// The traffic that comes in on the link, whichever stream carries it; <see langword="null"/> until the stream that opened the link
    /// has got its share of the node's credit. Set once.
    /// </summary>
    public LinkInflow? Inflow { get; internal set; }

    /// <summary>The client whose link it is, which ends with it; set once.</summary>
    public ClientSession? Client { get; set; }

    /// <summary>A stream owns it from here on.</summary>
    internal void Attach(ILinkCarrier stream) => (Owner, Certificate) = (stream, stream.Certificate);

    /// <summary>The stream that owned it was lost.</summary>
    internal void Lose(TimeSpan now) => (Owner, LostAt) = (null, now);
}

/// <summary>A stream that carries a link, as far as the next stream of the link needs to know it.</summary>
internal interface ILinkCarrier
{
    /// <summary>Completes when nothing of the stream is read or written any more.</summary>
    Task Ended { get; }

    /// <summary>The certificate that its peer has shown; <see langword="null"/> without one.</summary>
    string? Certificate { get; }

    void Abort();
}

/// <summary>The answer to an offer.</summary>
internal enum LinkOpen
{
    /// <summary>The link was made and belongs to the stream.</summary>
    New,

    /// <summary>It is known and belongs to the stream now.</summary>
    Resumed,

    /// <summary>It is known and a former stream has it: abort that, await its reader, then <see cref="LinkTable.TryClaim"/>.</summary>
    TakeOver,

    /// <summary>Answer Unknown: it was established once and is not known here, or it is over here.</summary>
    Unknown,

    /// <summary>A later dial of the link came first: ABORTED.</summary>
    Stale,

    /// <summary>
    /// Another link of the same system to the same address has a stream, or is kept for whoever showed another certificate: ALREADY_EXISTS.
    /// </summary>
    LiveElsewhere,

    /// <summary>It is the link of another system: PERMISSION_DENIED.</summary>
    Foreign,

    /// <summary>There are too many: RESOURCE_EXHAUSTED.</summary>
    TooMany,

    /// <summary>There are too many of this system: RESOURCE_EXHAUSTED.</summary>
    TooManyOfSystem,
}

/// <summary>The answer of <see cref="LinkTable.Open"/>: the link of a New, Resumed or TakeOver, and the stream to abort for that.</summary>
internal readonly record struct LinkOpening(LinkOpen Open, InboundLinkState? Link = null, ILinkCarrier? Former = null);

/// <summary>How many links a node keeps, and how long without a stream.</summary>
/// <param name="Retention">How long a link without a stream is kept: longer than a peer's whole reconnect schedule.</param>
/// <param name="PerSystem">Links of one peer with one certificate: one for each address under which it reaches us.</param>
/// <param name="PerNode">Links of all peers.</param>
internal sealed record LinkTableLimits(TimeSpan Retention, int PerSystem = 16, int PerNode = 10_000);
