namespace Remote;

/// <summary>Serves the streams of nodes with a listener: payload comes in on them, and nothing but signs goes back.</summary>
internal sealed class ServerAcceptor(BlockList blockList, InboundLinks links, InboundStreams streams, StreamSessions sessions)
{
    /// <summary>Serves a stream whose peer speaks for its address, from the answer to the end.</summary>
    public async Task ServeAsync(InboundStream inbound)
    {
        blockList.Advise(inbound.Peer);
        if (inbound.Peer.Offer is not { } offer)
        {
            links.ThrowIfExhausted();
            await streams.WhenFormerEndedAsync(inbound).ConfigureAwait(false);
            await ReceiveAsync(inbound, inflow: null, answer: null).ConfigureAwait(false);
            return;
        }

        if (await links.ClaimAsync(offer, inbound).ConfigureAwait(false) is not { } link)
        {
            await streams.AcceptAsync(inbound, links.Unknown()).ConfigureAwait(false);
            return;
        }

        try
        {
            await ReceiveAsync(inbound, link.Inflow, links.AnswerTo(offer, link.Inflow!)).ConfigureAwait(false);
        }
        finally
        {
            links.Detach(link, inbound);
        }
    }

    private async Task ReceiveAsync(InboundStream inbound, LinkInflow? inflow, LinkAnswer? answer)
    {
        await streams.AcceptAsync(inbound, answer).ConfigureAwait(false);
        using var session = sessions.Accepted(inbound, inflow);
        await session.RunAsync(streams.LeavingAsync(inbound)).ConfigureAwait(false);
    }
}
