namespace Remote;

/// <summary>
/// Brings a block list up to entries that have changed in configuration: those that came are blocked, those that went are unblocked, and what an operator
/// blocked or unblocked meanwhile stays as it is.
/// </summary>
internal static class BlockListChange
{
    /// <param name="list">The list of the node.</param>
    /// <param name="live">The entries that the node has from configuration; those of now afterwards.</param>
    /// <param name="fresh">The entries of now.</param>
    /// <param name="changed">Gets what changed, in words.</param>
    /// <param name="refused">Gets what the list did not take, in words.</param>
    public static void Apply(PeerBlockList list, BlockListOptions live, BlockListOptions fresh, List<string> changed, List<string> refused)
    {
        var (former, now) = (ByPeer(live), ByPeer(fresh));
        foreach (var (peer, _) in former.Where(entry => !now.ContainsKey(entry.Key)))
        {
            _ = peer.IsSystem ? list.UnblockSystem(peer.Name) : list.UnblockAddress(peer.Name);
            changed.Add($"BlockList.Entries without {peer.Name}");
        }

        foreach (var (peer, entry) in now.Where(entry => !former.TryGetValue(entry.Key, out var old) || !AreSame(old, entry.Value)))
        {
            try
            {
                _ = peer.IsSystem
                    ? list.BlockSystem(peer.Name, entry.Reason, entry.Duration, entry.Share)
                    : list.BlockAddress(peer.Name, entry.Reason, entry.Duration);
                changed.Add($"BlockList.Entries with {peer.Name}");
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                // Only the running node knows who it is itself, and how many entries it shares already.
                refused.Add($"BlockList.Entries has {peer.Name}: {exception.Message}");
            }
        }

        live.Entries = fresh.Entries;
    }

    // The last one of a peer counts, as when a node starts.
    private static Dictionary<(bool IsSystem, string Name), BlockedPeer> ByPeer(BlockListOptions options)
    {
        var entries = new Dictionary<(bool, string), BlockedPeer>();
        foreach (var entry in options.Entries)
        {
            entries[string.IsNullOrEmpty(entry.SystemId) ? (false, PeerAddress.Canonical(entry.Address!)) : (true, entry.SystemId)] = entry;
        }

        return entries;
    }

    private static bool AreSame(BlockedPeer left, BlockedPeer right) =>
        (left.Reason, left.Duration, left.Share) == (right.Reason, right.Duration, right.Share);
}
