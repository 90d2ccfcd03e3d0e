namespace Remote;

/// <summary>
/// Why Proto.Cluster 1.8 blocks a member, in its own words: those by which it says that somebody else has judged, and not the clock of this process. Any other
/// word may be this process's own judgement, and is in doubt right after it stood still (decision page 0030).
/// </summary>
internal static class BlockReason
{
    /// <summary>The provider does not have the member any more.</summary>
    public const string Left = "Member left cluster";

    /// <summary>The member itself has said by gossip that it leaves.</summary>
    public const string LeftGracefully = "Gracefully left";

    /// <summary>Another member blocks it, and says so by gossip.</summary>
    public const string BlockedElsewhere = "Blocked via gossip";

    /// <summary>Whether the member is on its way out, so that it says nothing about anybody's silence that it still answers.</summary>
    public static bool HasLeft(string reason) => reason is Left or LeftGracefully;
}
