using Remote.Transport;

namespace Remote;

/// <summary>Serves the streams of nodes without a listener: payload flows both ways on the one that they open.</summary>
internal sealed class ClientAcceptor(
    NodeContext context, ClientSessions clients, InboundLinks links, InboundStreams streams, StreamSessions sessions)
{
    /// <summary>Serves a stream from the answer to the end.</summary>
    public async Task ServeAsync(InboundStream inbound)
    {
        if (inbound.Peer.Offer is not { } offer)
        {
            links.ThrowIfExhausted();
            var session = await clients.OpenAsync(inbound, link: null).ConfigureAwait(false);
            await ServeAsync(inbound, session, inflow: null, answer: null, towards: null).ConfigureAwait(false);
            return;
        }

        if (await links.ClaimAsync(offer, inbound).ConfigureAwait(false) is not { } link)
        {
            await streams.AcceptAsync(inbound, links.Unknown()).ConfigureAwait(false);
            return;
        }

        try
        {
            await ServeAsync(inbound, link, offer).ConfigureAwait(false);
        }
        finally
        {
            links.Detach(link, inbound);
        }
    }

    /// <summary>The stream carries the client's link: a new one, or one whose session waits for it.</summary>
    private async Task ServeAsync(InboundStream inbound, InboundLinkState link, LinkOffer offer)
    {
        if (await SessionOfAsync(inbound, link).ConfigureAwait(false) is not { } session)
        {
            await streams.AcceptAsync(inbound, links.Unknown()).ConfigureAwait(false);
        }
        else if (session.Endpoint.BeginAccepted(offer, inbound.Peer.SystemId) is not { } towards)
        {
            // The client has forgotten batches that it acknowledged, or expects some that it was never sent. The link cannot go on.
            var error = new RemoteException(RemoteError.ProtocolViolation, $"{inbound.Peer.Address} expects batch {offer.NextExpected}, which cannot be.");
            RemoteLog.ProtocolViolation(context.Log, inbound.Peer.Address, error.Message);
            session.StreamEnded(EndpointTerminatedReason.ClientLost, error);
            await streams.AcceptAsync(inbound, links.Unknown()).ConfigureAwait(false);
        }
        else
        {
            var inflow = link.Inflow!;
            await ServeAsync(inbound, session, inflow, links.AnswerTo(offer, inflow), towards).ConfigureAwait(false);
        }
    }

    /// <summary>The session of a link, owned by the stream from here on; <see langword="null"/> when it is over.</summary>
    private async ValueTask<ClientSession?> SessionOfAsync(InboundStream inbound, InboundLinkState link)
    {
        if (link.Client is { } known)
        {
            return known.TryResume(inbound) ? known : null;
        }

        try
        {
            var session = await clients.OpenAsync(inbound, link).ConfigureAwait(false);
            link.Client = session;
            if (link.IsEnded)
            {
                // The link ended a moment ago, when there was no session to end.
                session.End(EndpointTerminatedReason.ClientLost);
            }

            return session;
        }
        catch (GrpcException)
        {
            links.End(link);
            throw;
        }
    }

    /// <summary>One stream of a session, from the answer to the end.</summary>
    /// <param name="inbound">The stream.</param>
    /// <param name="session">The client's session.</param>
    /// <param name="inflow">The link towards us; <see langword="null"/> for none.</param>
    /// <param name="answer">Our answer about it.</param>
    /// <param name="towards">The client's answer about the link in the other direction.</param>
    private async Task ServeAsync(InboundStream inbound, ClientSession session, LinkInflow? inflow, LinkAnswer? answer, LinkAnswer? towards)
    {
        var accepted = false;
        var end = new StreamOutcome(null, inbound.Lost(silent: false));
        try
        {
            await streams.AcceptAsync(inbound, answer).ConfigureAwait(false);
            accepted = true;
            using var serving = sessions.Client(inbound, session, inflow, towards);
            end = await serving.RunAsync(streams.LeavingAsync(inbound)).ConfigureAwait(false);
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

            session.StreamEnded(end.Why ?? (streams.IsStopping ? EndpointTerminatedReason.Shutdown : null), end.Error!);
        }
    }
}
