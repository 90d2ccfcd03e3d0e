namespace Remote;

/// <summary>
/// Makes the session of a stream whose handshake is done. It takes so much because a session of any kind reads payload, and payload touches
/// all of it; nothing else in the node needs to know that.
/// </summary>
internal sealed class StreamSessions(
    NodeContext context, EndpointTable endpoints, PeerDialects dialects, InboundLinks links, InboundStreams inbound, PeerBlockList blockList,
    PeerAuthorization authorization, PidResolver resolver)
{
    /// <summary>A stream that a node with a listener opened to this one.</summary>
    public AcceptedSession Accepted(InboundStream stream)
    {
        var (peer, inflow) = (PeerOf(stream.Peer, endpoint: null), stream.Link?.Inflow);
        peer.Guard = authorization.GuardOf(stream.Stream, stream.Peer, peer.Record);
        var reader = ReaderOf(peer, inflow, stream.Stream.CancellationToken);
        return new AcceptedSession(context, new StreamParts(stream.Stream, peer, reader, WriterOf(stream.Stream, inflow, peer.Record), inflow));
    }

    /// <summary>A stream of a client; <paramref name="towards"/> is its answer about the link towards it.</summary>
    public ClientStreamSession Client(InboundStream stream, ClientSession client, LinkAnswer? towards)
    {
        var inflow = stream.Link?.Inflow;
        var frames = WriterOf(stream.Stream, inflow, client.Endpoint.Record);
        var writer = client.Attach(frames, TranslationTo(stream.Peer), towards);
        var peer = PeerOf(stream.Peer, client.Endpoint);
        peer.Guard = authorization.GuardOf(stream.Stream, stream.Peer, peer.Record);
        var reader = ReaderOf(peer, inflow, stream.Stream.CancellationToken);
        return new ClientStreamSession(context, stream, new StreamParts(stream.Stream, peer, reader, frames, inflow, writer));
    }

    /// <summary>A stream that this node opened, on which the messages of an endpoint flow from here on.</summary>
    public DialledSession Dialled(Endpoint endpoint, EndpointConnection connection, StopRequest stop)
    {
        var inflow = connection.Answer is null ? null : endpoint.Inflow;
        var frames = WriterOf(connection.Stream, inflow, endpoint.Record);
        var writer = endpoint.Attach(frames, TranslationTo(connection.Peer), connection.Answer);
        var peer = PeerOf(connection.Peer, endpoint);
        peer.Guard = authorization.GuardOf(connection, peer.Record);
        var parts = new StreamParts(connection.Stream, peer, ReaderOf(peer, inflow), frames, inflow, writer);
        return new DialledSession(context, connection, stop, inbound, parts);
    }

    /// <summary>Makes the reader of one stream; a reader that is not reading learns by the token that the stream is lost.</summary>
    internal PayloadReader ReaderOf(StreamPeer peer, LinkInflow? inflow, CancellationToken lost = default) =>
        new(context, peer, (InboundFlow?)inflow ?? links.NewBudget(), links, blockList, new LearnedPids(context.ActorSystem, resolver), lost);

    /// <summary>The other end of a stream, and the endpoint that writes on it, if one does.</summary>
    internal StreamPeer PeerOf(PeerIdentity identity, Endpoint? endpoint) => new(identity, endpoint, endpoints, dialects);

    private FrameWriter WriterOf(IGrpcStream stream, LinkInflow? inflow, EndpointRecord record) =>
        new(stream, inflow, new HeartbeatMeter(context.Histograms, record.Tag, context.Time));

    private OutboundTranslation TranslationTo(PeerIdentity peer)
    {
        var pidTargets = dialects.WritesPids(peer.Address, peer.SystemId);
        var translation = context.IsClient
            ? OutboundTranslation.FromClient(context.ActorSystem.Id, peer.Address, pidTargets)
            : OutboundTranslation.FromServer(context.Address, peer.Address, pidTargets);
        return translation.For(peer.Capabilities) with { Requests = context.Requests };
    }
}
