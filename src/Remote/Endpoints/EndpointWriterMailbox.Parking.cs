namespace Remote;

/// <summary>
/// Messages for actors that the peer says are too slow: they wait apart from the lane, so that their neighbours go on. They are still in the
/// lane for everybody who counts.
/// </summary>
internal sealed partial class EndpointWriterMailbox
{
    // Never full by itself: what is parked was accepted, and is not refused afterwards. New messages are refused or wait.
    private readonly ParkingLot _parking = new();
    private readonly LinkedList<LaneWaiter> _parkedWaiters = [];
    private readonly SlowTargetPolicy _slowTarget;
    private readonly int _maxParked;

    /// <summary>
    /// What counts against the capacity. Messages that were accepted before their target was found slow may be more than its share; up to
    /// another half of the lane is lent for them, or a single target could stop all others.
    /// </summary>
    private int Charged =>
        _user.Count + _held + (_parking.Count == 0 ? 0 : Math.Max(Math.Min(_parking.Count, _maxParked), _parking.Count - (_capacity / 2)));

    /// <summary>The peer takes at most so many more messages to a target, until it says more.</summary>
    /// <returns>Whether the caller now holds the role: there is something to write that had to wait.</returns>
    public bool Limit(string targetId, long messages, bool isReleased)
    {
        LaneWaiter[] admitted;
        bool takeRole;
        lock (_gate)
        {
            if (_link is null || _slowTarget == SlowTargetPolicy.Wait)
            {
                return false;
            }

            if (isReleased)
            {
                _parking.Release(targetId);
            }
            else
            {
                _parking.Limit(targetId, messages);
            }

            admitted = Admit();
            takeRole = _roleFree && !_detaching && IsWritable && TakeRole() == PostResult.AcceptedTakeRole;
        }

        Complete(admitted);
        return takeRole;
    }

    private bool IsParkingFull(in RemoteDelivery delivery) => _parking.HasLimits && _parking.Count >= _maxParked && _parking.Holds(delivery);

    /// <summary>Takes user messages while some targets are slow: first those that waited for their target, then the lane.</summary>
    private int TakeAround(Span<RemoteDelivery> user, ref List<RemoteDelivery>? refused)
    {
        if (_slowTarget != SlowTargetPolicy.DeadLetter)
        {
            return _parking.Take(_user, user);
        }

        List<RemoteDelivery> held = [];
        var taken = _parking.Take(_user, user, held);
        if (held.Count > 0)
        {
            refused = held;
            _ledger.DeadLetter(RemoteDeadLetterReasons.QueueFull, held.Count);
        }

        return taken;
    }

    /// <summary>
    /// Parking alone may have made room in the lane, and nobody else would notice: the role is about to be free, and what waits for room does
    /// not take it.
    /// </summary>
    private TakeResult TakeForWaiters(TakeResult result, Span<RemoteDelivery> control, Span<RemoteDelivery> user, ref LaneWaiter[] admitted)
    {
        while (result.State == TakeState.Empty && Admit() is { Length: > 0 } more)
        {
            admitted = [.. admitted, .. more];
            _roleFree = false;
            var next = TakeCore(control, user);
            result = next with { Refused = result.Refused is null ? next.Refused : [.. result.Refused, .. next.Refused ?? []] };
        }

        return result;
    }

    /// <summary>The stream is over, or the lane: what is parked goes back in front of the lane, each target's messages in their order.</summary>
    private void Unpark() => _user.Return(_parking.TakeAll());

    /// <summary>
    /// Those who wait for a slow target go on when it takes messages again, or when there is room to park. Who finds the lane full then
    /// waits like everybody else, and is not passed by a Send.
    /// </summary>
    private void AdmitParked(List<LaneWaiter> admitted)
    {
        for (var node = _parkedWaiters.First; node is not null;)
        {
            var next = node.Next;
            if (!IsParkingFull(node.Value.Delivery))
            {
                _parkedWaiters.Remove(node);
                if (Charged < _capacity && _waiters.Count == 0)
                {
                    AdmitOne(node.Value, admitted);
                }
                else
                {
                    _waiters.AddLast(node);
                }
            }

            node = next;
        }
    }

    private void AdmitOne(LaneWaiter waiter, List<LaneWaiter> admitted)
    {
        _user.Add(waiter.Delivery);
        _ledger.Accept();
        admitted.Add(waiter);
    }
}
