using Grpc.Core;

namespace Remote;

/// <summary>
/// Accepts the streams of peers: reads the handshake, asks whether the peer may come in, claims its link, and serves the stream. One per
/// node.
/// </summary>
internal sealed class EndpointReader(
    NodeContext context, PeerBlockList blockList, Blockade blockade, IncarnationGuard guard, InboundLinks links, InboundStreams streams,
    StreamSessions sessions, ClientAcceptor clients, PeerAuthorization authorization)
{
    /// <summary>Serves one call of <c>/remote.Remoting/Receive</c> from its first message to its end.</summary>
    public async Task ReceiveAsync(AcceptedCall stream)
    {
        // 1. The first message, in time, of a peer that may connect.
        var peer = await ReadHandshakeAsync(stream).ConfigureAwait(false);
        SystemIdClaim.ThrowIfFalse(stream.HttpContext.Connection.ClientCertificate, peer.SystemId);
        await authorization.AdmitAsync(stream, peer).ConfigureAwait(false);
        streams.ThrowIfStopping();

        // 2. The answer, and payload both ways for a client, one way for a server.
        var inbound = new InboundStream(stream, peer);
        if (!await blockade.TryEnterAsync(inbound).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            using var place = streams.Enter(peer);
            stream.ConfirmConnection();
            await AdmitAsync(inbound).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MalformedFrameException or CreditExceededException)
        {
            RemoteLog.ProtocolViolation(context.Log, peer.Address, exception.Message);
            var code = exception is MalformedFrameException ? StatusCode.InvalidArgument : StatusCode.ResourceExhausted;
            throw CallFailure.Of(code, exception.Message, exception);
        }
        finally
        {
            // 3. The end.
            streams.Remove(inbound);
            blockade.Leave(inbound);
            inbound.End();
        }
    }

    /// <summary>Serves a stream whose peer may speak for its address, and whose link, if it has one, is free or known.</summary>
    private async Task AdmitAsync(InboundStream inbound)
    {
        if (inbound.Peer.SystemId == context.ActorSystem.Id)
        {
            // Our own dialler learns it from the answer, reports the fault, and has nothing more to say. Anybody else who says our id, which is
            // no secret, would speak for this node: its actors would be the peer's own.
            RemoteLog.OwnHandshake(context.Log, inbound.Peer.Address);
            await streams.AnswerUnknownAsync(inbound).ConfigureAwait(false);
            return;
        }

        if (!inbound.Peer.IsClient)
        {
            await guard.AdmitAsync(inbound.Peer).ConfigureAwait(false);
            blockList.Advise(inbound.Peer);
        }

        if (inbound.Peer.Offer is null)
        {
            links.ThrowIfExhausted();
            await ServeAsync(inbound).ConfigureAwait(false);
            return;
        }

        if (await links.ClaimAsync(inbound).ConfigureAwait(false) is not { } link)
        {
            await streams.AnswerUnknownAsync(inbound).ConfigureAwait(false);
            return;
        }

        try
        {
            await ServeAsync(inbound).ConfigureAwait(false);
        }
        finally
        {
            links.Detach(link, inbound);
        }
    }

    /// <summary>Serves a stream from the answer to the end.</summary>
    private async Task ServeAsync(InboundStream inbound)
    {
        if (inbound.Peer.IsClient)
        {
            await clients.ServeAsync(inbound).ConfigureAwait(false);
            return;
        }

        if (inbound.Link is null)
        {
            await streams.WhenFormerEndedAsync(inbound).ConfigureAwait(false);
        }

        await streams.AcceptAsync(inbound).ConfigureAwait(false);
        await sessions.Accepted(inbound).RunAsync(inbound.Leaving).ConfigureAwait(false);
    }

    private async Task<PeerIdentity> ReadHandshakeAsync(AcceptedCall stream)
    {
        using var deadline = new CancellationTokenSource(context.Options.HandshakeTimeout, context.Time);
        try
        {
            if (!await stream.Reader.ReadAsync(deadline.Token).ConfigureAwait(false))
            {
                throw CallFailure.Of(StatusCode.FailedPrecondition, "The stream ended before a ConnectRequest.");
            }

            var own = CapabilityNames.AnnouncedWith(context.Options.Link);
            return Handshake.ReadRequest(RemoteFrame.ParseHandshake(stream.Reader.Message.Span), own, context.Options.BlockList.TrustPeers);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw CallFailure.Of(StatusCode.DeadlineExceeded, $"No ConnectRequest came within {context.Options.HandshakeTimeout}.");
        }
        catch (MalformedFrameException exception)
        {
            throw CallFailure.Of(StatusCode.InvalidArgument, exception.Message, exception);
        }
    }
}
