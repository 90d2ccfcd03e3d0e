using System.Diagnostics;

namespace Remote;

/// <summary>The link to the peer, which outlives the streams that carry it: offers it, begins streams with it, gives it up.</summary>
internal sealed partial class Endpoint
{
    /// <summary>
    /// The link back from the server, on a node without a listener; <see langword="null"/> for none. Owned, like the link, by the loop
    /// that connects the endpoint.
    /// </summary>
    public LinkInflow? Inflow { get; private set; }

    /// <summary>Whether the stream before the present one, or this one, brought an acknowledgement.</summary>
    public bool MadeProgress => _mailbox.MadeProgress;

    /// <summary>The offer of the next dial; <see langword="null"/> when this endpoint keeps no link.</summary>
    public LinkOffer? NextOffer()
    {
        if (!_keepsLink)
        {
            return null;
        }

        var offer = _mailbox.NextAttempt(LinkLimits.Of(_context.Options));
        if (!_context.IsClient)
        {
            return offer;
        }

        // Not before the first dial: an endpoint that another one forestalled has no end that would give its share of the credit back.
        Inflow ??= _links.NewInflow(new LinkReceiver());
        return offer with
        {
            Credit = Inflow.AnnounceInHandshake(),

            // The server may not use it, and then ignores it.
            Priority = Inflow.AnnouncePriorityInHandshake(isUsed: true),
            NextExpected = Inflow.Receiver.NextExpected,
        };
    }

    /// <summary>Begins the link towards a client, whose handshake stands for the answer to a dial. The caller holds the role.</summary>
    /// <returns><see langword="null"/> when its numbers are impossible: the link is over.</returns>
    public LinkAnswer? BeginAccepted(LinkOffer offer, string systemId)
    {
        // The direction towards us says whether the link is new; this one begins with its own first batch.
        var answer = new LinkAnswer(LinkStatus.Resumed, offer.NextExpected, offer.Credit, offer.Limits, null) { Priority = offer.Priority };
        var beginning = _mailbox.BeginLink(answer, systemId);
        Debug.Assert(beginning.Rejected is null, "No stream of a client ends by verdict, so none of its batches is judged; a rejected one would need its dead letters.");
        return beginning.Begin == LinkBegin.Begun ? answer : null;
    }

    /// <summary>The stream that was begun with <see cref="BeginAccepted"/> broke before it was attached.</summary>
    public void CancelAccepted() => _mailbox.EndStream(byVerdict: false);

    /// <summary>Begins or resumes the link after an answered handshake. The caller holds the role.</summary>
    public LinkBegin BeginLink(EndpointConnection connection)
    {
        if (!_keepsLink)
        {
            return LinkBegin.NoLink;
        }

        var beginning = _mailbox.BeginLink(connection.Answer, connection.Peer.SystemId);
        if (beginning.Rejected is { } rejected)
        {
            RemoteLog.BatchRejected(_context.Log, Address, rejected.UserMessages);
            GiveUp([rejected], DeadLetterReason.RejectedByPeer);
        }

        if (beginning.Begin == LinkBegin.Begun)
        {
            Inflow?.Receiver.BeginStream();
        }
        else
        {
            EndLink();
        }

        return beginning.Begin;
    }

    /// <summary>The peer says which batches it has accepted.</summary>
    /// <exception cref="MalformedFrameException">It acknowledges a batch that was never sent to it.</exception>
    public void Acknowledge(in LinkAck ack)
    {
        var isValid = _mailbox.Acknowledge(ack, out var takeRole);
        if (takeRole)
        {
            Volatile.Read(ref _writer)!.RunOnPool();
        }

        _meter.Acknowledged(ack.Accepted);
        if (!isValid)
        {
            throw new MalformedFrameException($"It acknowledged batch {ack.Accepted}, which was not sent on this stream.");
        }
    }

    /// <summary>The peer takes no messages to one of its actors for now, or takes them again.</summary>
    public void PauseTarget(string targetId, bool isPaused)
    {
        if (_mailbox.PauseTarget(targetId, isPaused))
        {
            Volatile.Read(ref _writer)!.RunOnPool();
        }
    }

    /// <summary>A stream broke: messages written on it without acknowledgements are reported as unconfirmed.</summary>
    public long ReportUnconfirmed()
    {
        var count = _mailbox.BreakStream();
        if (count > 0)
        {
            RemoteLog.Unconfirmed(_context.Log, Address, count);
            _context.Events.Publish(new EndpointUnconfirmed(Address, count));
        }

        return count;
    }

    /// <summary>Completes when the peer has accepted all that was written; cancelled when the stream ends before.</summary>
    public Task WhenAcknowledgedAsync() => _mailbox.WhenAcknowledgedAsync();

    /// <summary>The number of the last batch, for the goodbye.</summary>
    public ulong FinalSequence => _mailbox.FinalSequence;

    /// <summary>Gives up unacknowledged batches: the peer may have them. The next dial offers a new link.</summary>
    private void EndLink()
    {
        var retained = TakeRetained();
        GiveUp(retained, DeadLetterReason.DeliveryUnknown, Repeated(retained));
    }

    /// <summary>Ends the link and takes out what it retains, whose dead letters are the caller's.</summary>
    private Batch[] TakeRetained()
    {
        if (!_keepsLink)
        {
            return [];
        }

        // One link id names both directions, and the numbers of both begin again with the next offer.
        ReleaseInflow();
        return _mailbox.EndLink();
    }

    private RepeatedRequests Repeated(Batch[] batches)
    {
        var repeated = new RepeatedRequests(_context.DeadLetters.IsInCluster);
        foreach (var batch in batches)
        {
            repeated.Add(batch.Deliveries);
        }

        return repeated;
    }

    /// <summary>Its lane is judged by other levels from now on.</summary>
    public void ChangeLevels(BackpressureOptions levels)
    {
        var wanted = (levels.Warning, levels.Critical);
        if (_levels != wanted)
        {
            _levels = wanted;
            _mailbox.ChangeLevels(levels);
        }
    }

    private void ReleaseInflow()
    {
        if (Inflow is { } inflow)
        {
            Inflow = null;
            _links.Release(inflow);
        }
    }

    private void GiveUp(Batch[] batches, DeadLetterReason reason, RepeatedRequests? repeated = null)
    {
        var count = batches.Sum(batch => batch.UserMessages);
        if (count > 0)
        {
            RemoteLog.RetainedGivenUp(_context.Log, Address, count, reason.Name);
        }

        foreach (var batch in batches)
        {
            DeadLetter(batch.Deliveries, reason, repeated);
            batch.Release();
        }
    }
}
