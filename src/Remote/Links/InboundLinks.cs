using Grpc.Core;

namespace Remote;

/// <summary>The links that lead to this node: opening them for streams, keeping them between streams, ending them.</summary>
internal sealed class InboundLinks : IDisposable
{
    private readonly NodeContext _context;
    private readonly LinkTable _table;
    private readonly CreditPool _pool;
    private readonly ITimer _sweeper;

    public InboundLinks(NodeContext context)
    {
        _context = context;
        var options = context.Options.Link;
        _table = new LinkTable(context.ActorSystem.Id, new LinkTableLimits(options.Retention, options.MaxLinksPerSystem, options.MaxLinks));
        _pool = new CreditPool(context.Options.Inbound.MaxBytesPerNode);
        _sweeper = Detached.Timer(context.Time, static links => ((InboundLinks)links!).Sweep(), this);
    }

    /// <summary>Links that are kept, with and without a stream.</summary>
    public int Count => _table.Count;

    /// <summary>
    /// Gives the link that a peer offers to its new stream; <see langword="null"/> when nothing is known of it, which ends the stream
    /// after the answer. A former stream of the link is aborted first, and its reader awaited.
    /// </summary>
    /// <exception cref="RpcException">The link is refused.</exception>
    public async ValueTask<InboundLinkState?> ClaimAsync(InboundStream stream)
    {
        var offer = stream.Peer.Offer!;
        if (!offer.Established)
        {
            ThrowIfExhausted();
        }

        List<InboundLinkState> ended = [];

        // A client has one endpoint here, whichever of our addresses it dialled.
        var dialled = stream.Peer.IsClient ? stream.Peer.Address : stream.DialledAddress;
        var opening = _table.Open(offer, stream.Peer.SystemId, dialled, stream, Now(), ended, stream.Peer.Address);
        stream.Link = opening.Link;
        ended.ForEach(Release);
        return opening.Open switch
        {
            LinkOpen.New => Begin(opening.Link!),
            LinkOpen.Resumed => opening.Link,
            LinkOpen.TakeOver => await TakeOverAsync(opening, offer, stream).ConfigureAwait(false),
            LinkOpen.Unknown => null,
            LinkOpen.Stale =>
                throw CallFailure.Of(StatusCode.Aborted, $"Attempt {offer.Attempt} of the link came after a later one."),
            LinkOpen.LiveElsewhere =>
                throw CallFailure.Of(
                    StatusCode.AlreadyExists, "Another link of the same system to this address has a stream, or is kept for whoever showed another certificate."),
            LinkOpen.Foreign => throw CallFailure.Of(StatusCode.PermissionDenied, "The link belongs to another system."),
            LinkOpen.TooManyOfSystem => throw TooMany(Limit.LinksPerSystem, stream),
            _ => throw TooMany(Limit.Links, stream),
        };
    }

    /// <summary>The stream of a link is over and its reader does nothing any more.</summary>
    public void Detach(InboundLinkState link, InboundStream stream)
    {
        var inflow = link.Inflow!;
        if (inflow.Left.IsCompleted && inflow.Receiver.Accepted == inflow.Receiver.NextExpected - 1)
        {
            End(link);
            return;
        }

        _table.Detach(link, stream, Now());
        SweepLater();
    }

    /// <summary>A system may not speak any more: nothing of its links is kept.</summary>
    public void EndAll(string systemId) => _table.EndAll(systemId, Now()).ForEach(Release);

    /// <summary>A life of a peer has ended: nothing is kept of its links.</summary>
    /// <param name="systemId">What answered there.</param>
    /// <param name="isMeant">Whether the life that has ended is that of a peer which gave this address.</param>
    public void EndAll(string systemId, Func<string, bool> isMeant) => _table.EndAll(systemId, Now(), isMeant).ForEach(Release);

    /// <summary>The answer to a peer about the link that its new stream carries; <see langword="null"/> when it carries none.</summary>
    public LinkAnswer? AnswerTo(InboundStream stream)
    {
        if (stream is not { Peer.Offer: { } offer, Link.Inflow: { } inflow })
        {
            return null;
        }

        var known = inflow.Receiver.NextExpected > 1 || offer.Established;
        var answer = Answer(known ? LinkStatus.Resumed : LinkStatus.New, inflow.Receiver.NextExpected, inflow.AnnounceInHandshake());
        var hasPriority = stream.Peer.Capabilities.HasFlag(StreamCapabilities.Priority);
        return answer with { Priority = inflow.AnnouncePriorityInHandshake(hasPriority) };
    }

