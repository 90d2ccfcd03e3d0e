namespace Remote;

/// <summary>
/// The peers that a node blocks from its start on, and whether its peers add to them. <see cref="ReliableRemote.PeerBlockList"/> changes it later.
/// Not thread-safe.
/// </summary>
public sealed class BlockListOptions
{
    /// <summary>Peers that are blocked when the node starts. Default: none. No events are published for them.</summary>
    public IList<BlockedPeer> Entries { get; set; } = [];

    /// <summary>
    /// Whether system ids on the list of a peer that dials this node are blocked here too, until they are unblocked. Default
    /// <see langword="false"/>: the list of a peer is advice, and any node that may connect could use it to cut others off. A Proto.Actor
    /// cluster spreads its lists this way.
    /// </summary>
    public bool TrustPeers { get; set; }
}
