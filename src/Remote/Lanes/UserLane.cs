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
    private readonly LinkedList<LaneWaiter> _parkedWaiters = [];
    private readonly LaneGauge _gauge;
    private readonly EndpointOptions _options;
    private readonly int _maxParked;

    /// <param name="options">Capacity and policies.</param>
    /// <param name="backpressure">The levels.</param>
    public UserLane(EndpointOptions options, BackpressureOptions backpressure)
    {
        _options = options;
        _maxParked = options.SlowTarget == SlowTargetPolicy.DeadLetter ? 0 : (Capacity + 1) / 2;
        _gauge = new LaneGauge(Capacity, _maxParked, backpressure);
    }

    public int Capacity => _options.QueueCapacity;

    public BackpressureLevel Level => _gauge.Level;

    /// <summary>Messages that wait: in the queue, parked, or taken by the writer and not yet settled.</summary>
    public int Waiting => _queue.Count + Taken + _parking.Count;

    /// <summary>Messages taken by the writer and not yet settled.</summary>
    public int Taken { get; private set; }

    /// <summary>Callers of <c>SendAsync</c> that wait for room.</summary>
    public int Waiters => _waiters.Count + _parkedWaiters.Count;

    /// <summary>Whether there is something to take.</summary>
    public bool HasMore => _queue.Count > 0 || _parking.HasReady;

    /// <summary>Whether the next message may pass the queue: nothing is in front of it, and no target is slow.</summary>
    public bool IsPassable => Waiting == 0 && !_parking.HasLimits;

    /// <summary>
    /// What counts against the capacity. Messages that were accepted before their target was found slow may be more than its share; up to
    /// another half of the lane is lent for them, or a single target could stop all others.
    /// </summary>
    private int Charged =>
        _queue.Count + Taken + (_parking.Count == 0 ? 0 : Math.Max(Math.Min(_parking.Count, _maxParked), _parking.Count - (Capacity / 2)));

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

        // A Send never passes a waiter, or waiters would starve under a flood of Sends.
        return !IsParkingFull(delivery) && ((Charged < Capacity && _waiters.Count == 0) || TryEvict(out evicted));
    }

    /// <summary>Whether a message may be added now; otherwise its caller gets a place in the queue for room, if there is one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="waiter">The place; <see langword="null"/> when too many wait already.</param>
    public bool TryAdmitOrWait(in RemoteDelivery delivery, out LaneWaiter? waiter)
    {
        waiter = null;
        var isParkingFull = IsParkingFull(delivery);
        if (!isParkingFull && Charged < Capacity && _waiters.Count == 0)
        {
            return true;
        }

        if (Waiters < _options.MaxWaiters)
        {
            waiter = new LaneWaiter(delivery);

            // Behind those who wait for the lane, or it could pass an earlier message to its own target; its turn sorts it out.
            (isParkingFull && _waiters.Count == 0 ? _parkedWaiters : _waiters).AddLast(waiter);
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
    }

    /// <summary>A message went to the writer without touching the queue.</summary>
    public void Pass() => Taken++;

    /// <summary>Takes the next messages: while some targets are slow, first those that waited for their target.</summary>
    /// <param name="destination">Receives them.</param>
    /// <param name="refused">Receives those that are refused instead, because their target is slow (<see cref="SlowTargetPolicy.DeadLetter"/>).</param>
    public int Take(Span<RemoteDelivery> destination, ref List<RemoteDelivery>? refused)
    {
        var taken = _parking.HasLimits ? TakeAround(destination, ref refused) : _queue.Take(destination);
        Taken += taken;
        return taken;
    }

    /// <summary>Messages taken earlier wait no more.</summary>
    public void Settle(int count)
    {
        Taken -= count;
        Debug.Assert(Taken >= 0, "More was settled than taken.");
    }

    /// <summary>Lets waiting callers in as far as there is room, first come first served.</summary>
    /// <returns>How many.</returns>
    public int Admit()
    {
        if (Waiters == 0)
        {
            return 0;
        }

        var count = 0;
        RecallParked();
        while (_waiters.First is { } first && Charged < Capacity)
        {
            _waiters.RemoveFirst();
            if (IsParkingFull(first.Value.Delivery))
            {
                _parkedWaiters.AddLast(first);
                continue;
            }

            _queue.Add(first.Value.Delivery);
            first.Value.TrySetResult();
            count++;
        }

        return count;
    }

    /// <summary>Takes a caller out of the queue for room; <see langword="false"/> when it is not in it any more.</summary>
    public bool Withdraw(LaneWaiter waiter) => _waiters.Remove(waiter) || _parkedWaiters.Remove(waiter);

    /// <summary>The peer takes at most so many more messages to a target, until it says more, or any number again.</summary>
    public void Limit(string targetId, long messages, bool isReleased)
    {
        if (_options.SlowTarget == SlowTargetPolicy.Wait)
        {
            return;
        }

        if (isReleased)
        {
            _parking.Release(targetId);
        }
        else
        {
            _parking.Limit(targetId, messages);
        }
    }

    /// <summary>The stream is over: messages that were taken and not encoded come first again, then those that were parked.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> taken)
    {
        // What was said of slow targets held for the stream. Parked messages are older than the queue, and taken ones older still.
        Unpark();
        _queue.Return(taken);
        Settle(taken.Length);
        Debug.Assert(Taken == 0, "A stopped writer holds nothing.");
    }

    /// <summary>Takes everything out.</summary>
    public (RemoteDelivery[] Messages, LaneWaiter[] Waiters) TakeAll()
    {
        Debug.Assert(Taken == 0, "The writer gives back what it has taken before the lane ends.");
        Unpark();
        var messages = new RemoteDelivery[_queue.Count];
        _queue.Take(messages);
        LaneWaiter[] waiters = [.. _parkedWaiters, .. _waiters];
        _parkedWaiters.Clear();
        _waiters.Clear();
        return (messages, waiters);
    }

    /// <summary>Judges the level anew.</summary>
    /// <returns>Whether it changed.</returns>
    public bool UpdateLevel() => _gauge.Update(Waiting, _parking.Count);

    private bool IsParkingFull(in RemoteDelivery delivery) => _parking.HasLimits && _parking.Count >= _maxParked && _parking.Holds(delivery);

    // What a slow actor has made critical is no reason to shed what is for its neighbours.
    private BackpressureLevel LevelFor(in RemoteDelivery delivery) =>
        _parking.HasLimits && _parking.Holds(delivery) ? _gauge.Level : _gauge.LaneLevel;

    private bool TryEvict(out RemoteDelivery evicted)
    {
        evicted = default;
        return _options.Overflow == OverflowPolicy.DropOldest && _waiters.Count == 0 && _queue.Take(new Span<RemoteDelivery>(ref evicted)) > 0;
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

    private void Unpark() => _queue.Return(_parking.TakeAll());

    /// <summary>
    /// Callers that wait for a slow target go on when it takes messages again, or when there is room to park: in front of all others, for they were
    /// in front when they were told to wait apart. Behind them, two messages to one target could change places.
    /// </summary>
    private void RecallParked()
    {
        LinkedListNode<LaneWaiter>? last = null;
        for (var node = _parkedWaiters.First; node is not null;)
        {
            var next = node.Next;
            if (!IsParkingFull(node.Value.Delivery))
            {
                _parkedWaiters.Remove(node);
                if (last is null)
                {
                    _waiters.AddFirst(node);
                }
                else
                {
                    _waiters.AddAfter(last, node);
                }

                last = node;
            }

            node = next;
        }
    }
}

/// <summary>One <c>SendAsync</c> that waits for room in a full user lane.</summary>
internal sealed class LaneWaiter(in RemoteDelivery delivery)
    // Continuations are the caller's code: never run them on the thread that makes room.
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public readonly RemoteDelivery Delivery = delivery;
}
