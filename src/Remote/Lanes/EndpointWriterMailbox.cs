using System.Diagnostics;
namespace Remote;

/// <summary>
/// The mailbox of an endpoint: a bounded user lane, a bounded control lane and a small priority lane behind one signal, the writer role.
/// </summary>
/// <remarks>
/// <para>The holder of the role drains. A post that finds the role free takes it, so exactly one thread is told to drain and no signal is
/// lost. The role also covers dialling: its holder dials when there is no connection.</para>
/// <para>One short lock guards lanes, link and ledger, and no other type takes it (decision page 0019). The drain takes up to a batch per
/// acquisition. The sender of a lone message takes it once: it hands its message to the writer in the same step, and the next one to take
/// the lock books the batch that the writer has published.</para>
/// </remarks>
internal sealed partial class EndpointWriterMailbox(
    EndpointOptions options,
    int controlCapacity,
    BackpressureOptions backpressure,
    LinkOutflow link,
    EndpointRecord record,
    Action<LevelChange>? levelChanged = null)
{
    private readonly Lock _gate = new();
    private readonly WriterRole _role = new();
    private readonly UserLane _user = new(options, backpressure);
    private readonly PriorityLane _priority = new();
    private readonly ControlLane _control = new(controlCapacity);
    private readonly LinkOutflow _link = link;

    // Takes the counters over when the mailbox is closed. Its lock is taken inside this one, never around it.
    private readonly EndpointRecord _record = record;

    // The last work of the holder of the role, until the next one to take the lock books it. Set without the lock, cleared under it.
    private Batch? _publishedBatch;
    private WriterOutcome _publishedOutcome;
    private volatile bool _isPublished;

    private WriterHold? _hold;
    private long _activity;
    private bool _detaching;
    private bool _isClosed;

    // Two, because an outage refuses user messages only; the end of the endpoint sets both.
    private PostResult _refusal = PostResult.Accepted;
    private PostResult _userRefusal = PostResult.Accepted;
    private DeadLetterReason _refusalReason = DeadLetterReason.EndpointClosed;

    /// <summary>How often the lock was taken so far: the cost of messages for their senders and the writer.</summary>
    public long Acquisitions { get; private set; }

    /// <summary>User messages that wait. Taken without the lock, and so perhaps a moment old.</summary>
    public int Waiting => _user.Waiting;

    /// <summary>Offers a user message.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="refusal">The reason when it is refused.</param>
    /// <param name="evicted">The oldest message when it had to make room (only with <see cref="OverflowPolicy.DropOldest"/>).</param>
    /// <param name="isPriority">Whether it is a priority message, which goes into the user lane only if its own is full.</param>
    public PostResult Post(in RemoteDelivery delivery, out DeadLetterReason refusal, out RemoteDelivery evicted, bool isPriority = false)
    {
        using var scope = Enter();
        evicted = default;
        if (_userRefusal != PostResult.Accepted)
        {
            return RefuseUnsynchronized(_userRefusal, _refusalReason, out refusal);
        }

        if (isPriority && _priority.TryAdd(delivery))
        {
            refusal = default;
            return AcceptPriorityUnsynchronized();
        }

        if (!_user.TryAdmit(delivery, out refusal, out evicted))
        {
            return RefuseUnsynchronized(PostResult.Full, refusal, out refusal);
        }

        if (evicted.Target is not null)
        {
            _link.Ledger.DeadLetter(DeadLetterReason.DroppedOldest);
            _priority.LeftElsewhere(evicted);
        }

        return AddUserUnsynchronized(delivery, isPriority);
    }

    /// <summary>Offers a user message, or takes a place in the queue for one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="refusal">The reason when it is refused without a place.</param>
    /// <param name="waiter">The place if there was no room, completed when the lane takes the message; else <see langword="null"/>.</param>
    /// <param name="isPriority">See <see cref="Post"/>.</param>
    public PostResult PostOrWait(in RemoteDelivery delivery, out DeadLetterReason refusal, out LaneWaiter? waiter, bool isPriority = false)
    {
        using var scope = Enter();
        waiter = null;
        refusal = default;
        if (_userRefusal != PostResult.Accepted)
        {
            return RefuseUnsynchronized(_userRefusal, _refusalReason, out refusal);
        }

        if (isPriority && _priority.TryAdd(delivery))
        {
            return AcceptPriorityUnsynchronized();
        }

        if (_user.TryAdmitOrWait(delivery, out waiter))
        {
            return AddUserUnsynchronized(delivery, isPriority);
        }

        if (waiter is null)
        {
            return RefuseUnsynchronized(PostResult.Full, DeadLetterReason.QueueFull, out refusal);
        }

        if (isPriority)
        {
            _priority.WentElsewhere(delivery.Target.Id);
        }

        // The writer makes room when it has written the messages it holds. Without a writer the lane waits for credit, which brings one: no writer lets
        // go of a full lane by itself, see IsAwaitedUnsynchronized, so none can have done so since we entered, and nothing is left to book.
        _role.TrySignal();
        return PostResult.Full;
    }

    /// <summary>Takes a waiter out of the queue; <see langword="false"/> when the lane has taken its message already.</summary>
    /// <param name="waiter">The waiter.</param>
    /// <param name="refused">The reason for its message; <see langword="null"/> when it was cancelled, and so never offered.</param>
    public bool Withdraw(LaneWaiter waiter, DeadLetterReason? refused)
    {
        using var scope = Enter();
        if (!_user.Withdraw(waiter))
        {
            return false;
        }

        _priority.LeftElsewhere(waiter.Delivery);
        if (refused is { } reason)
        {
            _link.Ledger.Refuse(reason);
        }

        return true;
    }

    /// <summary>Takes the lock, here and nowhere else, and books the batch that the holder of the role has published.</summary>
    private Lock.Scope Enter()
    {
        var scope = _gate.EnterScope();
        Acquisitions++;
        BookUnsynchronized();
        return scope;
    }

    [Conditional("DEBUG")]
    private void AssertHeld() => Debug.Assert(_gate.IsHeldByCurrentThread, "The lane's lock is held.");

    private void BookUnsynchronized()
    {
        AssertHeld();
        if (!_isPublished)
        {
            return;
        }

        _isPublished = false;
        _user.Settle(_publishedOutcome.Settled - _publishedOutcome.Priority);
        _priority.Settle(_publishedOutcome.Priority);
        _publishedOutcome.PriorityElsewhere?.ForEach(_priority.LeftElsewhere);
        _link.Ledger.Write(_publishedOutcome);
        if (_publishedBatch is { } batch)
        {
            _publishedBatch = null;
            _link.Retain(batch);
            var isNext = _link.TryNextUnwritten(out var next);
            Debug.Assert(isNext && next == batch, "What was retained earlier was written earlier.");
        }

        GaugeUnsynchronized();
    }

    private PostResult AcceptPriorityUnsynchronized()
    {
        AssertHeld();
        _link.Ledger.Accept();
        _activity++;
        return MayWritePriorityUnsynchronized && _role.TakeOrSignal() ? PostResult.AcceptedTakeRole : PostResult.Accepted;
    }

    private PostResult AddUserUnsynchronized(in RemoteDelivery delivery, bool isPriority)
    {
        AssertHeld();
        if (isPriority)
        {
            _priority.WentElsewhere(delivery.Target.Id);
        }

        _link.Ledger.Accept();
        _activity++;
        var takesRole = MayWriteUserUnsynchronized && _role.TakeOrSignal();
        if (!takesRole || !TryHandUnsynchronized(delivery))
        {
            _user.Add(delivery);
        }

        GaugeUnsynchronized();
        if (takesRole && _user.Level != BackpressureLevel.Normal)
        {
            // The writer of a message that raised the level comes back to lower it, and to make room for callers that find the lane full meanwhile:
            // PostOrWait relies on it.
            _role.TrySignal();
        }

        return takesRole ? PostResult.AcceptedTakeRole : PostResult.Accepted;
    }

    private PostResult RefuseUnsynchronized(PostResult result, DeadLetterReason reason, out DeadLetterReason refusal)
    {
        AssertHeld();
        refusal = reason;
        if (result == PostResult.Moved)
        {
            // It is offered to another endpoint, and counted there.
            return result;
        }

        if (_isClosed)
        {
            _record.Refuse(reason);
        }
        else
        {
            _link.Ledger.Refuse(reason);
        }

        return result;
    }

    /// <summary>Takes the role if it is free and there is something to write, or sends its holder back to the lanes.</summary>
    private bool WakeUnsynchronized()
    {
        AssertHeld();
        return !_detaching && IsWritableUnsynchronized && _role.TakeOrSignal();
    }

    private int AdmitUnsynchronized()
    {
        AssertHeld();
        var count = _user.Admit();
        if (count > 0)
        {
            _link.Ledger.Accept(count);
            GaugeUnsynchronized();
        }

        return count;
    }

    private void GaugeUnsynchronized()
    {
        AssertHeld();
        var previous = _user.Level;
        if (_user.UpdateLevel())
        {
            // Under the lock, so that the changes come in order: the receiver only notes them down.
            levelChanged?.Invoke(new LevelChange(previous, _user.Level, _user.Waiting));
        }
    }
}
