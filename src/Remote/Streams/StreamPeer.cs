namespace Remote;

/// <summary>The node at the other end of one stream, and the endpoint through which it is reached, if there is one.</summary>
internal sealed class StreamPeer
{
    private readonly EndpointTable _endpoints;
    private readonly PeerDialects _dialects;

    /// <param name="identity">Its identity.</param>
    /// <param name="endpoint">The endpoint that writes on the same stream; <see langword="null"/> on a stream that only comes in.</param>
    /// <param name="endpoints">Where another endpoint of the peer is found.</param>
    /// <param name="dialects">How peers write their targets.</param>
    public StreamPeer(PeerIdentity identity, Endpoint? endpoint, EndpointTable endpoints, PeerDialects dialects)
    {
        (Identity, Endpoint, _endpoints, _dialects) = (identity, endpoint, endpoints, dialects);
        Record = endpoint?.Record ?? endpoints.RecordOf(identity);
    }

    public PeerIdentity Identity { get; }

    public string Address => Identity.Address;

    /// <summary>The endpoint that writes on the same stream; <see langword="null"/> on a stream that only comes in.</summary>
    public Endpoint? Endpoint { get; }

    /// <summary>The history of the peer's address.</summary>
    public EndpointRecord Record { get; }

    /// <summary>The endpoint through which the peer is reached now, by whichever stream.</summary>
    public Endpoint? FindEndpoint() => Endpoint ?? _endpoints.FindPeer(Identity);

    /// <summary>The peer wrote its targets in a dialect: it is answered in the same, while it lives.</summary>
    public void SawDialect(bool pidTargets)
    {
        _dialects.Saw(Identity.SystemId, pidTargets);
        if (FindEndpoint() is { } endpoint && endpoint.PeerSystemId == Identity.SystemId)
        {
            endpoint.UseDialect(_dialects.WritesPids(endpoint.Address, Identity.SystemId));
        }
    }
}
