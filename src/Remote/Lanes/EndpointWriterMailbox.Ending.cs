using System.Diagnostics;
using Remote.Actors;

namespace Remote;

/// <summary>How the lanes end, for good or for an outage, and what becomes of what was in them.</summary>
internal sealed partial class EndpointWriterMailbox
{
    private bool _isClosed;

    /// <summary>Refuses everything from now on and takes out what waits. Idempotent: later calls find nothing.</summary>
    /// <param name="reason">Counts for what is taken out.</param>
    /// <param name="later">Counts for what is offered later.</param>
    public Remainder Close(DeadLetterReason reason, DeadLetterReason later)
    {
        lock (_gate)
        {
            _refusalReason = later;
            _isClosed = true;
            var remainder = Empty(PostResult.Closed);
            _ledger.DeadLetter(reason, remainder.User.Length);
            _ledger.Refuse(reason, remainder.Waiters.Length);
            return remainder;
        }
    }

    /// <summary>Refuses user messages until <see cref="EndOutage"/> and takes out those that wait. Control messages wait on.</summary>
    public Remainder BeginOutage(DeadLetterReason reason)
    {
        lock (_gate)
        {
            if (_refusal != PostResult.Accepted)
            {
                return new Remainder([], [], []);
            }

            Debug.Assert(_held == 0, "The writer gives back what it holds before an outage begins.");
            _userRefusal = PostResult.Closed;
            _refusalReason = reason;
            var remainder = EmptyUserLane();
            _ledger.DeadLetter(reason, remainder.User.Length);
            _ledger.Refuse(reason, remainder.Waiters.Length);
            return remainder;
        }
    }

    /// <summary>Takes user messages again, unless something else refuses them.</summary>
    public void EndOutage()
    {
        lock (_gate)
        {
            _userRefusal = _refusal;
        }
    }

    /// <summary>
    /// Moves everything to another endpoint's mailbox, in order and before anything that is posted here later; then answers
    /// <see cref="PostResult.Moved"/>. The other lane may exceed its capacity by what is moved: it was accepted once and is not lost now.
    /// </summary>
    /// <param name="other">Where to.</param>
    /// <param name="late">What the other one did not take, because it has been closed; counted here.</param>
    /// <returns>Whether the caller now holds the other mailbox's role.</returns>
    public bool MoveTo(EndpointWriterMailbox other, out Remainder late)
    {
        lock (_gate)
        {
            var remainder = Empty(PostResult.Moved);
            lock (other._gate)
            {
                if (other._isClosed)
                {
                    late = remainder;
                    _ledger.DeadLetter(RemoteDeadLetterReasons.EndpointClosed, late.User.Length);
                    _ledger.Refuse(RemoteDeadLetterReasons.EndpointClosed, late.Waiters.Length);
                    return false;
                }

                late = new Remainder([], [], []);
                _ledger.Move(remainder.User.Length);
                return other.Absorb(remainder);
            }
        }
    }

    private bool Absorb(in Remainder remainder)
    {
        foreach (var delivery in remainder.Control)
        {
            _control.Add(delivery);
        }

        foreach (var delivery in remainder.User)
        {
            _user.Add(delivery);
        }

        foreach (var waiter in remainder.Waiters)
        {
            _waiters.AddLast(waiter);
        }

        _ledger.Accept(remainder.User.Length);
        Gauge();
        return remainder.Control.Length + remainder.User.Length > 0 && TakeRole() == PostResult.AcceptedTakeRole;
    }

    private Remainder Empty(PostResult refusal)
    {
        Debug.Assert(_held == 0, "The writer gives back what it holds before its endpoint ends.");
        _refusal = _userRefusal = _refusal is PostResult.Moved ? _refusal : refusal;
        var control = new RemoteDelivery[_control.Count];
        _control.Take(control);
        return EmptyUserLane() with { Control = control };
    }

    private Remainder EmptyUserLane()
    {
        Unpark();
        var user = new RemoteDelivery[_user.Count];
        _user.Take(user);
        LaneWaiter[] waiters = [.. _parkedWaiters, .. _waiters];
        _parkedWaiters.Clear();
        _waiters.Clear();
        Gauge();
        return new Remainder([], user, waiters);
    }

    /// <summary>What was in the lanes when they were closed.</summary>
    internal readonly record struct Remainder(RemoteDelivery[] Control, RemoteDelivery[] User, LaneWaiter[] Waiters);
}
