using Remote.Transport;

namespace Remote;

/// <summary>
/// A stream opened to this node by one with a listener: payload comes in; only acknowledgements, heartbeats and the wish to part go back.
/// </summary>
internal sealed class AcceptedSession : StreamSession
{
    private readonly RemoteNode _node;
    private readonly PeerIdentity _peer;

    /// <param name="node">The node.</param>
    /// <param name="inbound">The stream.</param>
    /// <param name="inflow">The link that it carries; <see langword="null"/> for none.</param>
    public AcceptedSession(RemoteNode node, InboundStream inbound, LinkInflow? inflow)
        : base(
            new StreamParts(inbound.Stream, inbound.Peer.Capabilities, new FrameWriter(inbound.Stream, inflow), inflow),
            StreamRole.Acceptor,
            new PayloadReader(node, inbound.Peer, endpoint: null, inflow) { StreamLost = inbound.Stream.CancellationToken },
            node.Options.Heartbeat,
            node.Time)
    {
        (_node, _peer) = (node, inbound.Peer);
        RemoteLog.Accepted(node.Log, _peer.Address, _peer.SystemId);
        node.Endpoints.FindPeer(_peer)?.InboundAccepted();
    }

    /// <exception cref="Exception">The peer broke the protocol: the status that ends the stream says how.</exception>
    protected override async Task<StreamOutcome> ConcludeAsync(StreamTurn turn)
    {
        if (turn == StreamTurn.Silent)
        {
            Stream.Abort();
        }
        else if (turn == StreamTurn.Leaving)
        {
            Frames.Disconnect();
        }

        try
        {
            await Reading.ConfigureAwait(false);
            return new StreamOutcome(EndpointTerminatedReason.PeerLeft, Error: null);
        }
        catch (Exception exception)
        {
            // The peer's Terminated may have been lost with this stream, whichever side ended it.
            _node.Endpoints.FindPeer(_peer)?.InboundLost();
            if (exception is not GrpcException { Status.Code: GrpcStatusCode.Unavailable or GrpcStatusCode.Cancelled })
            {
                throw;
            }

            RemoteLog.InboundLost(_node.Log, _peer.Address, exception.Message);
            return new StreamOutcome(Why: null, exception);
        }
    }
}
