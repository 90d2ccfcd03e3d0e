namespace Remote;

/// <summary>On whose block list the other one is.</summary>
public enum BlockedBy
{
    /// <summary>This node blocks the peer.</summary>
    ThisNode = 0,

    /// <summary>The peer blocks this node.</summary>
    Peer = 1,
}
