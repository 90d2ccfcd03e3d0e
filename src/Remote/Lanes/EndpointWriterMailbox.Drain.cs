using System.Diagnostics;

namespace Remote;

/// <summary>The side of the holder of the role: taking, giving back, handing over.</summary>
internal sealed partial class EndpointWriterMailbox
{
    /// <summary>User messages that wait: in the lane, or taken by the writer and not yet settled.</summary>
    public int UserCount
    {
        get
        {
            lock (_gate)
            {
                return Waiting;
            }
        }
    }

    /// <summary>Whether a take would find something to write.</summary>
    public bool HasMessages
    {
        get
        {
            lock (_gate)
            {
                return IsWritable;
            }
        }
    }

    /// <summary>The holder of the role takes the next messages.</summary>
    /// <param name="outcome">What became of the messages taken earlier; they no longer wait.</param>
    /// <param name="control">Receives control messages; empty while earlier ones are held.</param>
    /// <param name="user">Receives user messages; empty while earlier ones are held.</param>
    /// <param name="held">What the taker still holds.</param>
    public TakeResult Take(in WriterOutcome outcome, Span<RemoteDelivery> control, Span<RemoteDelivery> user, WriterHeld held = default)
    {
        LaneWaiter[] admitted;
        TakeResult result;
        lock (_gate)
        {
            Debug.Assert(!_roleFree, "Only the holder of the role may take.");
            _writerHeld = held;
            _link?.Written();
            admitted = Settle(outcome);
            result = _detaching ? new TakeResult(0, 0, TakeState.Detached) : TakeCore(control, user);
            if (_parking.HasLimits || _parkedWaiters.Count > 0)
            {
                result = AdmitAfter(result, control, user, ref admitted);
                Gauge();
            }
        }

        Complete(admitted);
        return result;
    }

    /// <summary>Gives messages that were taken and not encoded back to the front of their lanes.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> control, ReadOnlySpan<RemoteDelivery> user, in WriterOutcome outcome)
    {
        LaneWaiter[] admitted;
        lock (_gate)
        {
            // What was said of slow targets held for the stream. Parked messages are older than the lane, and held ones older still.
            Unpark();
            _control.Return(control);
            _user.Return(user);
            _held -= user.Length;
            _writerHeld = default;
            admitted = Settle(outcome);
            Debug.Assert(_held == 0, "A stopped writer holds nothing.");
        }

        Complete(admitted);
    }

    /// <summary>Takes the role if it is free, as a post would.</summary>
    public bool TryClaim()
    {
        lock (_gate)
        {
            return TakeRole() == PostResult.AcceptedTakeRole;
        }
    }

    /// <summary>
    /// The owner of the connection takes the role away from its writer: at once when it is free (<see langword="true"/>), otherwise the
    /// writer hands it over at its next <see cref="Take"/>.
    /// </summary>
    public bool BeginDetach()
    {
        lock (_gate)
        {
            _detaching = true;
            var claimed = _roleFree;
            _roleFree = false;
            return claimed;
        }
    }

    /// <summary>Ends a detach: from here on the lanes can be drained again. The caller holds the role.</summary>
    public void EndDetach()
    {
        lock (_gate)
        {
            Debug.Assert(!_roleFree, "The detaching owner holds the role.");
            _detaching = false;
        }
    }

    /// <summary>Refuses everything from now on and lets the writer finish: the task completes when both lanes are empty.</summary>
    public Task BeginDrain(Actors.DeadLetterReason later)
    {
        lock (_gate)
        {
            _refusal = _userRefusal = _refusal == PostResult.Accepted ? PostResult.Closed : _refusal;
            _refusalReason = later;
            if (_roleFree && IsIdle)
            {
                return Task.CompletedTask;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Fills in the counters, all of one moment.</summary>
    public EndpointStatistics Snapshot(string address, EndpointState state)
    {
        lock (_gate)
        {
            return new EndpointStatistics
            {
                Address = address,
                State = state,
                Level = _gauge.Level,
                QueueLength = Waiting,
                QueueCapacity = _capacity,
                ControlQueueLength = _control.Count,
                InFlight = _held,
                Waiters = _waiters.Count + _parkedWaiters.Count,
                Offered = _ledger.Offered,
                Accepted = _ledger.Accepted,
                Written = _ledger.Written,
                Acknowledged = _ledger.Acknowledged,
                Retained = _ledger.Retained,
                Unconfirmed = _ledger.Unconfirmed,
                Moved = _ledger.Moved,
                Refused = Named(_ledger.Refusals),
                DeadLetters = Named(_ledger.DeadLetters),
                Batches = _ledger.Batches,
                BytesOut = _ledger.BytesOut,
            };
        }
    }

    private static Dictionary<string, long> Named(IReadOnlyDictionary<Actors.DeadLetterReason, long> counters) =>
        counters.ToDictionary(entry => entry.Key.Name, entry => entry.Value, StringComparer.Ordinal);

    /// <summary>Whether the holder of the role would find something that may be written now.</summary>
    private bool IsWritable =>
        (_control.Count + _writerHeld.Control > 0 && MayWriteControl)
        || ((_user.Count + _held > 0 || _parking.HasReady) && MayWriteUser)
        || _link is { HasUnwritten: true };

    private bool IsIdle => Waiting + _control.Count + _writerHeld.Control == 0;

    private TakeResult TakeCore(Span<RemoteDelivery> control, Span<RemoteDelivery> user)
    {
        if (_link is not null && _link.TryNextUnwritten(out var again))
        {
            return new TakeResult(0, 0, TakeState.Taken) { Again = again };
        }

        var credit = Credit;
        var controls = MayWriteControl ? _control.Take(control) : 0;
        List<RemoteDelivery>? refused = null;
        var users = MayWriteUser ? TakeUsers(user[..(int)Math.Min(user.Length, credit.Messages)], ref refused) : 0;
        _held += users;
        if (controls > 0 || (_writerHeld.Control > 0 && MayWriteControl) || (_held > 0 && MayWriteUser))
        {
            return new TakeResult(controls, users, TakeState.Taken) { Credit = credit, Refused = refused };
        }

        _roleFree = true;
        if (IsIdle)
        {
            _drained?.TrySetResult();
        }

        return new TakeResult(0, 0, TakeState.Empty) { Refused = refused };
    }

    private int TakeUsers(Span<RemoteDelivery> user, ref List<RemoteDelivery>? refused) =>
        _parking.HasLimits ? TakeAround(user, ref refused) : _user.Take(user);

    private LaneWaiter[] Settle(in WriterOutcome outcome)
    {
        _held -= outcome.Settled;
        Debug.Assert(_held >= 0, "More was settled than taken.");
        _ledger.Write(outcome);
        var admitted = Admit();
        Gauge();
        return admitted;
    }

    private LaneWaiter[] Admit()
    {
        if (_waiters.Count + _parkedWaiters.Count == 0)
        {
            return [];
        }

        List<LaneWaiter> admitted = [];
        RecallParked();
        while (_waiters.First is { } first && Charged < _capacity)
        {
            _waiters.RemoveFirst();
            if (IsParkingFull(first.Value.Delivery))
            {
                _parkedWaiters.AddLast(first);
            }
            else
            {
                AdmitOne(first.Value, admitted);
            }
        }

        return [.. admitted];
    }

    private static void Complete(LaneWaiter[] admitted)
    {
        foreach (var waiter in admitted)
        {
            waiter.TrySetResult();
        }
    }
}
