namespace Remote;

/// <summary>The end of an endpoint whose peer is blocked, or blocks this node.</summary>
internal sealed partial class EndpointDialler
{
    private readonly CancellationTokenSource _cut = new();
    private volatile bool _isBlocking;

    private EndpointTerminatedReason StopReason => _isBlocking ? EndpointTerminatedReason.Blocked : _stopReason;

    /// <summary>Ends the endpoint at once, and writes nothing more: the peer was blocked. Await <see cref="Ended"/>.</summary>
    public void RequestCut()
    {
        _isBlocking = true;

        // From now on; the loop ends the rest in its own time.
        _ = _endpoint.DrainAsync(RemoteDeadLetterReasons.Blocked);
        _cut.Cancel();
        RequestStop(EndpointTerminatedReason.Blocked);
    }

    private Verdict Blocking()
    {
        _isBlocking = true;
        return Verdict.Final(EndpointTerminatedReason.Blocked);
    }

    /// <summary>Only somebody there can change that: no attempts by itself.</summary>
    private Verdict BlockedByPeer(RemoteException answer)
    {
        RemoteLog.Blocked(_node.Log, _endpoint.Address);
        _endpoint.Record.Disconnected(answer.Message);
        _endpoint.PeerSystemId ??= answer.SystemId;
        if (_endpoint.Record.SetBlockedByPeer(true))
        {
            _node.Publish(new EndpointBlocked(_endpoint.Address, answer.SystemId, BlockedBy.Peer, answer.Message));
        }

        return Verdict.Final(EndpointTerminatedReason.Blocked);
    }
}
