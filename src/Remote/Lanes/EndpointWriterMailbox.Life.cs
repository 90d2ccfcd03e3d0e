using System.Diagnostics;
using Remote.Actors;

namespace Remote;

/// <summary>The streams that drain the lanes, the link that they carry, and how the lanes end.</summary>
internal sealed partial class EndpointWriterMailbox
{
    private TaskCompletionSource? _drained;
    private TaskCompletionSource? _acknowledged;

    /// <summary>A stream begins to drain the lanes. The caller holds the role.</summary>
    /// <param name="hold">Where messages are taken to until <see cref="EndStream"/>.</param>
    public void BeginStream(WriterHold hold)
    {
        using var scope = Enter();
        Debug.Assert(!_role.IsFree && _hold is null, "The owner of the connection holds the role, and one stream drains the lanes.");
        _hold = hold;
        _link.Ledger.BeginStream();
    }

    /// <summary>The stream is over: messages taken and not encoded go back to the front of their lane. The caller holds the role.</summary>
    /// <param name="byVerdict">See <see cref="LinkOutflow.StreamEnded"/>.</param>
    public void EndStream(bool byVerdict)
    {
        using var scope = Enter();
        Debug.Assert(!_role.IsFree, "The owner of the connection holds the role.");
        if (_hold is { } hold)
        {
            _control.Return(hold.Control);
            _user.Return(hold.User);
            _hold = null;
        }

        _link.StreamEnded(byVerdict);
        _acknowledged?.TrySetCanceled();
        _acknowledged = null;
        _detaching = false;
        AdmitUnsynchronized();
        GaugeUnsynchronized();
    }

    /// <summary>The offer for the next handshake.</summary>
    public LinkOffer NextAttempt(LinkLimits limits)
    {
        using var scope = Enter();
        return _link.NextAttempt(limits);
    }

    /// <summary>A handshake was answered. The caller holds the role.</summary>
    public LinkBeginning BeginLink(LinkAnswer? answer, string systemId)
    {
        using var scope = Enter();
        return _link.BeginStream(answer, systemId);
    }

    /// <summary>
    /// The link is over. The caller holds the role, and makes dead letters of the retained messages, which are counted already.
    /// </summary>
    public Batch[] EndLink()
    {
        using var scope = Enter();
        return _link.Restart();
    }

    /// <summary>The stream broke: messages written on it without an acknowledgement may or may not have arrived.</summary>
    public long BreakStream()
    {
        using var scope = Enter();
        return _link.Ledger.BreakStream();
    }

    /// <summary>The peer acknowledges batches, and raises credit.</summary>
    /// <param name="ack">The acknowledgement.</param>
    /// <param name="takeRole">Whether the caller now holds the role: there is something to write that had to wait.</param>
    public LinkAckStatus Acknowledge(in LinkAck ack, out bool takeRole)
    {
        using var scope = Enter();
        takeRole = false;
        if (_hold is null || !_link.IsOnStream)
        {
            return LinkAckStatus.Stale;
        }

        var status = _link.Acknowledge(ack);
        if (_link.RetainedCount == 0)
        {
            _acknowledged?.TrySetResult();
        }

        takeRole = WakeUnsynchronized();
        if (_link.IsAcknowledgedWhileWritten && !_role.TrySignal())
        {
            // The write is complete, and its writer does not come back by itself.
            _link.Written();
        }

        return status;
    }

    /// <summary>The peer takes no messages to a target for now, or takes them again.</summary>
    /// <returns>Whether the caller now holds the role: there is something to write that had to wait.</returns>
    public bool PauseTarget(string targetId, bool isPaused)
    {
        using var scope = Enter();
        if (_hold is null || !_link.IsOnStream)
        {
            return false;
        }

        _user.PauseTarget(targetId, isPaused);
        AdmitUnsynchronized();

        // A pause may let through what stands behind messages that the writer holds and has no credit for.
        return WakeUnsynchronized() || (isPaused && _user.Taken > 0 && !_detaching && _role.TakeOrSignal());
    }

    /// <summary>Completes when the peer has accepted everything that was written; cancelled when the stream ends before.</summary>
    public Task WhenAcknowledgedAsync()
    {
        using var scope = Enter();
        if (_link.RetainedCount == 0 || !_link.IsOnStream)
        {
            return Task.CompletedTask;
        }

        _acknowledged ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _acknowledged.Task;
    }

    /// <summary>Whether the link has made progress on the present stream or the last one.</summary>
    public bool MadeProgress
    {
        get
        {
            using var scope = Enter();
            return _link.MadeProgress;
        }
    }

    /// <summary>The number of the last batch of the link.</summary>
    public ulong FinalSequence
    {
        get
        {
            using var scope = Enter();
            return _link.NextSequence - 1;
        }
    }

