using Remote.Actors;

namespace Remote;

/// <summary>
/// The mailbox of an endpoint: a bounded user lane and a bounded control lane behind one signal, the writer role.
/// </summary>
/// <remarks>
/// <para>The role says who may drain. It is free only while both lanes are empty; the post that finds it free takes it, so exactly one thread
/// is told to drain and no signal is ever lost. The role also covers dialling: whoever holds it without a connection dials.</para>
/// <para>One short lock guards everything. Against a lock-free queue it buys exact capacity, first come first served waiters, and a ledger
/// that adds up at any moment; the drain takes up to a batch per acquisition, so producers meet it once in a thousand messages.</para>
/// </remarks>
internal sealed partial class EndpointWriterMailbox
{
    private readonly Lock _gate;
    private readonly EndpointLedger _ledger;
    private readonly LaneGauge _gauge;
    private readonly DeliveryQueue _user = new();
    private readonly DeliveryQueue _control = new();
    private readonly LinkedList<LaneWaiter> _waiters = [];
    private readonly int _capacity;
    private readonly int _controlCapacity;
    private readonly int _maxWaiters;
    private readonly OverflowPolicy _overflow;
    private readonly Action<LevelChange>? _levelChanged;
    private int _held;
    private bool _roleFree = true;
    private bool _detaching;
    private TaskCompletionSource? _drained;

    // Two, because an outage refuses user messages only; whatever ends the endpoint sets both.
    private PostResult _refusal = PostResult.Accepted;
    private PostResult _userRefusal = PostResult.Accepted;
    private DeadLetterReason _refusalReason = RemoteDeadLetterReasons.EndpointClosed;

    /// <param name="options">Capacity and policy.</param>
    /// <param name="controlCapacity">Bound of the control lane.</param>
    /// <param name="backpressure">The levels.</param>
    /// <param name="ledger">Counts what becomes of every message; lends its lock.</param>
    /// <param name="levelChanged">Called under the lock, in order: it may only note the change down.</param>
    public EndpointWriterMailbox(
        EndpointOptions options, int controlCapacity, BackpressureOptions backpressure, EndpointLedger ledger, Action<LevelChange>? levelChanged = null)
    {
        _capacity = options.QueueCapacity;
        _controlCapacity = controlCapacity;
        _maxWaiters = options.MaxWaiters;
        _overflow = options.Overflow;
        _slowTarget = options.SlowTarget;
        _maxParked = options.SlowTarget == SlowTargetPolicy.DeadLetter ? 0 : (_capacity + 1) / 2;
        _ledger = ledger;
        _gate = ledger.Gate;
        _gauge = new LaneGauge(_capacity, _maxParked, backpressure);
        _levelChanged = levelChanged;
    }

    /// <summary>Offers a user message.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="refusal">Why, when it is refused.</param>
    /// <param name="evicted">The oldest message when it had to make room (only with <see cref="OverflowPolicy.DropOldest"/>).</param>
    public PostResult Post(in RemoteDelivery delivery, out DeadLetterReason refusal, out RemoteDelivery evicted)
    {
        refusal = default;
        evicted = default;
        lock (_gate)
        {
            if (_userRefusal != PostResult.Accepted)
            {
                return Refuse(_userRefusal, _refusalReason, out refusal);
            }

            if (_overflow == OverflowPolicy.ShedAtCritical && LevelFor(delivery) == BackpressureLevel.Critical)
            {
                return Refuse(PostResult.Full, RemoteDeadLetterReasons.Shed, out refusal);
            }

            if (IsParkingFull(delivery))
            {
                return Refuse(PostResult.Full, RemoteDeadLetterReasons.QueueFull, out refusal);
            }

            // A Send never passes a waiter, or waiters would starve under a flood of Sends.
            if ((Charged >= _capacity || _waiters.Count > 0) && !TryEvict(out evicted))
            {
                return Refuse(PostResult.Full, RemoteDeadLetterReasons.QueueFull, out refusal);
            }

            return AddUser(delivery);
        }
    }

