namespace Remote.Cluster.Etcd;

/// <summary>
/// Whether this member has to leave because of who blocks whom, as views of etcd come in. Pure: the time is given to it. Not thread-safe.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A member that this one blocks may be dead, with an entry that stands until its lease runs out. Nobody leaves for the dead: it counts only once
/// it says that it blocks this one too, or its entry has stood for longer than a lease could.</item>
/// <item>An outcome has to stand for a while before it is acted upon: members do not take to blocking at the same moment.</item>
/// </list>
/// </remarks>
/// <param name="self">The id of this member.</param>
/// <param name="settling">How long an outcome has to stand.</param>
/// <param name="proof">How long the entry of a blocked member has to stand to prove that somebody renews it.</param>
internal sealed class BlockJudge(string self, TimeSpan settling, TimeSpan proof)
{
    private readonly Dictionary<string, TimeSpan> _blockedSince = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _leaving = [];
    private TimeSpan _since;

    /// <summary>When to judge again although nothing was heard; <see langword="null"/> when time alone changes nothing.</summary>
    public TimeSpan? Due { get; private set; }

    /// <summary>Judges what is registered now. Voices without this member's own judge nothing.</summary>
    /// <returns>Whether this member has to leave.</returns>
    public bool MustLeave(IReadOnlyCollection<MemberVoice> registered, TimeSpan now)
    {
        var own = registered.FirstOrDefault(voice => voice.Id == self);
        Remember(own is null ? [] : [.. registered.Select(voice => voice.Id).Where(own.Blocks.Contains)], now);
        var leaving = own is null ? [] : BlockDispute.WhoLeaves(registered.Where(voice => IsAlive(voice, own, now)));
        if (!leaving.SequenceEqual(_leaving))
        {
            (_leaving, _since) = (leaving, now);
        }

        var isOut = _leaving.Contains(self);
        var times = _blockedSince.Values.Select(since => since + proof).Where(time => time > now);
        Due = (isOut ? times.Append(_since + settling) : times).Select(time => (TimeSpan?)time).Min();
        return isOut && now - _since >= settling;
    }

    private bool IsAlive(MemberVoice voice, MemberVoice own, TimeSpan now) =>
        !own.Blocks.Contains(voice.Id) || voice.Blocks.Contains(self) || now - _blockedSince[voice.Id] >= proof;

    private void Remember(IReadOnlyList<string> blocked, TimeSpan now)
    {
        foreach (var id in _blockedSince.Keys.Except(blocked, StringComparer.Ordinal).ToArray())
        {
            _blockedSince.Remove(id);
        }

        foreach (var id in blocked)
        {
            _blockedSince.TryAdd(id, now);
        }
    }
}
