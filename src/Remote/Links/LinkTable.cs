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
    private readonly Lock _gate = new();
    private readonly Dictionary<LinkId, InboundLinkState> _links = [];

    // A handshake that was under way for long must not bring an ended link back: its numbers would begin again, and a later dial would have
    // everything sent a second time (decision page 0014). Ids stay as long as a link without a stream, and are at most as many as links.
    private readonly HashSet<LinkId> _over = [];
    private readonly Queue<(LinkId Id, TimeSpan At)> _overInOrder = new();

    /// <summary>Links that are known.</summary>
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

    /// <summary>Judges the offer of a dialler.</summary>
    /// <param name="offer">Its link.</param>
    /// <param name="systemId">The dialler's incarnation.</param>
    /// <param name="dialled">The address under which it reached us: one system may have a link for each of our names.</param>
    /// <param name="stream">
    /// The stream it came on, which owns the link from here on if it is <see cref="LinkOpen.New"/> or <see cref="LinkOpen.Resumed"/>.
    /// </param>
    /// <param name="now">The time.</param>
    /// <param name="ended">Receives links that are over by this: another replaced them, or their time was up.</param>
    public LinkOpening Open(LinkOffer offer, string systemId, string dialled, ILinkCarrier stream, TimeSpan now, List<InboundLinkState> ended)
    {
        lock (_gate)
        {
            ExpireCore(now, ended);
            if (offer.ExpectedSystemId is { } expected && expected != ownSystemId)
            {
                // The dialler looks for a former incarnation of ours. The answer carries our id, which tells it.
                return new LinkOpening(LinkOpen.Unknown);
            }

            if (_links.TryGetValue(offer.Id, out var known))
            {
                return Reopen(known, offer, systemId, stream);
            }

            return offer.Established || _over.Contains(offer.Id)
                ? new LinkOpening(LinkOpen.Unknown)
                : Create(offer, systemId, dialled, stream, now, ended);
        }
    }

    /// <summary>Gives a link whose former stream is gone to the stream that waited for that.</summary>
    /// <returns>False when a later dial came meanwhile, or the link is over; the stream is refused with ABORTED.</returns>
    public bool TryClaim(InboundLinkState link, ulong attempt, ILinkCarrier stream)
    {
        lock (_gate)
        {
            if (link.IsEnded || link.Owner is not null || link.Receiver.Attempt != attempt)
            {
                return false;
            }

            link.Owner = stream;
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
                link.Owner = null;
                link.LostAt = now;
            }
        }
    }

    /// <summary>Forgets a link: it left, its endpoint closed, or its peer was blocked. False when it was forgotten before.</summary>
    public bool End(InboundLinkState link, TimeSpan now)
    {
        lock (_gate)
        {
            return EndCore(link, now);
        }
    }

    /// <summary>Forgets all links of a system and returns them, those that have a stream too: the caller ends the streams.</summary>
    public List<InboundLinkState> EndAll(string systemId, TimeSpan now)
    {
        lock (_gate)
        {
            var all = _links.Values.Where(link => link.Receiver.SystemId == systemId).ToList();
            all.ForEach(link => EndCore(link, now));
            return all;
        }
    }

    /// <summary>Forgets the links whose stream has been gone for the retention time.</summary>
    public void Expire(TimeSpan now, List<InboundLinkState> ended)
    {
        lock (_gate)
        {
            ExpireCore(now, ended);
        }
    }

    private static LinkOpening Reopen(InboundLinkState known, LinkOffer offer, string systemId, ILinkCarrier stream)
    {
        if (known.Receiver.SystemId != systemId)
        {
            return new LinkOpening(LinkOpen.Foreign);
        }

        if (!known.Receiver.TryTakeOver(offer.Attempt))
        {
            return new LinkOpening(LinkOpen.Stale);
        }

        if (known.Owner is { } former)
        {
            return new LinkOpening(LinkOpen.TakeOver, known, former);
        }

        known.Owner = stream;
        known.Receiver.BeginStream();
        return new LinkOpening(LinkOpen.Resumed, known);
    }

    private LinkOpening Create(LinkOffer offer, string systemId, string dialled, ILinkCarrier stream, TimeSpan now, List<InboundLinkState> ended)
    {
        var (same, oldestLost, count) = Survey(systemId, dialled);
        if (same?.Owner is not null)
        {
            return new LinkOpening(LinkOpen.LiveElsewhere);
        }

        var replaced = same ?? (count >= limits.PerSystem ? oldestLost : null);
        if (replaced is null && (count >= limits.PerSystem || _links.Count >= limits.PerNode))
        {
            return new LinkOpening(LinkOpen.TooMany);
        }

        if (replaced is not null)
        {
            EndCore(replaced, now);
            ended.Add(replaced);
        }

        var link = new InboundLinkState(new LinkReceiver(offer.Id, systemId, offer.Attempt), dialled) { Owner = stream };
        _links.Add(offer.Id, link);
        return new LinkOpening(LinkOpen.New, link);
    }

    // Links are few and new ones rare: looking at all of them keeps one index instead of three.
    private (InboundLinkState? Same, InboundLinkState? OldestLost, int Count) Survey(string systemId, string dialled)
    {
        InboundLinkState? same = null, oldest = null;
        var count = 0;
        foreach (var link in _links.Values)
        {
            if (link.Receiver.SystemId != systemId)
            {
                continue;
            }

            count++;
            same = link.Dialled == dialled ? link : same;
            if (link.Owner is null && (oldest is null || link.LostAt < oldest.LostAt))
            {
                oldest = link;
            }
        }

        return (same, oldest, count);
    }

    private void ExpireCore(TimeSpan now, List<InboundLinkState> ended)
    {
        while (_overInOrder.TryPeek(out var oldest) && (now - oldest.At >= limits.Retention || _overInOrder.Count > limits.PerNode))
        {
            _over.Remove(_overInOrder.Dequeue().Id);
        }

        foreach (var link in _links.Values)
        {
            if (link.Owner is null && now - link.LostAt >= limits.Retention && EndCore(link, now))
            {
                ended.Add(link);
            }
        }
    }

    private bool EndCore(InboundLinkState link, TimeSpan now)
    {
        if (link.IsEnded)
        {
            return false;
        }

        link.IsEnded = true;
        if (_over.Add(link.Receiver.Id))
        {
            _overInOrder.Enqueue((link.Receiver.Id, now));
        }

        return _links.Remove(link.Receiver.Id);
    }
}
