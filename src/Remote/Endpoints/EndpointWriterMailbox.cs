using System.Diagnostics;

namespace Remote;

/// <summary>
/// The mailbox of an endpoint: a bounded user lane and a bounded control lane behind one signal, the writer role.
/// </summary>
/// <remarks>
/// <para>The role says who may drain. It is free only while both lanes are empty; the post that finds it free takes it, so exactly one thread
/// is told to drain and no signal is ever lost. The role also covers dialling: whoever holds it without a connection dials.</para>
/// <para>One short lock guards everything. Against a lock-free queue it buys exact capacity, first come first served waiters, and a length
/// that is true; the drain takes up to a batch per acquisition, so producers meet it once in a thousand messages.</para>
/// </remarks>
internal sealed class EndpointWriterMailbox(int capacity, int controlCapacity, int maxWaiters, OverflowPolicy overflow)
{
    private readonly Lock _gate = new();
    private readonly DeliveryQueue _user = new();
    private readonly DeliveryQueue _control = new();
    private readonly LinkedList<LaneWaiter> _waiters = [];
    private int _held;
    private bool _roleFree = true;
    private bool _detaching;
    private TaskCompletionSource? _drained;
    private PostResult _refusal = PostResult.Accepted;

    /// <summary>User messages that wait: in the lane, or taken by the writer and not yet encoded.</summary>
    public int UserCount
    {
        get
        {
            lock (_gate)
            {
                return _user.Count + _held;
            }
        }
    }

    /// <summary>User messages in the lane that nobody has taken.</summary>
    public int QueuedUserCount
    {
        get
        {
            lock (_gate)
            {
                return _user.Count;
            }
        }
    }

    public int ControlCount
    {
        get
        {
            lock (_gate)
            {
                return _control.Count;
            }
        }
    }

    public bool HasMessages
    {
        get
        {
            lock (_gate)
            {
                return _user.Count + _control.Count > 0;
            }
        }
    }

    /// <summary>Offers a user message.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="evicted">The oldest message when it had to make room (only with <see cref="OverflowPolicy.DropOldest"/>).</param>
    public PostResult Post(in RemoteDelivery delivery, out RemoteDelivery evicted)
    {
        evicted = default;
        lock (_gate)
        {
            if (_refusal != PostResult.Accepted)
            {
                return _refusal;
            }

            // A Send never passes a waiter, or waiters would starve under a flood of Sends.
            if (_user.Count + _held >= capacity || _waiters.Count > 0)
            {
                if (overflow != OverflowPolicy.DropOldest || !TryEvict(out evicted))
                {
                    return PostResult.Full;
                }
            }

            _user.Add(delivery);
            return TakeRole();
        }
    }

    /// <summary>Offers a user message or a place in the queue for one.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="waiter">The waiter, completed when the lane took the message, if there was no room. <see langword="null"/> otherwise.</param>
    public PostResult PostOrWait(in RemoteDelivery delivery, out LaneWaiter? waiter)
    {
        waiter = null;
        lock (_gate)
        {
            if (_refusal != PostResult.Accepted)
            {
                return _refusal;
            }

            if (_user.Count + _held < capacity && _waiters.Count == 0)
            {
                _user.Add(delivery);
                return TakeRole();
            }

            if (_waiters.Count < maxWaiters)
            {
                waiter = new LaneWaiter(delivery);
                _waiters.AddLast(waiter);
            }

            return PostResult.Full;
        }
    }

    /// <summary>Offers a control message. <see cref="PostResult.Full"/> means that the endpoint must close: control is never dropped.</summary>
    public PostResult PostControl(in RemoteDelivery delivery)
    {
        lock (_gate)
        {
            if (_refusal != PostResult.Accepted)
            {
                return _refusal;
            }

            if (_control.Count >= controlCapacity)
            {
                return PostResult.Full;
            }

            _control.Add(delivery);
            return TakeRole();
        }
    }

    /// <summary>Takes a waiter out of the queue; <see langword="false"/> when the lane has taken its message already.</summary>
    public bool Withdraw(LaneWaiter waiter)
    {
        lock (_gate)
        {
            return _waiters.Remove(waiter);
        }
    }

    /// <summary>The holder of the role takes the next messages.</summary>
    /// <param name="encoded">User messages taken earlier that are encoded or refused by now and so no longer wait.</param>
    /// <param name="control">Receives control messages; <paramref name="user"/> receives user messages, empty while earlier ones are held.</param>
    /// <param name="user">Receives user messages.</param>
    public TakeResult Take(int encoded, Span<RemoteDelivery> control, Span<RemoteDelivery> user)
    {
        LaneWaiter[] admitted;
        TakeResult result;
        lock (_gate)
        {
            Debug.Assert(!_roleFree, "Only the holder of the role may take.");
            _held -= encoded;
            Debug.Assert(_held >= 0, "More was encoded than taken.");
            admitted = Admit();
            result = _detaching ? new TakeResult(0, 0, TakeState.Detached) : TakeCore(control, user);
        }

        Complete(admitted);
        return result;
    }