    /// <summary>The answer about a link that is not known here: the peer gives up retained batches and comes back with a new one.</summary>
    public LinkAnswer Unknown() => Answer(LinkStatus.Unknown, 0, default);

    public void Dispose() => _sweeper.Dispose();

    private async ValueTask<InboundLinkState> TakeOverAsync(LinkOpening opening, LinkOffer offer, InboundStream stream)
    {
        RemoteLog.LinkTakenOver(_context.Log, stream.Peer.Address);
        var former = opening.Former!;
        former.Abort();
        try
        {
            await former.Ended.WaitAsync(_context.Options.HandshakeTimeout, _context.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw CallFailure.Of(StatusCode.Unavailable, "The former stream of the link has not ended yet.");
        }

        return _table.TryClaim(opening.Link!, offer.Attempt, stream)
            ? opening.Link!
            : throw CallFailure.Of(StatusCode.Aborted, $"The link went elsewhere while attempt {offer.Attempt} waited for its former stream.");
    }

    private RpcException TooMany(Limit limit, InboundStream stream)
    {
        _context.Refusals.Count(limit, _context.Log, stream.Peer.Address);
        return CallFailure.Of(StatusCode.ResourceExhausted, $"This node keeps as many links as {Refusals.NameOf(limit)} allows.");
    }

    private InboundLinkState Begin(InboundLinkState link)
    {
        link.Inflow = NewInflow(link.Receiver);
        Interlocked.MemoryBarrier();
        if (link.IsEnded)
        {
            // The link ended a moment ago, when there was nothing to release.
            Release(link);
        }

        return link;
    }

    /// <summary>Refuses new links, and streams without one, while former ones use up the budget of this node.</summary>
    /// <exception cref="RpcException">Messages of former links and streams fill all that may wait here.</exception>
    public void ThrowIfExhausted()
    {
        if (_pool.IsExhausted)
        {
            throw CallFailure.Of(StatusCode.ResourceExhausted,
                $"{_pool.Left} bytes of former connections wait for slow actors here, which is all that Inbound.MaxBytesPerNode allows.");
        }
    }

    /// <summary>The receiving side of a link, with its share of the credit of this node.</summary>
    public LinkInflow NewInflow(LinkReceiver receiver)
    {
        var options = _context.Options;
        var bytes = _pool.Rent(Math.Max(options.Inbound.MaxBytes, options.MaxMessageBytes), options.MaxMessageBytes);
        return new LinkInflow(receiver, new CreditWindow(options.Inbound.MaxMessages, bytes), _context.Time);
    }

    /// <summary>The messages of a stream without a link, with its share of the credit of this node.</summary>
    public InboundBudget NewBudget()
    {
        var (inbound, largest) = (_context.Options.Inbound, _context.Options.MaxMessageBytes);
        return new InboundBudget(_pool, new LinkCredit(inbound.MaxMessages, inbound.MaxBytes), floor: Math.Min(inbound.MaxBytes, largest));
    }

    /// <summary>A link, or a stream without one, is over: only the messages that mailboxes still hold of it count.</summary>
    public void Release(InboundFlow flow) => flow.End(_pool);

    /// <summary>Nothing more of a link is kept. Idempotent.</summary>
    public void End(InboundLinkState link)
    {
        if (_table.End(link, Now()))
        {
            Release(link);
        }
    }

    private void Release(InboundLinkState link)
    {
        // A link that is ended while it is being opened has none yet.
        link.Inflow?.End(_pool);
        link.Client?.End(EndpointTerminatedReason.ClientLost);
    }

    private void Sweep()
    {
        List<InboundLinkState> ended = [];
        _table.Expire(Now(), ended);
        ended.ForEach(Release);
        if (_table.Count > 0)
        {
            SweepLater();
        }
    }

    private void SweepLater() => _sweeper.Change(_context.Options.Link.Retention, Timeout.InfiniteTimeSpan);

    private LinkAnswer Answer(LinkStatus status, ulong nextExpected, LinkCredit credit) => new(
        status,
        nextExpected,
        credit,
        LinkLimits.Of(_context.Options),
        _context.Address);

    private TimeSpan Now() => _context.Time.GetElapsedTime(0);
}
