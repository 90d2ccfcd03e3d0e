using Remote.Actors;

namespace Remote;

/// <summary>The link to the peer, which outlives the streams that carry it: offering it, beginning a stream with it, giving it up.</summary>
internal sealed partial class Endpoint
{
    /// <summary>Whether the stream before the present one, or this one, brought an acknowledgement.</summary>
    public bool MadeProgress
    {
        get
        {
            lock (Record.Ledger.Gate)
            {
                return _link is { MadeProgress: true };
            }
        }
    }

    /// <summary>What the next dial says of the link; <see langword="null"/> when this endpoint has none.</summary>
    public LinkOffer? NextOffer()
    {
        if (_link is null)
        {
            return null;
        }

        var limits = new LinkLimits(_node.Options.MaxMessageBytes, DecodeLimits.DefaultMaxEnvelopes, 3 * DecodeLimits.DefaultMaxEnvelopes);
        lock (Record.Ledger.Gate)
        {
            return _link.NextAttempt(limits);
        }
    }

    /// <summary>A handshake was answered: what that means for what was not acknowledged. The caller holds the role.</summary>
    public LinkBegin BeginLink(EndpointConnection connection)
    {
        if (_link is null)
        {
            return LinkBegin.NoLink;
        }

        LinkBeginning beginning;
        lock (Record.Ledger.Gate)
        {
            beginning = _link.BeginStream(connection.Answer, connection.PeerSystemId);
            Record.Ledger.Acknowledge(beginning.Acknowledged);
        }

        if (beginning.Rejected is { } rejected)
        {
            RemoteLog.BatchRejected(_node.Log, Address, rejected.UserMessages);
            GiveUp([rejected], RemoteDeadLetterReasons.RejectedByPeer);
        }

        if (beginning.Begin is not (LinkBegin.New or LinkBegin.Resumed))
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
    public ulong FinalSequence
    {
        get
        {
            lock (Record.Ledger.Gate)
            {
                return _link!.NextSequence - 1;
            }
        }
    }

    /// <summary>Gives up what was not acknowledged: the peer may have it. The next dial offers a new link.</summary>
    private void EndLink()
    {
        if (_link is null)
        {
            return;
        }

        RetainedBatch[] retained;
        lock (Record.Ledger.Gate)
        {
            retained = _link.Restart();
        }

        GiveUp(retained, RemoteDeadLetterReasons.DeliveryUnknown);
    }

    private void GiveUp(RetainedBatch[] batches, DeadLetterReason reason)
    {
        var count = batches.Sum(batch => batch.UserMessages);
        lock (Record.Ledger.Gate)
        {
            Record.Ledger.GiveUp(reason, count);
        }

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

    // A client has no listener to be dialled at again, and a peer that is declared plain sees nothing of links.
    private bool MayResume() =>
        _start is not null && _node.Options is { Link.Resume: true, ClientOnly: false } && !_node.Options.PlainPeers.Contains(Address);
}
