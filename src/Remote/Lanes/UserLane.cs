using System.Diagnostics;
using Remote.Actors;

namespace Remote;

/// <summary>
/// The user messages of one endpoint that wait, and the callers that wait for room: capacity, overflow policy, levels, targets that the peer says
/// are slow. Pure and not thread-safe: its owner's lock guards it.
/// </summary>
internal sealed class UserLane
{
    private readonly DeliveryQueue _queue = new();

    // Never full by itself: what is parked was accepted, and is not refused afterwards. New messages are refused or wait.
    private readonly ParkingLot _parking = new();
    private readonly LinkedList<LaneWaiter> _waiters = [];
    private readonly BackpressureGauge _gauge;
    private readonly EndpointOptions _options;
    private readonly int _maxParked;

    // Whether the waiters that the last round of admission left all wait for a slow target: no other message has to wait behind them.
    private bool _onlySlowWait;

    /// <param name="options">Capacity and policies.</param>
    /// <param name="backpressure">The levels.</param>
    public UserLane(EndpointOptions options, BackpressureOptions backpressure)
    {
        _options = options;
        _maxParked = options.SlowTarget == SlowTargetPolicy.DeadLetter ? 0 : (Capacity + 1) / 2;
        _gauge = new BackpressureGauge(Capacity, backpressure);
    }

    public int Capacity => _options.QueueCapacity;

    public BackpressureLevel Level => _gauge.Level;

    /// <summary>Messages that wait: in the queue, parked, or taken by the writer and not yet settled.</summary>
    public int Waiting => _queue.Count + Taken + _parking.Count;

    /// <summary>Messages taken by the writer and not yet settled.</summary>
    public int Taken { get; private set; }

    /// <summary>Callers of <c>SendAsync</c> that wait for room.</summary>
    public int Waiters => _waiters.Count;

    /// <summary>Whether there is something to take.</summary>
    public bool HasMore => _queue.Count > 0;

    /// <summary>Whether the peer has paused any target.</summary>
    public bool HasPausedTargets => _parking.IsInUse;

    /// <summary>Whether the next message may pass the queue: nothing is in front of it, and no target is paused.</summary>
    public bool IsPassable => Waiting == 0 && !HasPausedTargets;

    /// <summary>
    /// What counts against the capacity. Messages that were accepted before their target was found slow may be more than its share; up to
    /// another half of the lane is lent for them, or a single target could stop all others.
    /// </summary>
    private int Charged => _queue.Count + Taken + Math.Max(Math.Min(_parking.Count, _maxParked), _parking.Count - (Capacity / 2));

    /// <summary>Whether a message would pass a waiter that is not held up by a slow target. None does, or waiters would starve under a flood of sends.</summary>
    private bool WouldPass => Waiters > 0 && !_onlySlowWait;

    /// <summary>Whether a message may be added.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="refusal">Why not.</param>
    /// <param name="evicted">The oldest message when it has to make room (only with <see cref="OverflowPolicy.DropOldest"/>).</param>
    public bool TryAdmit(in RemoteDelivery delivery, out DeadLetterReason refusal, out RemoteDelivery evicted)
    {
        evicted = default;
        if (_options.Overflow == OverflowPolicy.ShedAtCritical && LevelFor(delivery) == BackpressureLevel.Critical)
        {
            refusal = RemoteDeadLetterReasons.Shed;
            return false;
        }

        refusal = RemoteDeadLetterReasons.QueueFull;
        return !IsParkingFull(delivery) && ((Charged < Capacity && !WouldPass) || TryEvict(out evicted));
    }

    /// <summary>Whether a message may be added now; otherwise its caller gets a place in the queue for room, if there is one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="waiter">The place; <see langword="null"/> when too many wait already.</param>
    public bool TryAdmitOrWait(in RemoteDelivery delivery, out LaneWaiter? waiter)
    {
        waiter = null;
        var isParkingFull = IsParkingFull(delivery);
        if (!isParkingFull && Charged < Capacity && !WouldPass)
        {
            return true;
        }

        if (Waiters < _options.MaxWaiters)
        {
            _onlySlowWait = isParkingFull && !WouldPass;
            _waiters.AddLast(waiter = new LaneWaiter(delivery));
        }

        return false;
    }

    public void Add(in RemoteDelivery delivery) => _queue.Add(delivery);

    /// <summary>Takes over what was in another lane; it may exceed the capacity, for it was accepted once.</summary>
    public void Absorb(RemoteDelivery[] messages, LaneWaiter[] waiters)
    {
        foreach (var delivery in messages)
        {
            _queue.Add(delivery);
        }

        foreach (var waiter in waiters)
        {
            _waiters.AddLast(waiter);
        }

        _onlySlowWait = false;
    }

    /// <summary>A message went to the writer without touching the queue.</summary>
    public void Pass() => Taken++;

