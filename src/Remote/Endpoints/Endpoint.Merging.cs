namespace Remote;

/// <summary>Two addresses that lead to one peer: their endpoints become one.</summary>
internal sealed partial class Endpoint
{
    private Endpoint? _movedTo;

    /// <summary>Where this endpoint's messages go since it was merged.</summary>
    public Endpoint? MovedTo => Volatile.Read(ref _movedTo);

    /// <summary>Hands everything to the endpoint that leads to the same peer by another address. The caller holds the role.</summary>
    public void MoveTo(Endpoint other)
    {
        EndLink();
        Volatile.Write(ref _movedTo, other);
        var watches = _watches.TakeAll();
        var role = _mailbox.MoveTo(other._mailbox, out var late);
        End(TimeSpan.Zero);
        if (role)
        {
            other.RunRole();
        }

        // The other one may have ended meanwhile; what it did not take dies as what it had did.
        DeadLetter(late, RemoteDeadLetterReasons.EndpointClosed);
        foreach (var pair in watches)
        {
            // Issued again: what the peer said of them may have been lost with a stream that was this endpoint's.
            other.Watch(pair.Watcher, pair.Target, new Actors.Watch(pair.Watcher));
        }

        RemoteLog.EndpointsMerged(_node.Log, Address, other.Address, PeerSystemId ?? "");
        _node.Publish(new EndpointTerminated(Address, EndpointTerminatedReason.Merged));
    }
}
