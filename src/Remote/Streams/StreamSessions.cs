namespace Remote;

/// <summary>
/// Makes the session of a stream whose handshake is done. It takes so much because a session of any kind reads payload, and payload touches
/// all of it; nothing else in the node needs to know that.
/// </summary>
internal sealed class StreamSessions(
    NodeContext context, EndpointTable endpoints, PeerDialects dialects, InboundLinks links, InboundStreams inbound, BlockList blockList)
{
    /// <summary>A stream that a node with a listener opened to this one.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="inflow">The link that it carries; <see langword="null"/> for none.</param>
    public AcceptedSession Accepted(InboundStream stream, LinkInflow? inflow)
    {
        var peer = PeerOf(stream.Peer, endpoint: null);
        return new AcceptedSession(context, stream, inflow, peer, ReaderOf(peer, inflow, stream.Stream.CancellationToken));
    }

    /// <summary>A stream of a client, on which its messages flow from here on.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="client">The client that it belongs to.</param>
    /// <param name="inflow">The link towards this node; <see langword="null"/> for none.</param>
    /// <param name="towards">What the client says of the other direction.</param>
    public ClientStreamSession Client(InboundStream stream, ClientSession client, LinkInflow? inflow, LinkAnswer? towards)
    {
        var peer = stream.Peer;
        var frames = new FrameWriter(stream.Stream, inflow);
        var translation = OutboundTranslation.FromServer(context.Address, peer.Address, dialects.WritesPids(peer.Address, peer.SystemId));
        var writer = client.Attach(frames, translation.For(peer.Capabilities), towards);
        var reader = ReaderOf(PeerOf(peer, client.Endpoint), inflow, stream.Stream.CancellationToken);
        return new ClientStreamSession(
            context, stream, new StreamParts(stream.Stream, peer.Capabilities, frames, inflow, client.Endpoint, writer), reader);
    }

    /// <summary>A stream that this node opened, on which the messages of an endpoint flow from here on.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="connection">The stream.</param>
    /// <param name="stop">Whether, and why, the endpoint is to end.</param>
    public DialledSession Dialled(Endpoint endpoint, EndpointConnection connection, StopRequest stop)
    {
        var inflow = connection.Answer is null ? null : endpoint.Inflow;
        var frames = new FrameWriter(connection.Stream, inflow);
        var writer = endpoint.Attach(frames, connection.Translation, connection.Answer);
        var peer = new PeerIdentity(connection.PeerSystemId, endpoint.Address, IsClient: false);
        var parts = new StreamParts(connection.Stream, connection.Capabilities, frames, inflow, endpoint, writer);
        return new DialledSession(context, connection, stop, parts, ReaderOf(PeerOf(peer, endpoint), inflow), inbound.WhenEndedAsync);
    }

    /// <summary>Makes the reader of one stream.</summary>
    /// <param name="peer">The other end of the stream.</param>
    /// <param name="inflow">The link that the stream carries towards us; <see langword="null"/> for none.</param>
    /// <param name="lost">Cancelled when the stream is lost, for a reader that is not reading.</param>
    internal PayloadReader ReaderOf(StreamPeer peer, LinkInflow? inflow, CancellationToken lost = default) =>
        new(context, peer, inflow, links, blockList) { StreamLost = lost };

    /// <summary>The other end of a stream.</summary>
    /// <param name="identity">Its identity.</param>
    /// <param name="endpoint">The endpoint that writes on the same stream; <see langword="null"/> when none does.</param>
    internal StreamPeer PeerOf(PeerIdentity identity, Endpoint? endpoint) => new(identity, endpoint, endpoints, dialects);
}