    /// <summary>Takes the next messages. Those for slow targets are left, as far as the lane had to be looked through.</summary>
    /// <param name="destination">Receives them.</param>
    /// <param name="refused">Receives those that are refused instead, because their target is slow (<see cref="SlowTargetPolicy.DeadLetter"/>).</param>
    public int Take(Span<RemoteDelivery> destination, ref List<RemoteDelivery>? refused)
    {
        var taken = _parking.IsInUse ? TakeAround(destination, ref refused) : _queue.Take(destination);
        Taken += taken;
        return taken;
    }

    /// <summary>Messages taken earlier wait no more.</summary>
    public void Settle(int count)
    {
        Taken -= count;
        Debug.Assert(Taken >= 0, "More was settled than taken.");
    }

    /// <summary>
    /// Lets waiting callers in as far as there is room, first come first served. While the share of slow targets is full, all callers that wait for one
    /// are passed over, so that messages to one target keep their order.
    /// </summary>
    /// <returns>How many.</returns>
    public int Admit()
    {
        var before = Waiters;
        var node = _waiters.First;
        while (node is not null && Charged < Capacity)
        {
            var next = node.Next;
            if (!IsParkingFull(node.Value.Delivery))
            {
                _waiters.Remove(node);
                _queue.Add(node.Value.Delivery);
                node.Value.TrySetResult();
            }

            node = next;
        }

        _onlySlowWait = node is null;
        return before - Waiters;
    }

    /// <summary>Takes a caller out of the queue for room; <see langword="false"/> when it is not in it any more.</summary>
    public bool Withdraw(LaneWaiter waiter) => _waiters.Remove(waiter);

    /// <summary>The peer takes no messages to a target for now, or takes them again.</summary>
    public void PauseTarget(string targetId, bool isPaused)
    {
        if (!isPaused)
        {
            _parking.Resume(targetId, _queue);
        }
        else if (_options.SlowTarget != SlowTargetPolicy.Wait)
        {
            _parking.Pause(targetId);
        }
    }

    /// <summary>Messages that were taken go to the front again.</summary>
    public void GiveBack(ReadOnlySpan<RemoteDelivery> taken)
    {
        _queue.Return(taken);
        Settle(taken.Length);
    }

    /// <summary>The stream is over: messages that were taken and not encoded come first again, then those that were parked.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> taken)
    {
        // What the peer said of slow targets held for the stream. Parked messages are older than the queue, and taken ones older still.
        _parking.ResumeAll(_queue);
        GiveBack(taken);
        Debug.Assert(Taken == 0, "A stopped writer holds nothing.");
    }

    /// <summary>Takes everything out.</summary>
    public (RemoteDelivery[] Messages, LaneWaiter[] Waiters) TakeAll()
    {
        Debug.Assert(Taken == 0, "The writer gives back what it has taken before the lane ends.");
        _parking.ResumeAll(_queue);
        var messages = new RemoteDelivery[_queue.Count];
        _queue.Take(messages);
        LaneWaiter[] waiters = [.. _waiters];
        _waiters.Clear();
        return (messages, waiters);
    }

    /// <summary>Judges the level anew.</summary>
    /// <returns>Whether it changed.</returns>
    /// <remarks>
    /// Messages for slow targets are refused when their share is full, the lane as a whole far from it: the level is that of the fuller of the two.
    /// </remarks>
    public bool UpdateLevel() =>
        _gauge.Update(_parking.Count == 0 ? Waiting : Math.Max(Waiting, (int)((long)_parking.Count * Capacity / _maxParked)));

    private bool IsHeld(in RemoteDelivery delivery) => _parking.IsInUse && _parking.Holds(delivery);

    private bool IsParkingFull(in RemoteDelivery delivery) => _parking.Count >= _maxParked && IsHeld(delivery);

    // What a slow actor has made critical is no reason to shed what is for its neighbours.
    private BackpressureLevel LevelFor(in RemoteDelivery delivery) => IsHeld(delivery) ? _gauge.Level : _gauge.LevelAt(Waiting);

    private bool TryEvict(out RemoteDelivery evicted)
    {
        evicted = default;
        return _options.Overflow == OverflowPolicy.DropOldest && !WouldPass && _queue.Take(new Span<RemoteDelivery>(ref evicted)) > 0;
    }

    private int TakeAround(Span<RemoteDelivery> destination, ref List<RemoteDelivery>? refused)
    {
        if (_options.SlowTarget != SlowTargetPolicy.DeadLetter)
        {
            return _parking.Take(_queue, destination);
        }

        List<RemoteDelivery> held = [];
        var taken = _parking.Take(_queue, destination, held);
        if (held.Count > 0)
        {
            (refused ??= []).AddRange(held);
        }

        return taken;
    }
}

/// <summary>One <c>SendAsync</c> that waits for room in a full user lane.</summary>
internal sealed class LaneWaiter(in RemoteDelivery delivery)
    // Continuations are the caller's code: never run them on the thread that makes room.
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public readonly RemoteDelivery Delivery = delivery;
}
