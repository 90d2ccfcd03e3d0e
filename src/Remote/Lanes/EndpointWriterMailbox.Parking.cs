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
    /// Taking alone may have made room, for the lane when messages were parked and for a slow target when parked ones were taken. Whoever waits for it
    /// comes before any later post, and nobody else would notice when the role is about to be free.
    /// </summary>
    private TakeResult AdmitAfter(TakeResult result, Span<RemoteDelivery> control, Span<RemoteDelivery> user, ref LaneWaiter[] admitted)
    {
        while (Admit() is { Length: > 0 } more)
        {
            admitted = [.. admitted, .. more];
            if (result.State != TakeState.Empty)
            {
                break;
            }

            _roleFree = false;
            var next = TakeCore(control, user);
            result = next with { Refused = result.Refused is null ? next.Refused : [.. result.Refused, .. next.Refused ?? []] };
        }

        return result;
    }

    /// <summary>The stream is over, or the lane: what is parked goes back in front of the lane, each target's messages in their order.</summary>
    private void Unpark() => _user.Return(_parking.TakeAll());

    /// <summary>
    /// Those who wait for a slow target go on when it takes messages again, or when there is room to park: in front of all others, for they were in
    /// front when they were told to wait apart. Behind them, two messages to one target could change places.
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

    private void AdmitOne(LaneWaiter waiter, List<LaneWaiter> admitted)
    {
        _user.Add(waiter.Delivery);
        _ledger.Accept();
        admitted.Add(waiter);
    }
}
