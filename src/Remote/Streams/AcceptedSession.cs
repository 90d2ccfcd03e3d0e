using Remote.Transport;

namespace Remote;

/// <summary>
/// A stream opened to this node by one with a listener: payload comes in; only acknowledgements, heartbeats and the wish to part go back.
/// </summary>
internal sealed class AcceptedSession : StreamSession
{
    private readonly NodeContext _context;
    private readonly StreamPeer _peer;

    /// <param name="context">The node.</param>
    /// <param name="inbound">The stream.</param>
    /// <param name="inflow">The link that it carries; <see langword="null"/> for none.</param>
    /// <param name="peer">The node at its other end.</param>
    /// <param name="payload">Reads it.</param>
    public AcceptedSession(NodeContext context, InboundStream inbound, LinkInflow? inflow, StreamPeer peer, PayloadReader payload)
        : base(
            new StreamParts(inbound.Stream, inbound.Peer.Capabilities, new FrameWriter(inbound.Stream, inflow), inflow),
            StreamRole.Acceptor,
            payload,
            context.Options.Heartbeat,
            context.Time)
    {
        (_context, _peer) = (context, peer);
        RemoteLog.Accepted(context.Log, peer.Address, peer.Identity.SystemId);
        peer.FindEndpoint()?.InboundAccepted();
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
            _peer.FindEndpoint()?.InboundLost();
            if (exception is not GrpcException { Status.Code: GrpcStatusCode.Unavailable or GrpcStatusCode.Cancelled })
            {
                throw;
            }

            RemoteLog.InboundLost(_context.Log, _peer.Address, exception.Message);
            return new StreamOutcome(Why: null, exception);
        }
    }
}