    /// <summary>Refuses everything from now on and lets the writer finish: the task completes when both lanes are empty.</summary>
    public Task BeginDrain(DeadLetterReason later)
    {
        using var scope = Enter();
        _refusal = _userRefusal = _refusal == PostResult.Accepted ? PostResult.Closed : _refusal;
        _refusalReason = later;
        if (!_role.TrySignal() && IsIdleUnsynchronized)
        {
            return Task.CompletedTask;
        }

        _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _drained.Task;
    }

    /// <summary>Refuses everything from now on and takes out all that waits. Idempotent: later calls find nothing.</summary>
    /// <param name="reason">Counts for the messages taken out.</param>
    /// <param name="later">Counts for messages offered later.</param>
    public LaneRemainder Close(DeadLetterReason reason, DeadLetterReason later)
    {
        using var scope = Enter();
        _refusalReason = later;
        _isClosed = true;
        var remainder = EmptyUnsynchronized(PostResult.Closed);
        BuryUnsynchronized(remainder, reason);
        _formerLives.Fold(_link.TakeLedger());
        return remainder;
    }

    /// <summary>Refuses user messages until <see cref="EndOutage"/> and takes out those that wait. Control messages wait on.</summary>
    public LaneRemainder BeginOutage(DeadLetterReason reason)
    {
        using var scope = Enter();
        if (_refusal != PostResult.Accepted)
        {
            return LaneRemainder.None;
        }

        _userRefusal = PostResult.Closed;
        _refusalReason = reason;
        var remainder = EmptyUserLaneUnsynchronized();
        BuryUnsynchronized(remainder, reason);
        return remainder;
    }

    /// <summary>Takes user messages again, unless something else refuses them.</summary>
    public void EndOutage()
    {
        using var scope = Enter();
        _userRefusal = _refusal;
    }

    /// <summary>
    /// Moves everything to another endpoint's mailbox, in order and before anything that is posted here later; then answers
    /// <see cref="PostResult.Moved"/>. The other lane may exceed its capacity by them: they were accepted once and are not lost now.
    /// </summary>
    /// <param name="other">Where to.</param>
    /// <param name="late">The messages that the other one did not take, because it has been closed; counted here.</param>
    /// <returns>Whether the caller now holds the other mailbox's role.</returns>
    public bool MoveTo(EndpointWriterMailbox other, out LaneRemainder late)
    {
        using var scope = Enter();
        var remainder = EmptyUnsynchronized(PostResult.Moved);
        using var there = other.Enter();
        late = other._isClosed ? remainder : LaneRemainder.None;
        if (other._isClosed)
        {
            BuryUnsynchronized(remainder, RemoteDeadLetterReasons.EndpointClosed);
        }
        else
        {
            _link.Ledger.Move(remainder.User.Length);
        }

        _formerLives.Fold(_link.TakeLedger());
        return !other._isClosed && other.AbsorbUnsynchronized(remainder);
    }

    /// <summary>Fills in the counters, all of one moment.</summary>
    public EndpointStatistics Snapshot(string address, EndpointState state)
    {
        using var scope = Enter();
        var ledger = new EndpointLedger();
        ledger.Add(_link.Ledger);
        _formerLives.AddTo(ledger);
        return ledger.Complete(new EndpointStatistics
        {
            Address = address,
            State = state,
            Level = _user.Level,
            QueueLength = _user.Waiting,
            QueueCapacity = _user.Capacity,
            ControlQueueLength = _control.Count,
            InFlight = _user.Taken,
            Waiters = _user.Waiters,
        });
    }

    /// <summary>Takes over the content of another mailbox; answers whether the caller now holds the role.</summary>
    private bool AbsorbUnsynchronized(in LaneRemainder remainder)
    {
        foreach (var delivery in remainder.Control)
        {
            _control.Add(delivery);
        }

        _user.Absorb(remainder.User, remainder.Waiters);
        _link.Ledger.Accept(remainder.User.Length);
        GaugeUnsynchronized();
        return remainder.Control.Length + remainder.User.Length > 0 && _role.TakeOrSignal();
    }

    private void BuryUnsynchronized(in LaneRemainder remainder, DeadLetterReason reason)
    {
        _link.Ledger.DeadLetter(reason, remainder.User.Length);
        _link.Ledger.Refuse(reason, remainder.Waiters.Length);
    }

    private LaneRemainder EmptyUnsynchronized(PostResult refusal)
    {
        _refusal = _userRefusal = _refusal is PostResult.Moved ? _refusal : refusal;
        var control = new RemoteDelivery[_control.Count];
        _control.Take(control);
        return EmptyUserLaneUnsynchronized() with { Control = control };
    }

    private LaneRemainder EmptyUserLaneUnsynchronized()
    {
        var (user, waiters) = _user.TakeAll();
        GaugeUnsynchronized();
        return new LaneRemainder([], user, waiters);
    }
}
