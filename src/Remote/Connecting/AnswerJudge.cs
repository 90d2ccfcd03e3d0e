namespace Remote;

/// <summary>
/// Judges the system that answered a dial: this node itself, a peer that is known by another address, a new incarnation, one that is
/// blocked, or the peer that was meant.
/// </summary>
internal sealed class AnswerJudge(
    NodeContext context, EndpointTable endpoints, PeerBlockList blockList, IncarnationMemory ended, InboundStreams inbound)
{
    /// <summary>Judges an answer, and makes it known to the endpoint.</summary>
    /// <returns>Why the endpoint ends; <see langword="null"/> when it has found its peer.</returns>
    public EndpointTerminatedReason? Judge(Endpoint endpoint, string systemId)
    {
        if (systemId == context.ActorSystem.Id)
        {
            RemoteLog.OwnAddress(context.Log, endpoint.Address, context.Address);
            endpoint.Record.Disconnected($"It is this node itself, which calls itself {context.Address} (RemoteOptions.Aliases).");
            return EndpointTerminatedReason.OwnAddress;
        }

        if (endpoint.PeerSystemId is { } former && former != systemId)
        {
            RemoteLog.IncarnationEnded(context.Log, endpoint.Address, former, systemId);
            ended.Add(endpoint.Address, former);
            inbound.Abort(former, endpoint);
            return EndpointTerminatedReason.IncarnationEnded;
        }

        endpoint.PeerSystemId = systemId;
        if (blockList.IsBlocked(systemId, endpoint.Address))
        {
            return EndpointTerminatedReason.Blocked;
        }

        if (endpoints.ClaimSystem(systemId, endpoint) is { } other)
        {
            endpoint.MoveTo(other);
            return EndpointTerminatedReason.Merged;
        }

        return null;
    }
}
