using Remote.Actors;

namespace Remote;

/// <summary>The link to the peer, which outlives the streams that carry it: offering it, beginning a stream with it, giving it up.</summary>
internal sealed partial class Endpoint
{
    // On a node without a listener: what the server sends on the same link. Owned, as the link, by the one loop that connects the endpoint.
    private LinkInflow? _inflow;

    /// <summary>What comes in on the streams of this endpoint; <see langword="null"/> when nothing does, or the peer keeps no link.</summary>
    public LinkInflow? Inflow => _inflow;

    /// <summary>Whether the stream before the present one, or this one, brought an acknowledgement.</summary>
    public bool MadeProgress => _mailbox.MadeProgress;

    /// <summary>What the next dial says of the link; <see langword="null"/> when this endpoint has none.</summary>
    public LinkOffer? NextOffer()
    {
        if (!_keepsLink)
        {
            return null;
        }

        var limits = new LinkLimits(_node.Options.MaxMessageBytes, DecodeLimits.DefaultMaxEnvelopes, 3 * DecodeLimits.DefaultMaxEnvelopes);
        var offer = _mailbox.NextAttempt(limits);
        return _inflow is null ? offer : offer with { Credit = _inflow.Announce(), NextExpected = _inflow.Receiver.NextExpected };
    }

    /// <summary>
    /// The handshake of a client, seen from its server: it says of the direction towards it what an answer to a dial would. The caller holds the
    /// role.
    /// </summary>
    /// <returns><see langword="null"/> when that is impossible: the link is over.</returns>
    public LinkAnswer? BeginAccepted(LinkOffer offer, string systemId)
    {
        // Whether the link is new is for the direction towards us to say; this one begins with its own first batch.
        var answer = new LinkAnswer(LinkStatus.Resumed, offer.NextExpected, offer.Credit, offer.Limits, null);
        return _mailbox.BeginLink(answer, systemId).Begin == LinkBegin.Resumed ? answer : null;
    }

    /// <summary>The stream that was begun with <see cref="BeginAccepted"/> broke before it was attached.</summary>
    public void CancelAccepted() => _mailbox.EndStream(byVerdict: false);

    /// <summary>A handshake was answered: what that means for what was not acknowledged. The caller holds the role.</summary>
    public LinkBegin BeginLink(EndpointConnection connection)
    {
        if (!_keepsLink)
        {
            return LinkBegin.NoLink;
        }

        var beginning = _mailbox.BeginLink(connection.Answer, connection.PeerSystemId);
        if (beginning.Rejected is { } rejected)
        {
            RemoteLog.BatchRejected(_node.Log, Address, rejected.UserMessages);
            GiveUp([rejected], RemoteDeadLetterReasons.RejectedByPeer);
        }

        if (beginning.Begin is LinkBegin.New or LinkBegin.Resumed)
        {
            _inflow?.Receiver.BeginStream();
        }
        else
        {
            EndLink();
        }

        return beginning.Begin;
    }

    /// <summary>The peer says what it has accepted.</summary>
    /// <exception cref="MalformedFrameException">It acknowledges what was never sent to it.</exception>
    public void Acknowledge(in LinkAck ack)
    {
        var status = _mailbox.Acknowledge(ack, out var takeRole);
        if (takeRole)
        {
            Volatile.Read(ref _writer)!.RunOnPool();
        }

        if (status == LinkAckStatus.Violation)
        {
            throw new MalformedFrameException($"It acknowledged batch {ack.Accepted}, which was not sent on this stream.");
        }
    }

    /// <summary>The peer says how many more messages one of its actors takes.</summary>
    public void LimitTarget(string targetId, long messages, bool isReleased)
    {
        if (_mailbox.Limit(targetId, messages, isReleased))
        {
            Volatile.Read(ref _writer)!.RunOnPool();
        }
    }

    /// <summary>Completes when the peer has accepted all that was written; cancelled when the stream ends before.</summary>
    public Task WhenAcknowledgedAsync() => _mailbox.WhenAcknowledgedAsync();

    /// <summary>The number of the last batch, to say goodbye with.</summary>
    public ulong FinalSequence => _mailbox.FinalSequence;

    /// <summary>Gives up what was not acknowledged: the peer may have it. The next dial offers a new link.</summary>
    private void EndLink()
    {
        if (!_keepsLink)
        {
            return;
        }

        GiveUp(_mailbox.EndLink(), RemoteDeadLetterReasons.DeliveryUnknown);
        if (_inflow is not null)
        {
            // One link id names both directions, and the numbers of both begin again.
            ReleaseInflow();
            _inflow = NewInflow();
        }
    }

    private LinkInflow NewInflow() => _node.Links.NewInflow(new LinkReceiver(_mailbox.LinkId, systemId: "", attempt: 0));

    private void ReleaseInflow()
    {
        if (_inflow is { } inflow)
        {
            _inflow = null;
            _node.Links.Release(inflow);
        }
    }

    private void GiveUp(Batch[] batches, DeadLetterReason reason)
    {
        var count = batches.Sum(batch => batch.UserMessages);
        if (count > 0)
        {
            RemoteLog.RetainedGivenUp(_node.Log, Address, count, reason.Name);
        }

        foreach (var batch in batches)
        {
            foreach (ref readonly var delivery in batch.Deliveries)
            {
                DeadLetter(delivery, reason);
            }

            batch.Release();
        }
    }
}
