using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remote;

/// <summary>
/// Judges whether a node is to get work. Peers that are gone or slow never make it unready: nobody would be helped if all nodes were taken out of service
/// because one of them is gone.
/// </summary>
internal static class ReadyVerdict
{
    /// <summary>What a person reads, and an answer that is asked for every few seconds can carry.</summary>
    public const int MaxPeers = 100;

    /// <summary>The data that says of how many peers there is none.</summary>
    public const string LeftOut = "peers left out";

    private const int MaxNamed = 3;

    public static HealthVerdict Of(ReadySnapshot node)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        PeerCondition[] peers = [.. node.Peers.OrderByDescending(static peer => peer.Gravity).ThenBy(static peer => peer.Address, StringComparer.Ordinal)];
        foreach (var peer in peers.Take(MaxPeers))
        {
            data[peer.Address] = peer.ToString();
        }

        if (peers.Length > MaxPeers)
        {
            data[LeftOut] = peers.Length - MaxPeers;
        }

        if (Refusal(node) is { } why)
        {
            return new HealthVerdict(HealthStatus.Unhealthy, why, data);
        }

        var unwell = peers.Count(static peer => peer.IsUnwell);
        return unwell > 0
            ? new HealthVerdict(HealthStatus.Degraded, Tell(peers, unwell), data)
            : new HealthVerdict(HealthStatus.Healthy, "The node takes peers and messages.", data);
    }

    private static string? Refusal(ReadySnapshot node) => node switch
    {
        { Phase: NodePhase.BeforeStart } => "The node has not started.",
        { Phase: NodePhase.Over } => "The node is shutting down, or has.",
        { IsListening: false } => "The listener of the node accepts no connections any more.",
        { IsMember: false } => "The node is not a member of its cluster.",
        _ => null,
    };

    private static string Tell(PeerCondition[] peers, int unwell)
    {
        var named = string.Join("; ", peers.Take(Math.Min(unwell, MaxNamed)).Select(static peer => $"{peer.Address} {peer}"));
        return $"{unwell} of {peers.Length} peers are out of reach or slow: {named}{(unwell > MaxNamed ? "; ..." : ".")}";
    }
}
