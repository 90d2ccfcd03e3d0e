namespace Remote;

/// <summary>The side that blocks the other.</summary>
public enum BlockedBy
{
    /// <summary>This node blocks the peer.</summary>
    ThisNode = 0,

    /// <summary>The peer blocks this node.</summary>
    Peer = 1,
}
