using System.Diagnostics;
namespace Remote;

/// <summary>
/// The user messages of one endpoint that wait, and the callers that wait for room: capacity, overflow policy, levels, slow targets. Pure
/// and not thread-safe: its owner's lock guards it.
/// </summary>
internal sealed class UserLane(EndpointOptions options, BackpressureOptions backpressure)
{
    private readonly DeliveryQueue _queue = new();

    // Not bounded by itself: a parked message was accepted, and is not refused afterwards. New messages are refused or wait.
    private readonly ParkingLot _parking = new();
    private readonly LinkedList<LaneWaiter> _waiters = [];
    private readonly BackpressureGauge _gauge = new(options.QueueCapacity, backpressure);

    // The share of the capacity that slow targets have together.
    private readonly int _maxParked = options.SlowTarget == SlowTargetPolicy.DeadLetter ? 0 : (options.QueueCapacity + 1) / 2;

    // The messages at the front that were parked until their target was to be sent to again. It is as slow as before: without them the level would go up
    // and down with each of its pauses.
    private int _resumed;

    // Whether the waiters that the last round of admission left all wait for a slow target: other messages may pass them.
    private bool _onlySlowWait;

    public int Capacity => options.QueueCapacity;

    public BackpressureLevel Level => _gauge.Level;

    /// <summary>Messages in the queue, parked, or taken by the writer and not yet settled.</summary>
    public int Waiting => _queue.Count + Taken + _parking.Count;

    /// <summary>Messages taken by the writer and not yet settled.</summary>
    public int Taken { get; private set; }

    /// <summary>Callers of <c>SendAsync</c> that wait for room.</summary>
    public int Waiters => _waiters.Count;

    /// <summary>How many waiters the rounds of admission have looked at so far: the cost of those that wait for everybody else.</summary>
    public long WaitersSeen { get; private set; }

    /// <summary>Whether there is something to take.</summary>
    public bool HasMore => _queue.Count > 0;

    public bool HasPausedTargets => _parking.IsInUse;

    /// <summary>Whether the next message may go to the writer directly: nothing is in front of it, and no target is paused.</summary>
    public bool IsPassable => Waiting == 0 && !HasPausedTargets;

    /// <summary>
    /// The number of messages that count against the capacity. More messages than the share of slow targets may be parked, because they
    /// were accepted before their target was found slow; the surplus does not count, up to half of the capacity. Otherwise a single target
    /// could stop all others.
    /// </summary>
    private int Charged => _queue.Count + Taken + Math.Max(Math.Min(_parking.Count, _maxParked), _parking.Count - (Capacity / 2));

    /// <summary>Whether a message would pass a caller that waits for room. None may, or callers would starve in a flood.</summary>
    private bool WouldPass => Waiters > 0 && !_onlySlowWait;

    private bool HasRoom => Charged < Capacity && !WouldPass;

    /// <summary>Whether a message may be added.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="refusal">The reason when it may not.</param>
    /// <param name="evicted">The oldest message when it has to make room (only with <see cref="OverflowPolicy.DropOldest"/>).</param>
    public bool TryAdmit(in RemoteDelivery delivery, out DeadLetterReason refusal, out RemoteDelivery evicted)
    {
        evicted = default;
        if (options.Overflow == OverflowPolicy.ShedAtCritical && LevelFor(delivery) == BackpressureLevel.Critical)
        {
            refusal = DeadLetterReason.Shed;
            return false;
        }

        refusal = DeadLetterReason.QueueFull;
        return !IsParkingFull(delivery) && (HasRoom || TryEvict(out evicted));
    }

    /// <summary>Whether a message may be added now; otherwise its caller gets a place in the queue for room, if there is one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="waiter">The place; <see langword="null"/> when too many wait already.</param>
    public bool TryAdmitOrWait(in RemoteDelivery delivery, out LaneWaiter? waiter)
    {
        waiter = null;
        var isParkingFull = IsParkingFull(delivery);
        if (!isParkingFull && HasRoom)
        {
            return true;
        }

        if (Waiters < options.MaxWaiters)
        {
            _onlySlowWait = isParkingFull && !WouldPass;
            _waiters.AddLast(waiter = new LaneWaiter(delivery));
        }

        return false;
    }

    public void Add(in RemoteDelivery delivery) => _queue.Add(delivery);

    /// <summary>
    /// Takes over the content of another lane; it may exceed the capacity, for it was accepted once. <see cref="Admit"/> has to follow.
    /// </summary>
    public void Absorb(RemoteDelivery[] messages, LaneWaiter[] waiters)
    {
        _queue.AddRange(messages);
        foreach (var waiter in waiters)
        {
            _waiters.AddLast(waiter);
        }

        _onlySlowWait = false;
    }

    /// <summary>A message went to the writer without touching the queue.</summary>
    public void Pass() => Taken++;

