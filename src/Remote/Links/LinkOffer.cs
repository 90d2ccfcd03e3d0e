namespace Remote;

/// <summary>The dialler's part of the handshake about its link.</summary>
/// <param name="Id">The link.</param>
/// <param name="Attempt">From 1; rises with each dial of the link.</param>
/// <param name="Established">Whether an answer for this link was received before.</param>
/// <param name="ExpectedSystemId">The incarnation that it leads to; <see langword="null"/> before the first answer.</param>
/// <param name="Limits">The dialler's limits.</param>
internal sealed record LinkOffer(LinkId Id, ulong Attempt, bool Established, string? ExpectedSystemId, LinkLimits Limits)
{
    /// <summary>Clients only, for the response direction: the dialler's credit since the link began.</summary>
    public LinkCredit Credit { get; init; }

    /// <summary>As <see cref="LinkAnswer.Priority"/>.</summary>
    public LinkCredit? Priority { get; init; }

    /// <summary>Clients only, for the response direction: the number of the batch that the dialler accepts next. 0: not a client.</summary>
    public ulong NextExpected { get; init; }
}

/// <summary>The acceptor's answer about a link.</summary>
/// <param name="Status">Its knowledge of the link.</param>
/// <param name="NextExpected">The number of the batch that it accepts next; 1 for a new link, 0 for an unknown one.</param>
/// <param name="Credit">Its credit since the link began.</param>
/// <param name="Limits">Its limits.</param>
/// <param name="AdvertisedAddress">
/// The acceptor's address. A dialler goes on by the address that it dialled; it knows by this one what else may speak for the same system.
/// </param>
internal sealed record LinkAnswer(
    LinkStatus Status, ulong NextExpected, LinkCredit Credit, LinkLimits Limits, string? AdvertisedAddress = null)
{
    /// <summary>The credit for priority messages since the link began; <see langword="null"/> when they have none on this stream.</summary>
    public LinkCredit? Priority { get; init; }
}

/// <summary>An acceptor's knowledge of a link. The numbers are those of the wire.</summary>
internal enum LinkStatus
{
    /// <summary>The receive state was made now.</summary>
    New = 0,

    /// <summary>It is known: the dialler goes on at the next expected batch.</summary>
    Resumed = 1,

    /// <summary>It was established once and nothing of it is known here.</summary>
    Unknown = 2,
}
