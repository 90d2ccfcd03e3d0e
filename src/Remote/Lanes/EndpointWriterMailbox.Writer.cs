using System.Diagnostics;

namespace Remote;

/// <summary>The side of the holder of the role: it takes, publishes, lets go, and hands over.</summary>
internal sealed partial class EndpointWriterMailbox
{
    /// <summary>The holder of the role takes the next messages into its <see cref="WriterHold"/>.</summary>
    public TakeState Take()
    {
        using var scope = Enter();
        Debug.Assert(!_role.IsFree, "Only the holder of the role may take.");
        _role.Look();
        _link.Written();
        return _detaching ? TakeState.Detached : TakeUnsynchronized(_hold!);
    }

    /// <summary>
    /// The holder of the role is about to write a batch, which is to be retained if the stream carries a link, or has refused messages. The
    /// next one to take the lock books it. Needs no lock; the holder takes from the lanes between any two calls.
    /// </summary>
    public void Publish(Batch? batch, in WriterOutcome outcome)
    {
        Debug.Assert(!_role.IsFree && !_isPublished, "Only the holder of the role publishes, and it has taken since the last time.");
        _publishedBatch = batch;
        _publishedOutcome = outcome;
        _isPublished = true;
    }

    /// <summary>The holder of the role holds no message and lets go of it; <see langword="false"/> when it has to take once more.</summary>
    public bool TryRelease() => _role.TryRelease();

    /// <summary>Takes the role if it is free, as a post would.</summary>
    public bool TryClaim()
    {
        using var scope = Enter();
        return _role.TryTake();
    }

    /// <summary>
    /// The owner of the connection takes the role away from its writer: at once when it is free (<see langword="true"/>), otherwise the
    /// writer hands it over at its next <see cref="Take"/>.
    /// </summary>
    public bool BeginDetach()
    {
        using var scope = Enter();
        _detaching = true;
        return _role.TakeOrSignal();
    }

    /// <summary>A message that nothing stands in front of goes straight to the writer. The caller has just taken the role.</summary>
    private bool TryHandUnsynchronized(in RemoteDelivery delivery)
    {
        AssertHeld();
        // Its last holder may have let go of it since we entered.
        BookUnsynchronized();
        _link.Written();
        if (_hold is not { IsEmpty: true } hold || _detaching || _control.Count > 0 || _priority.Waiting > 0 || !_user.IsPassable
            || _link.HasUnwritten || !_link.MayWriteUser(0))
        {
            return false;
        }

        hold.User.Room[0] = delivery;
        hold.User.Added(1);
        hold.IsHanded = true;
        FillUnsynchronized(hold);
        _user.Pass();
        return true;
    }

    private TakeState TakeUnsynchronized(WriterHold hold)
    {
        AssertHeld();
        AdmitUnsynchronized();
        while (!TryTakeUnsynchronized(hold))
        {
            // Taking alone may have made room: when messages were parked, or were refused for a slow target. Callers that wait for room
            // come before any later post, and without a holder of the role they would wait on.
            if (AdmitUnsynchronized() == 0)
            {
                GaugeUnsynchronized();
                _role.Release();
                if (IsIdleUnsynchronized)
                {
                    _drained?.TrySetResult();
                }

                return TakeState.Empty;
            }
        }

        AdmitUnsynchronized();
        GaugeUnsynchronized();
        if (IsAwaitedUnsynchronized)
        {
            _role.TrySignal();
        }

        return TakeState.Taken;
    }

