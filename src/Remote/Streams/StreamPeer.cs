namespace Remote;

/// <summary>The node at the other end of one stream, and the endpoint through which it is reached, if there is one.</summary>
internal sealed class StreamPeer(PeerIdentity identity, Endpoint? endpoint, EndpointTable endpoints, PeerDialects dialects)
{
    public PeerIdentity Identity { get; } = identity;

    public string Address => Identity.Address;

    /// <summary>The endpoint that writes on the same stream; <see langword="null"/> on a stream that only comes in.</summary>
    public Endpoint? Endpoint { get; } = endpoint;

    /// <summary>Whether this node opened the stream. Of those that peers open, only a client's has an endpoint that writes on it.</summary>
    public bool IsDialled => Endpoint is not null && !Identity.IsClient;

    /// <summary>The history of the peer's address.</summary>
    public EndpointRecord Record { get; } = endpoint?.Record ?? endpoints.RecordOf(identity);

    /// <summary>Judges what the peer wants beyond sending messages; <see langword="null"/> when nobody wants to. Set before the stream is read.</summary>
    public OperationGuard? Guard { get; set; }

    /// <summary>The endpoint through which the peer is reached now, by whichever stream.</summary>
    public Endpoint? FindEndpoint() => Endpoint ?? endpoints.FindPeer(Identity);

    /// <summary>The peer wrote its targets in a dialect: it is answered in the same, while it lives.</summary>
    public void SawDialect(bool pidTargets)
    {
        dialects.Saw(Identity.SystemId, pidTargets);
        if (FindEndpoint() is { } endpoint && endpoint.PeerSystemId == Identity.SystemId)
        {
            endpoint.UseDialect(dialects.WritesPids(endpoint.Address, Identity.SystemId));
        }
    }
}
