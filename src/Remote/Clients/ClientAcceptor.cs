using Grpc.Core;

namespace Remote;

/// <summary>Serves the streams of nodes without a listener: payload flows both ways on the one that they open.</summary>
internal sealed class ClientAcceptor(
    NodeContext context, ClientSessions clients, InboundLinks links, InboundStreams streams, StreamSessions sessions)
{
    /// <summary>Serves a stream from the answer to the end. Its link, if it has one, is claimed.</summary>
    public async Task ServeAsync(InboundStream inbound)
    {
        if (await SessionOfAsync(inbound).ConfigureAwait(false) is not { } session)
        {
            await streams.AnswerUnknownAsync(inbound).ConfigureAwait(false);
            return;
        }

        LinkAnswer? towards = null;
        if (inbound.Peer.Offer is { } offer)
        {
            towards = session.Endpoint.BeginAccepted(offer, inbound.Peer.SystemId);
            if (towards is null)
            {
                // The client has forgotten batches that it acknowledged, or expects some that it was never sent. The link cannot go on.
                var what = $"{inbound.Peer.Address} expects batch {offer.NextExpected}, which cannot be.";
                var error = new RemoteException(RemoteError.ProtocolViolation, what);
                RemoteLog.ProtocolViolation(context.Log, inbound.Peer.Address, error.Message);
                session.StreamEnded(EndpointTerminatedReason.ClientLost, error);
                await streams.AnswerUnknownAsync(inbound).ConfigureAwait(false);
                return;
            }
        }

        await ServeAsync(inbound, session, towards).ConfigureAwait(false);
    }

    /// <summary>The session of a client, owned by the stream from here on; <see langword="null"/> when that of its link is over.</summary>
    private async ValueTask<ClientSession?> SessionOfAsync(InboundStream inbound)
    {
        if (inbound.Link is not { } link)
        {
            return await clients.OpenAsync(inbound).ConfigureAwait(false);
        }

        if (link.Client is { } known)
        {
            return known.TryResume(inbound) ? known : null;
        }

        try
        {
            var session = link.Client = await clients.OpenAsync(inbound).ConfigureAwait(false);
            Interlocked.MemoryBarrier();
            if (link.IsEnded)
            {
                // The link ended a moment ago, when there was no session to end.
                session.End(EndpointTerminatedReason.ClientLost);
            }

            return session;
        }
        catch (RpcException)
        {
            links.End(link);
            throw;
        }
    }

    /// <summary>One stream of a session; <paramref name="towards"/> is the client's answer about the link towards it.</summary>
    private async Task ServeAsync(InboundStream inbound, ClientSession session, LinkAnswer? towards)
    {
        var accepted = false;
        var end = new StreamOutcome(null, inbound.Lost(silent: false));
        try
        {
            await streams.AcceptAsync(inbound).ConfigureAwait(false);
            accepted = true;
            end = await sessions.Client(inbound, session, towards).RunAsync(inbound.Leaving).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = end with { Error = exception };
            throw;
        }
        finally
        {
            if (!accepted && towards is not null)
            {
                session.Endpoint.CancelAccepted();
            }

            // What this node had begun to leave does not come back, however the stream ended.
            session.StreamEnded(end.Why ?? inbound.LeavingFor ?? (streams.IsStopping ? EndpointTerminatedReason.Shutdown : null), end.Error!);
        }
    }
}