    /// <summary>Gives messages that were taken and not encoded back to the front of their lanes.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> control, ReadOnlySpan<RemoteDelivery> user, int encoded)
    {
        LaneWaiter[] admitted;
        lock (_gate)
        {
            _control.Return(control);
            _user.Return(user);
            _held -= user.Length + encoded;
            Debug.Assert(_held == 0, "A stopped writer holds nothing.");
            admitted = Admit();
        }

        Complete(admitted);
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

    /// <summary>Gives the role back when nothing waits; <see langword="false"/> means that there is work and the caller keeps the role.</summary>
    public bool TryRelease()
    {
        lock (_gate)
        {
            Debug.Assert(!_roleFree, "Only the holder of the role may release it.");
            _roleFree = _control.Count == 0 && _user.Count == 0;
            return _roleFree;
        }
    }

    /// <summary>Refuses everything from now on and lets the writer finish: the task completes when both lanes are empty.</summary>
    public Task BeginDrain()
    {
        lock (_gate)
        {
            _refusal = _refusal == PostResult.Accepted ? PostResult.Closed : _refusal;
            if (_roleFree)
            {
                return Task.CompletedTask;
            }

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Refuses everything from now on and takes out what waits. Idempotent: later calls find nothing.</summary>
    public Remainder Close()
    {
        lock (_gate)
        {
            return Empty(PostResult.Closed);
        }
    }

    /// <summary>
    /// Moves everything to another endpoint's mailbox, in order and before anything that is posted here later; then answers
    /// <see cref="PostResult.Moved"/>. The other lane may exceed its capacity by what is moved: it was accepted once and is not lost now.
    /// </summary>
    /// <returns>Whether the caller now holds the other mailbox's role.</returns>
    public bool MoveTo(EndpointWriterMailbox other)
    {
        lock (_gate)
        {
            var remainder = Empty(PostResult.Moved);
            lock (other._gate)
            {
                foreach (var delivery in remainder.Control)
                {
                    other._control.Add(delivery);
                }

                foreach (var delivery in remainder.User)
                {
                    other._user.Add(delivery);
                }

                foreach (var waiter in remainder.Waiters)
                {
                    other._waiters.AddLast(waiter);
                }

                return remainder.Control.Length + remainder.User.Length > 0 && other.TakeRole() == PostResult.AcceptedTakeRole;
            }
        }
    }

    private TakeResult TakeCore(Span<RemoteDelivery> control, Span<RemoteDelivery> user)
    {
        var controls = _control.Take(control);
        var users = _user.Take(user);
        _held += users;
        if (controls > 0 || _held > 0)
        {
            return new TakeResult(controls, users, TakeState.Taken);
        }

        _roleFree = true;
        _drained?.TrySetResult();
        return new TakeResult(0, 0, TakeState.Empty);
    }

    private Remainder Empty(PostResult refusal)
    {
        Debug.Assert(_held == 0, "The writer gives back what it holds before its endpoint ends.");
        _refusal = _refusal == PostResult.Accepted ? refusal : _refusal;
        var control = new RemoteDelivery[_control.Count];
        var user = new RemoteDelivery[_user.Count];
        _control.Take(control);
        _user.Take(user);
        LaneWaiter[] waiters = [.. _waiters];
        _waiters.Clear();
        return new Remainder(control, user, waiters);
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
        return _waiters.Count == 0 && _user.Take(new Span<RemoteDelivery>(ref evicted)) == 1;
    }

    private LaneWaiter[] Admit()
    {
        var room = Math.Min(capacity - _user.Count - _held, _waiters.Count);
        if (room <= 0)
        {
            return [];
        }

        var admitted = new LaneWaiter[room];
        for (var i = 0; i < room; i++)
        {
            admitted[i] = _waiters.First!.Value;
            _waiters.RemoveFirst();
            _user.Add(admitted[i].Delivery);
        }

        return admitted;
    }

    private static void Complete(LaneWaiter[] admitted)
    {
        foreach (var waiter in admitted)
        {
            waiter.TrySetResult();
        }
    }

    /// <summary>What was in the lanes when they were closed.</summary>
    internal readonly record struct Remainder(RemoteDelivery[] Control, RemoteDelivery[] User, LaneWaiter[] Waiters);
}
