namespace Remote.ClusterNode;

/// <summary>
/// The times of a cluster, in milliseconds. Those of <see cref="Quick"/> make tests short: a member that has died is missed after 5 s and not
/// after 20, and a request to it is tried anew after 1 s and not after 5.
/// </summary>
/// <remarks>
/// <see cref="ActorRequestTimeout"/> counts in whole seconds. Proto.Cluster tells a dead member by its heartbeat alone, which travels with the gossip: each member sends the state to three others
/// every <see cref="GossipInterval"/>. An expiration below ten intervals blocks members of a busy machine that live.
/// </remarks>
internal sealed record ClusterTimings
{
    /// <summary>Proto.Cluster's own: 300.</summary>
    public int GossipInterval { get; init; } = 300;

    /// <summary>Proto.Cluster's own: 1,500.</summary>
    public int GossipRequestTimeout { get; init; } = 1_500;

    /// <summary>Proto.Cluster's own is 0, which is never, although its documentation says 20,000.</summary>
    public int HeartbeatExpiration { get; init; } = 20_000;

    /// <summary>Proto.Cluster's own: 5,000. A request to a virtual actor is sent again after it.</summary>
    public int ActorRequestTimeout { get; init; } = 5_000;

    /// <summary>Proto.Actor's own: an hour. Whoever was blocked by its member id may come again after it.</summary>
    public int BlockedMemberDuration { get; init; } = 3_600_000;

    /// <summary>For tests.</summary>
    public static ClusterTimings Quick { get; } = new()
    {
        GossipInterval = 200,
        GossipRequestTimeout = 1_000,
        HeartbeatExpiration = 5_000,
        ActorRequestTimeout = 1_000,
    };
}
