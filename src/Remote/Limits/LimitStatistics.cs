namespace Remote;

/// <summary>What a node holds for its peers, and what it has refused since its start: see <c>docs/security.md</c> for the limits.</summary>
public sealed record LimitStatistics
{
    /// <summary>Connections that are open on the node's own listener; 0 on the application's web server.</summary>
    public int Connections { get; init; }

    /// <summary>Streams of peers that have shaken hands and are served.</summary>
    public int Peers { get; init; }

    /// <summary>Links that lead here, also those that wait for their peer to come back.</summary>
    public int Links { get; init; }

    /// <summary>Endpoints, those that closed a while ago and are still remembered included.</summary>
    public int Endpoints { get; init; }

    /// <summary>
    /// How often each limit has refused something, by the name of its option (<c>Transport.MaxConnections</c>), or by what is never allowed
    /// (<c>forged answer</c>, <c>foreign watch</c>, <c>foreign system</c>); <c>waiting control</c> is how often the stream of a peer was held back for its
    /// control messages. Never decreases; those that refused nothing are left out.
    /// </summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();
}