    /// <summary>Offers a user message, or takes a place in the queue for one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="refusal">Why, when it is refused without a place.</param>
    /// <param name="waiter">The waiter, completed when the lane took the message, if there was no room. <see langword="null"/> otherwise.</param>
    public PostResult PostOrWait(in RemoteDelivery delivery, out DeadLetterReason refusal, out LaneWaiter? waiter)
    {
        refusal = default;
        waiter = null;
        lock (_gate)
        {
            if (_userRefusal != PostResult.Accepted)
            {
                return Refuse(_userRefusal, _refusalReason, out refusal);
            }

            var isParkingFull = IsParkingFull(delivery);
            if (!isParkingFull && Charged < _capacity && _waiters.Count == 0)
            {
                return AddUser(delivery);
            }

            if (_waiters.Count + _parkedWaiters.Count >= _maxWaiters)
            {
                return Refuse(PostResult.Full, RemoteDeadLetterReasons.QueueFull, out refusal);
            }

            waiter = new LaneWaiter(delivery);

            // Behind those who wait for the lane, or it could pass an earlier message to its own target; its turn sorts it out.
            (isParkingFull && _waiters.Count == 0 ? _parkedWaiters : _waiters).AddLast(waiter);
            return PostResult.Full;
        }
    }

    /// <summary>Offers a control message. <see cref="PostResult.Full"/> means that the endpoint must close: control is never dropped.</summary>
    public PostResult PostControl(in RemoteDelivery delivery, out DeadLetterReason refusal)
    {
        lock (_gate)
        {
            refusal = _refusal != PostResult.Accepted ? _refusalReason : RemoteDeadLetterReasons.ControlOverflow;
            if (_refusal != PostResult.Accepted)
            {
                return _refusal;
            }

            if (_control.Count >= _controlCapacity)
            {
                return PostResult.Full;
            }

            _control.Add(delivery);
            return _roleFree && MayWriteControl ? TakeRole() : PostResult.Accepted;
        }
    }

    /// <summary>Takes a waiter out of the queue; <see langword="false"/> when the lane has taken its message already.</summary>
    /// <param name="waiter">The waiter.</param>
    /// <param name="refused">Why its message is refused; <see langword="null"/> when the caller cancelled, so that it was never offered.</param>
    public bool Withdraw(LaneWaiter waiter, DeadLetterReason? refused)
    {
        lock (_gate)
        {
            if (!_waiters.Remove(waiter) && !_parkedWaiters.Remove(waiter))
            {
                return false;
            }

            if (refused is { } reason)
            {
                _ledger.Refuse(reason);
            }

            return true;
        }
    }

    /// <summary>User messages that wait: in the lane, parked, or taken by the writer and not yet settled.</summary>
    private int Waiting => _user.Count + _held + _parking.Count;

    private PostResult AddUser(in RemoteDelivery delivery)
    {
        _user.Add(delivery);
        _ledger.Accept();
        Gauge();
        return _roleFree && MayWriteUser ? TakeRole() : PostResult.Accepted;
    }

    private PostResult Refuse(PostResult result, DeadLetterReason reason, out DeadLetterReason refusal)
    {
        refusal = reason;
        if (result != PostResult.Moved)
        {
            _ledger.Refuse(reason);
        }

        return result;
    }

    private PostResult TakeRole()
    {
        if (!_roleFree)
        {
            return PostResult.Accepted;
        }

        _roleFree = false;
        return PostResult.AcceptedTakeRole;
    }

    private bool TryEvict(out RemoteDelivery evicted)
    {
        evicted = default;
        if (_overflow != OverflowPolicy.DropOldest || _waiters.Count > 0 || _user.Take(new Span<RemoteDelivery>(ref evicted)) == 0)
        {
            return false;
        }

        _ledger.DeadLetter(RemoteDeadLetterReasons.DroppedOldest);
        return true;
    }

    // What a slow actor has made critical is no reason to shed what is for its neighbours.
    private BackpressureLevel LevelFor(in RemoteDelivery delivery) =>
        _parking.HasLimits && _parking.Holds(delivery) ? _gauge.Level : _gauge.LaneLevel;

    private void Gauge()
    {
        var previous = _gauge.Level;
        if (_gauge.Update(Waiting, _parking.Count))
        {
            _levelChanged?.Invoke(new LevelChange(previous, _gauge.Level, Waiting));
        }
    }
}

/// <summary>One change of the level, with the length that made it.</summary>
internal readonly record struct LevelChange(BackpressureLevel Previous, BackpressureLevel Level, int Length);