    /// <summary>Whether there is something to write, taken now or held from before.</summary>
    private bool TryTakeUnsynchronized(WriterHold hold)
    {
        AssertHeld();
        if (_link.TryNextUnwritten(out var again))
        {
            hold.Again = again;
            return true;
        }

        if (_user.HasPausedTargets && !hold.User.IsEmpty)
        {
            // Some may be for a target that was paused since; without credit for them they would stand in front of all others.
            _user.GiveBack(hold.User.Items);
            hold.User.Drop(hold.User.Items.Length);
            hold.User.CreditNeeded = 0;
        }

        FillUnsynchronized(hold);
        if (_link.MayWriteControl && hold.Control.IsEmpty)
        {
            hold.Control.Added(_control.Take(hold.Control.Room));
        }

        hold.IsControlLeft = _link.MayWriteControl && _control.Count > 0;

        if (hold.Priority.IsEmpty && MayWritePriorityUnsynchronized)
        {
            hold.Priority.Added(_priority.Take(hold.Priority.Room));
        }

        if (MayWriteUserUnsynchronized)
        {
            var room = hold.User.Room;
            var allowed = Math.Clamp(hold.Credit.Messages - _user.Taken, 0, room.Length);
            var refused = hold.Refused.Count;
            hold.User.Added(_user.Take(room[..(int)allowed], hold.Refused));
            _link.Ledger.DeadLetter(DeadLetterReason.QueueFull, hold.Refused.Count - refused);
            for (; refused < hold.Refused.Count && _priority.IsElsewhere; refused++)
            {
                _priority.LeftElsewhere(hold.Refused[refused]);
            }
        }

        return (!hold.Control.IsEmpty && _link.MayWriteControl)
            || (!hold.Priority.IsEmpty && MayWritePriorityUnsynchronized)
            || (!hold.User.IsEmpty && MayWriteUserUnsynchronized)
            || hold.Refused.Count > 0;
    }

    private void FillUnsynchronized(WriterHold hold)
    {
        AssertHeld();

        // Without room for another batch with user messages those that are held wait, also when control messages make a batch.
        hold.Credit = _link.MayRetainUser ? _link.Credit : default;
        hold.PriorityCredit = _link.PriorityCredit;
        hold.MayPriorityUseCredit = MayPriorityUseCreditUnsynchronized;
        hold.IsPriorityElsewhere = _priority.IsElsewhere;
        hold.Sequence = _link.IsOnStream ? _link.NextSequence : 0;
    }

    // A priority message that goes by user credit goes before user messages, and they may not use up the credit that it waits for.
    private bool MayWriteUserUnsynchronized => _link.MayWriteUser(
        Math.Max(_hold?.User.CreditNeeded ?? 0, MayPriorityUseCreditUnsynchronized ? PriorityCreditNeededUnsynchronized : 0));

    private bool MayWritePriorityUnsynchronized =>
        _link.PriorityCredit.Covers(PriorityCreditNeededUnsynchronized)
        || (MayPriorityUseCreditUnsynchronized && _link.MayWriteUser(PriorityCreditNeededUnsynchronized));

    // While a target is paused user credit is for the others, and which those are only the user lane knows.
    private bool MayPriorityUseCreditUnsynchronized => !_link.IsOnStream || (_link.HasRoom && !_user.HasPausedTargets);

    private int PriorityCreditNeededUnsynchronized => _hold?.Priority.CreditNeeded ?? 0;

    /// <summary>Whether something may be written now that the holder of the role has not taken.</summary>
    private bool HasMoreUnsynchronized =>
        (_control.Count > 0 && _link.MayWriteControl)
        || (_priority.HasMore && MayWritePriorityUnsynchronized)
        || (_user.HasMore && MayWriteUserUnsynchronized)
        || _link.HasUnwritten;

    /// <summary>Whether the holder of the role would find something that may be written now.</summary>
    private bool IsWritableUnsynchronized =>
        HasMoreUnsynchronized
        || (HoldsControlUnsynchronized && _link.MayWriteControl)
        || (_priority.Taken > 0 && MayWritePriorityUnsynchronized)
        || (_user.Taken > 0 && MayWriteUserUnsynchronized);

    /// <summary>Whether the holder of the role has to come back although nothing is posted meanwhile.</summary>
    /// <remarks>
    /// Not only to lower the level: a full lane is never at the normal one. A caller that begins to wait for room sends the holder back and looks no further
    /// if there is none (<see cref="PostOrWait"/>). It may, because a holder that has taken from a full lane returns, books what it wrote, and admits;
    /// were it allowed to let go, its last batch could be settled with nobody left to let the caller in.
    /// </remarks>
    private bool IsAwaitedUnsynchronized =>
        HasMoreUnsynchronized || _user.Waiters > 0 || _user.Level != BackpressureLevel.Normal || _drained is not null;

    private bool IsIdleUnsynchronized =>
        _user.Waiting == 0 && _priority.Waiting == 0 && _control.Count == 0 && !HoldsControlUnsynchronized;

    private bool HoldsControlUnsynchronized => _hold is { Control.IsEmpty: false };
}
