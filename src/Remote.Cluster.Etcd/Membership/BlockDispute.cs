namespace Remote.Cluster.Etcd;

/// <summary>
/// Who has to leave a cluster whose members block each other, so that no two are left that do. The same voices give the same answer everywhere, which
/// is all that is needed: etcd shows all of them the same. Pure.
/// </summary>
/// <remarks>
/// Whoever is at odds with most of those that are left goes first. So a member that blocks everybody goes alone, and of groups that block each other the
/// largest stays whole, be it more than half or not. Of equal ones that stays which has the oldest entry.
/// </remarks>
internal static class BlockDispute
{
    /// <summary>The ids of those that have to leave; never all of them, and none when nobody blocks anybody.</summary>
    public static IReadOnlyList<string> WhoLeaves(IEnumerable<MemberVoice> voices)
    {
        var remaining = voices.ToList();
        var leaving = new List<string>();
        while (Worst(remaining) is { } worst)
        {
            remaining.Remove(worst);
            leaving.Add(worst.Id);
        }

        return leaving;
    }

    private static MemberVoice? Worst(List<MemberVoice> voices) => voices
        .Select(voice => (Voice: voice, Side: voices.Where(other => !voice.IsAtOddsWith(other)).ToArray()))
        .Where(candidate => candidate.Side.Length < voices.Count)
        .OrderBy(candidate => candidate.Side.Length)
        .ThenByDescending(candidate => candidate.Side.Min(member => member.Registered))
        .ThenByDescending(candidate => candidate.Voice.Registered)
        .ThenBy(candidate => candidate.Voice.Id, StringComparer.Ordinal)
        .Select(candidate => candidate.Voice)
        .FirstOrDefault();
}
