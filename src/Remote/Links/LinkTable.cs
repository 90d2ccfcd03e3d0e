namespace Remote;

/// <summary>
/// The links that lead to this node, the streams that own them, and the time for which they are kept without one. Decides and remembers,
/// nothing else; thread-safe. Times are those of the node's clock since any fixed moment.
/// </summary>
/// <remarks>
/// A handshake is decided in two steps when a former stream still lives: <see cref="Open"/> names the stream to abort, and after its reader
/// has called <see cref="Detach"/>, <see cref="TryClaim"/> gives the link to the new stream unless a later dial came meanwhile.
/// </remarks>
internal sealed class LinkTable(string ownSystemId, LinkTableLimits limits)
{
    // Reentrant: methods that hold it call each other.
    private readonly Lock _gate = new();
    private readonly Dictionary<LinkId, InboundLinkState> _links = [];

    // A handshake that was under way for long must not bring an ended link back: its numbers would begin again, and a later dial would have
    // everything sent a second time (decision page 0014). Ids stay as long as a link without a stream, and are at most as many as links.
    private readonly HashSet<LinkId> _over = [];
    private readonly Queue<(LinkId Id, TimeSpan At)> _overInOrder = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _links.Count;
            }
        }
    }

    /// <summary>
    /// Judges the offer of a dialler, which may have a link for each of our names. The stream it came on owns the link from here on if that
    /// is <see cref="LinkOpen.New"/> or <see cref="LinkOpen.Resumed"/>. Links that are over by this are added to <paramref name="ended"/>:
    /// another replaced them, or their time was up.
    /// </summary>
    public LinkOpening Open(
        LinkOffer offer, string systemId, string dialled, ILinkCarrier stream, TimeSpan now, List<InboundLinkState> ended, string address = "")
    {
        lock (_gate)
        {
            Expire(now, ended);
            if (offer.ExpectedSystemId is { } expected && expected != ownSystemId)
            {
                // The dialler looks for a former incarnation of ours. The answer carries our id, which tells it.
                return new LinkOpening(LinkOpen.Unknown);
            }

            return _links.TryGetValue(offer.Id, out var known) ? Reopen(known, offer, systemId, address, stream)
                : offer.Established || _over.Contains(offer.Id) ? new LinkOpening(LinkOpen.Unknown)
                : Create(new InboundLinkState(offer, systemId, address, dialled), stream, now, ended);
        }
    }

    /// <summary>Gives a link whose former stream is gone to the stream that waited for that.</summary>
    /// <returns>False when a later dial came meanwhile, or the link is over; the stream is refused with ABORTED.</returns>
    public bool TryClaim(InboundLinkState link, ulong attempt, ILinkCarrier stream)
    {
        lock (_gate)
        {
            if (link.IsEnded || link.Owner is not null || link.Attempt != attempt)
            {
                return false;
            }

            link.Attach(stream);
            link.Receiver.BeginStream();
            return true;
        }
    }

    /// <summary>A stream is over and its reader does nothing any more. Only the owner counts.</summary>
    public void Detach(InboundLinkState link, ILinkCarrier stream, TimeSpan now)
    {
        lock (_gate)
        {
            if (link.Owner == stream)
            {
                link.Lose(now);
            }
        }
    }

    /// <summary>Forgets a link: it left, its endpoint closed, or its peer was blocked. False when it was forgotten before.</summary>
    public bool End(InboundLinkState link, TimeSpan now)
    {
        lock (_gate)
        {
            if (link.IsEnded)
            {
                return false;
            }

            link.IsEnded = true;
            _over.Add(link.Id);
            _overInOrder.Enqueue((link.Id, now));
            return _links.Remove(link.Id);
        }
    }

    /// <summary>Forgets links of a system and returns them, those that have a stream too: the caller ends the streams.</summary>
    /// <param name="systemId">The system.</param>
    /// <param name="now">The time.</param>
    /// <param name="isMeant">Says of the address that the peer of a link has given whether its links are meant; all are if left out.</param>
    public List<InboundLinkState> EndAll(string systemId, TimeSpan now, Func<string, bool>? isMeant = null)
    {
        lock (_gate)
        {
            var all = _links.Values.Where(link => link.SystemId == systemId && isMeant?.Invoke(link.Address) != false).ToList();
            all.ForEach(link => End(link, now));
            return all;
        }
    }

    /// <summary>Forgets the links whose stream has been gone for the retention time.</summary>
    public void Expire(TimeSpan now, List<InboundLinkState> ended)
    {
        lock (_gate)
        {
            while (_overInOrder.TryPeek(out var oldest) && (now - oldest.At >= limits.Retention || _overInOrder.Count > limits.PerNode))
            {
                _over.Remove(_overInOrder.Dequeue().Id);
            }

            foreach (var link in _links.Values)
            {
                if (link.Owner is null && now - link.LostAt >= limits.Retention && End(link, now))
                {
                    ended.Add(link);
                }
            }
        }
    }

    private static LinkOpening Reopen(InboundLinkState known, LinkOffer offer, string systemId, string address, ILinkCarrier stream)
    {
        if (known.SystemId != systemId || known.Address != address)
        {
            return new LinkOpening(LinkOpen.Foreign);
        }

        if (offer.Attempt <= known.Attempt)
        {
            return new LinkOpening(LinkOpen.Stale);
        }

        known.Attempt = offer.Attempt;
        if (known.Owner is { } former)
        {
            return new LinkOpening(LinkOpen.TakeOver, known, former);
        }

        known.Attach(stream);
        known.Receiver.BeginStream();
        return new LinkOpening(LinkOpen.Resumed, known);
    }

    private LinkOpening Create(InboundLinkState link, ILinkCarrier stream, TimeSpan now, List<InboundLinkState> ended)
    {
        // Links are few and new ones rare: looking at all of them keeps one index instead of three.
        link.Attach(stream);
        var ofSystem = _links.Values.Where(other => other.SystemId == link.SystemId && other.Address == link.Address).ToList();
        var same = ofSystem.Find(other => other.Dialled == link.Dialled);
        if (same is not null && (same.Owner is not null || same.Certificate != link.Certificate))
        {
            // Ids and addresses are no secrets: a link that waits for its peer gives way to no other one.
            return new LinkOpening(LinkOpen.LiveElsewhere);
        }

        // Nor does one that reached us by another name, when they are too many.
        ofSystem.RemoveAll(other => other.Certificate != link.Certificate);
        var isFull = ofSystem.Count >= limits.PerSystem;
        var replaced = same ?? (isFull ? Longest(ofSystem) : _links.Count >= limits.PerNode ? Longest(_links.Values.Where(IsEmpty)) : null);
        if (replaced is not null)
        {
            End(replaced, now);
            ended.Add(replaced);
        }
        else if (isFull || _links.Count >= limits.PerNode)
        {
            return new LinkOpening(isFull ? LinkOpen.TooManyOfSystem : LinkOpen.TooMany);
        }

        _links.Add(link.Id, link);
        return new LinkOpening(LinkOpen.New, link);
    }

    /// <summary>The link that has been without a stream for the longest.</summary>
    private static InboundLinkState? Longest(IEnumerable<InboundLinkState> links) => links.Where(link => link.Owner is null).MinBy(link => link.LostAt);

    // Nothing came on it, so that hardly anything is lost with it; those who open links to fill the table leave such ones behind.
    private static bool IsEmpty(InboundLinkState link) => link.Receiver.NextExpected == 1;
}
