using Grpc.Core;

namespace Remote;

/// <summary>
/// A stream opened to this node by one with a listener: payload comes in; only acknowledgements, heartbeats and the wish to part go back.
/// </summary>
internal sealed class AcceptedSession : StreamSession
{
    public AcceptedSession(NodeContext context, in StreamParts parts)
        : base(context, parts)
    {
        RemoteLog.Accepted(context.Log, Peer.Address, Peer.Identity.SystemId);
        Peer.FindEndpoint()?.InboundAccepted();
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
            Peer.FindEndpoint()?.InboundLost();
            if (exception is not RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Cancelled })
            {
                throw;
            }

            RemoteLog.InboundLost(Context.Log, Peer.Address, exception.Message);
            return new StreamOutcome(Why: null, exception);
        }
    }
}
