using Remote.Transport;

namespace Remote;

/// <summary>
/// Accepts the streams of peers: reads the handshake, asks whether the peer may come in, and gives the stream to its acceptor. One per
/// node.
/// </summary>
internal sealed class EndpointReader(
    NodeContext context, Blockade blockade, IncarnationGuard guard, InboundStreams streams, ServerAcceptor servers, ClientAcceptor clients)
{
    /// <summary>Serves one call of <c>/remote.Remoting/Receive</c> from its first message to its end.</summary>
    public async Task ReceiveAsync(GrpcServerStream stream)
    {
        // 1. The first message, in time.
        var peer = await ReadHandshakeAsync(stream).ConfigureAwait(false);
        streams.ThrowIfStopping();
        if (peer.SystemId == context.ActorSystem.Id)
        {
            // Our own dialler learns it from the answer and reports the fault; nothing may flow in a circle.
            RemoteLog.OwnHandshake(context.Log, peer.Address);
        }

        // 2. The answer, and payload both ways for a client, one way for a server.
        var inbound = new InboundStream(stream, peer);
        if (!await blockade.TryEnterAsync(inbound).ConfigureAwait(false))
        {
            return;
        }

        stream.ConfirmConnection();
        try
        {
            await ServeAsync(inbound).ConfigureAwait(false);
        }
        catch (MalformedFrameException exception)
        {
            RemoteLog.ProtocolViolation(context.Log, peer.Address, exception.Message);
            throw new GrpcException(GrpcStatusCode.InvalidArgument, exception.Message, exception);
        }
        catch (CreditExceededException exception)
        {
            RemoteLog.ProtocolViolation(context.Log, peer.Address, exception.Message);
            throw new GrpcException(GrpcStatusCode.ResourceExhausted, exception.Message, exception);
        }
        finally
        {
            // 3. The end.
            streams.Remove(inbound);
            blockade.Leave(inbound);
            inbound.End();
        }
    }

    private async Task ServeAsync(InboundStream inbound)
    {
        if (inbound.Peer.IsClient)
        {
            await clients.ServeAsync(inbound).ConfigureAwait(false);
            return;
        }

        await guard.AdmitAsync(inbound.Peer).ConfigureAwait(false);
        await servers.ServeAsync(inbound).ConfigureAwait(false);
    }

    private async Task<PeerIdentity> ReadHandshakeAsync(GrpcServerStream stream)
    {
        using var deadline = new CancellationTokenSource(context.Options.HandshakeTimeout, context.Time);
        try
        {
            if (!await stream.Reader.ReadAsync(deadline.Token).ConfigureAwait(false))
            {
                throw new GrpcException(GrpcStatusCode.FailedPrecondition, "The stream ended before a ConnectRequest.");
            }

            return Handshake.ReadRequest(RemoteFrame.Parse(stream.Reader.Message), CapabilityNames.AnnouncedWith(context.Options.Link));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatusCode.DeadlineExceeded, $"No ConnectRequest came within {context.Options.HandshakeTimeout}.");
        }
        catch (MalformedFrameException exception)
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, exception.Message, exception);
        }
    }
}
