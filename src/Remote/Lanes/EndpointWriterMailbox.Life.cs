using System.Diagnostics;
namespace Remote;

/// <summary>The streams that drain the lanes, the link that they carry, and how the lanes end.</summary>
internal sealed partial class EndpointWriterMailbox
{
    // Everything went to another mailbox, and whatever came here now would never leave.
    private bool _isMoved;
    private TaskCompletionSource? _drained;
    private TaskCompletionSource? _acknowledged;

    /// <summary>A stream begins to drain the lanes, up to so many user messages at a time. The caller holds the role.</summary>
    /// <returns>The place that messages are taken to until <see cref="EndStream"/>.</returns>
    public WriterHold BeginStream(int batchSize)
    {
        using var scope = Enter();
        Debug.Assert(!_role.IsFree && _hold is null, "The owner of the connection holds the role, and one stream drains the lanes.");
        _link.Ledger.BeginStream();
        return _hold = new WriterHold(batchSize);
    }

    /// <summary>The levels begin at other shares of the capacity from now on.</summary>
    public void ChangeLevels(BackpressureOptions levels)
    {
        using var scope = Enter();
        _user.ChangeLevels(levels);
        GaugeUnsynchronized();
        if (_user.Level != BackpressureLevel.Normal)
        {
            // The writer comes back to lower it.
            _role.TrySignal();
        }
    }

    /// <summary>The stream is over: messages taken and not encoded go back to the front of their lane. The caller holds the role.</summary>
    /// <param name="byVerdict">See <see cref="LinkOutflow.StreamEnded"/>.</param>
    public void EndStream(bool byVerdict)
    {
        using var scope = Enter();
        Debug.Assert(!_role.IsFree, "The owner of the connection holds the role.");
        if (_hold is { } hold)
        {
            _control.Return(hold.Control.Items);
            _priority.Return(hold.Priority.Items);
            _user.Return(hold.User.Items);
            _hold = null;
        }

        _link.StreamEnded(byVerdict);
        _acknowledged?.TrySetCanceled();
        _acknowledged = null;
        _detaching = false;
        AdmitUnsynchronized();
        GaugeUnsynchronized();
    }

    public LinkOffer NextAttempt(LinkLimits limits) => WithLink(link => link.NextAttempt(limits));

    /// <summary>A handshake was answered. The caller holds the role.</summary>
    public LinkBeginning BeginLink(LinkAnswer? answer, string systemId) => WithLink(link => link.BeginStream(answer, systemId));

    /// <summary>The link is over. The caller holds the role, and makes dead letters of the retained messages, which are counted.</summary>
    public Batch[] EndLink() => WithLink(static link => link.Restart());

    /// <summary>The stream broke: messages written on it without an acknowledgement may or may not have arrived.</summary>
    public long BreakStream() => WithLink(static link => link.Ledger.BreakStream());

    public bool MadeProgress => WithLink(static link => link.MadeProgress);

    /// <summary>The name of the link that the next attempt offers.</summary>
    public LinkId LinkId => WithLink(static link => link.Id);

    /// <summary>The number of the last batch of the link.</summary>
    public ulong FinalSequence => WithLink(static link => link.NextSequence - 1);