    /// <summary>Takes the next messages. Those to slow targets that stand in front of them are set aside.</summary>
    /// <param name="destination">Receives the messages.</param>
    /// <param name="refused">Receives those to slow targets if these are refused (<see cref="SlowTargetPolicy.DeadLetter"/>).</param>
    public int Take(Span<RemoteDelivery> destination, List<RemoteDelivery> refused)
    {
        var before = _queue.Count;
        var taken = _parking.IsInUse
            ? _parking.Take(_queue, destination, options.SlowTarget == SlowTargetPolicy.DeadLetter ? refused : null)
            : _queue.Take(destination);
        Taken += taken;
        LeaveFront(before - _queue.Count);
        return taken;
    }

    /// <summary>Messages taken earlier wait no more.</summary>
    public void Settle(int count)
    {
        Taken -= count;
        Debug.Assert(Taken >= 0, "More was settled than taken.");
    }

    /// <summary>
    /// Lets waiting callers in as far as there is room, first come first served. While the share of slow targets is full, all callers that
    /// wait for one are passed over, so that messages to one target keep their order.
    /// </summary>
    /// <returns>How many.</returns>
    public int Admit()
    {
        if (_onlySlowWait)
        {
            // As the last round left them, for their share only becomes less full when a target goes on. There may be thousands of them, and the
            // writer asks several times a batch.
            return 0;
        }

        var before = Waiters;
        var node = _waiters.First;
        while (node is not null && Charged < Capacity)
        {
            var next = node.Next;
            WaitersSeen++;
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

    /// <summary>
    /// The peer takes no messages to a target for now, or takes them again. <see cref="Admit"/> has to follow: callers that waited for the target keep all
    /// others out until then.
    /// </summary>
    public void PauseTarget(string targetId, bool isPaused)
    {
        if (!isPaused)
        {
            _resumed += _parking.Resume(targetId, _queue);
            _onlySlowWait = false;
        }
        else if (options.SlowTarget != SlowTargetPolicy.Wait)
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

    /// <summary>
    /// The stream and its pauses are over: messages that were taken come first again, then parked ones, then the queue. <see cref="Admit"/> has to follow.
    /// </summary>
    public void Return(ReadOnlySpan<RemoteDelivery> taken)
    {
        ResumeAll();
        GiveBack(taken);
        Debug.Assert(Taken == 0, "A stopped writer holds nothing.");
    }

    /// <summary>Takes everything out.</summary>
    public (RemoteDelivery[] Messages, LaneWaiter[] Waiters) TakeAll()
    {
        Debug.Assert(Taken == 0, "The writer gives back what it has taken before the lane ends.");
        ResumeAll();
        var messages = new RemoteDelivery[_queue.Count];
        _queue.Take(messages);
        LaneWaiter[] waiters = [.. _waiters];
        _waiters.Clear();
        return (messages, waiters);
    }

    /// <summary>
    /// Judges the level anew: that of the lane or that of the share of slow targets, whichever is fuller. Messages to slow targets are
    /// refused when their share is full, although the lane is not.
    /// </summary>
    /// <returns>Whether it changed.</returns>
    public bool UpdateLevel()
    {
        var slow = _parking.Count + _resumed;
        return _gauge.Update(slow == 0 ? Waiting : Math.Max(Waiting, (int)((long)slow * Capacity / _maxParked)));
    }

    /// <summary>Judges by other shares of the capacity from the next update on.</summary>
    public void ChangeLevels(BackpressureOptions levels) => _gauge.Change(levels);

    private bool IsHeld(in RemoteDelivery delivery) => _parking.IsInUse && _parking.Holds(delivery);

    private bool IsParkingFull(in RemoteDelivery delivery) => _parking.Count >= _maxParked && IsHeld(delivery);

    // A level that a slow target has made critical is no reason to shed messages to its neighbours.
    private BackpressureLevel LevelFor(in RemoteDelivery delivery) => IsHeld(delivery) ? _gauge.Level : _gauge.LevelAt(Waiting);

    private bool TryEvict(out RemoteDelivery evicted)
    {
        evicted = default;
        if (options.Overflow != OverflowPolicy.DropOldest || WouldPass || _queue.Take(new Span<RemoteDelivery>(ref evicted)) == 0)
        {
            return false;
        }

        LeaveFront(1);
        return true;
    }

    private void ResumeAll()
    {
        _parking.ResumeAll(_queue);
        _resumed = 0;
        _onlySlowWait = false;
    }

    private void LeaveFront(int count) => _resumed = Math.Max(0, _resumed - count);
}

/// <summary>One <c>SendAsync</c> that waits for room in a full user lane.</summary>
internal sealed class LaneWaiter(in RemoteDelivery delivery)
    // Continuations are the caller's code: never run them on the thread that makes room.
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public readonly RemoteDelivery Delivery = delivery;
}
