namespace Remote;

/// <summary>Endpoints of peers that this node blocks.</summary>
internal sealed partial class Endpoint
{
    /// <summary>Whether this node ended it because its peer is blocked. Set before it is closed.</summary>
    public bool IsBlockedHere { get; set; }

    /// <summary>
    /// Somebody who is not blocked speaks for the address. The same incarnation can be reached again, or at least wants to be; instead of one that
    /// was blocked, another one lives there. Either way the next message finds out: there is no quarantine to wait for, or answers to the peer
    /// would be refused while it talks to us.
    /// </summary>
    public void Heard(string systemId)
    {
        if (IsBlockedHere || PeerSystemId == systemId)
        {
            _quarantine = TimeSpan.Zero;
        }
    }

    /// <summary>Makes an endpoint that was never used one that refuses everything, because its address is blocked.</summary>
    public void RefuseFromStart()
    {
        IsBlockedHere = true;
        ClosedBecause = EndpointTerminatedReason.Blocked;
        _mailbox.Close(RemoteDeadLetterReasons.Blocked, RemoteDeadLetterReasons.Blocked);
        Record.ClosedAt = _node.Time.GetTimestamp();
        SetState(EndpointState.Closed);
    }
}