    /// <summary>
    /// See <see cref="LinkOutflow.Acknowledge"/>. The caller may now hold the role: there is something to write that had to wait.
    /// </summary>
    public bool Acknowledge(in LinkAck ack, out bool takeRole)
    {
        using var scope = Enter();
        takeRole = false;
        if (_hold is null || !_link.IsOnStream)
        {
            return true;
        }

        var isValid = _link.Acknowledge(ack);
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

        return isValid;
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

        // A pause may let messages through that stand behind others which the writer holds and has no credit for.
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

        return (_acknowledged ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Refuses everything from now on and lets the writer finish: the task completes when both lanes are empty.</summary>
    public Task BeginDrain(DeadLetterReason later)
    {
        using var scope = Enter();
        _refusal = _userRefusal = _refusal == PostResult.Accepted ? PostResult.Closed : _refusal;
        _refusalReason = later;
        if (!_role.TrySignal())
        {
            // Its last holder may have let go of it since we entered, and does not come back.
            BookUnsynchronized();
            if (IsIdleUnsynchronized)
            {
                return Task.CompletedTask;
            }
        }

        return (_drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>
    /// Takes out all that waits, for a reason, and refuses everything from now on, for another. Idempotent: later calls find nothing.
    /// </summary>
    public LaneRemainder Close(DeadLetterReason reason, DeadLetterReason later)
    {
        using var scope = Enter();
        _refusalReason = later;
        _isClosed = true;

        // One that was retired goes on sending what comes to its successor.
        var remainder = EmptyUnsynchronized(_refusal == PostResult.Moved ? PostResult.Moved : PostResult.Closed);
        BuryUnsynchronized(remainder, reason);
        _record.Fold(_link.TakeLedger());
        return remainder;
    }

    /// <summary>Grows with each message that was offered and each batch that was written. Taken without the lock.</summary>
    public long Activity => Volatile.Read(ref _activity);

    /// <summary>
    /// Answers <see cref="PostResult.Moved"/> from now on, if there is nothing at all here: in the lanes, at the writer, or unacknowledged.
    /// </summary>
    /// <param name="retired">Called before anybody can be answered so.</param>
    public bool TryRetire(Action retired)
    {
        using var scope = Enter();
        if (_refusal != PostResult.Accepted || !_role.IsFree)
        {
            return false;
        }

        // Its last holder may have let go of it since we entered.
        BookUnsynchronized();
        if (!IsIdleUnsynchronized || _user.Waiters > 0 || _link.RetainedCount > 0)
        {
            return false;
        }

        retired();
        _refusal = _userRefusal = PostResult.Moved;

        // The address has another endpoint before this one has ended, and that counts on from here.
        _record.Fold(_link.TakeLedger());
        return true;
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
        var remainder = EmptyUserLanesUnsynchronized();
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
    /// <see cref="PostResult.Moved"/>. The other lane may exceed its capacity by them: they were accepted once and are not lost now. If the
    /// other one has been closed, or has moved itself, they are late: counted as dead letters here, and given to the caller.
    /// </summary>
    /// <returns>Whether the caller now holds the other mailbox's role.</returns>
    public bool MoveTo(EndpointWriterMailbox other, out LaneRemainder late)
    {
        using var scope = Enter();
        var remainder = EmptyUnsynchronized(PostResult.Moved);
        _isMoved = true;
        using var there = other.Enter();
        var isOver = other._isClosed || other._isMoved;
        late = isOver ? remainder : LaneRemainder.None;
        BuryUnsynchronized(late, DeadLetterReason.EndpointClosed);
        _link.Ledger.Move(remainder.Accepted - late.Accepted);
        _record.Fold(_link.TakeLedger());
        return !isOver && other.AbsorbUnsynchronized(remainder);
    }

    /// <summary>The statistics of the address, all of one moment.</summary>
    public EndpointStatistics Snapshot(EndpointState state)
    {
        using var scope = Enter();
        return _record.Complete(_link.Ledger, new EndpointStatistics
        {
            Address = _record.Address,
            State = state,
            Level = _user.Level,
            QueueLength = _user.Waiting + _priority.Waiting,
            QueueCapacity = _user.Capacity,
            ControlQueueLength = _control.Count,
            InFlight = _user.Taken + _priority.Taken,
            Waiters = _user.Waiters,
            RetainedBytes = _link.RetainedBytes,
            CreditMessages = _link.IsOnStream ? _link.Credit.Messages : null,
            CreditBytes = _link.IsOnStream ? _link.Credit.Bytes : null,
        });
    }

    private T WithLink<T>(Func<LinkOutflow, T> act)
    {
        using var scope = Enter();
        return act(_link);
    }

    /// <summary>Takes over the content of another mailbox; answers whether the caller now holds the role.</summary>
    private bool AbsorbUnsynchronized(in LaneRemainder remainder)
    {
        AssertHeld();
        _control.Absorb(remainder.Control);
        _priority.Absorb(remainder.Priority);
        _user.Absorb(remainder.User, remainder.Waiters);
        var mixed = remainder.User.Concat(remainder.Waiters.Select(waiter => waiter.Delivery));
        foreach (var delivery in mixed.Where(delivery => delivery.IsPriority))
        {
            _priority.WentElsewhere(delivery.Target.Id);
        }

        _link.Ledger.Accept(remainder.Accepted);

        // Also when nothing came: until they are looked at anew, callers that wait for a slow target keep all others out.
        var admitted = AdmitUnsynchronized();
        GaugeUnsynchronized();
        return remainder.Control.Length + remainder.Accepted + admitted > 0 && _role.TakeOrSignal();
    }

    private void BuryUnsynchronized(in LaneRemainder remainder, DeadLetterReason reason)
    {
        AssertHeld();
        _link.Ledger.DeadLetter(reason, remainder.Accepted);
        _link.Ledger.Refuse(reason, remainder.Waiters.Length);
    }

    private LaneRemainder EmptyUnsynchronized(PostResult refusal)
    {
        AssertHeld();
        _refusal = _userRefusal = refusal;
        return EmptyUserLanesUnsynchronized() with { Control = _control.TakeAll() };
    }

    private LaneRemainder EmptyUserLanesUnsynchronized()
    {
        AssertHeld();
        var (user, waiters) = _user.TakeAll();
        GaugeUnsynchronized();
        return new LaneRemainder([], _priority.TakeAll(), user, waiters);
    }
}
