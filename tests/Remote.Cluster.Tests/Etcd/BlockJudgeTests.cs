using FsCheck;
using FsCheck.Fluent;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>One member's judgement over time, which the tests give to it. A member's letter is its age: a is the oldest.</summary>
[Trait("Behaviour", "K-06")]
public sealed class BlockJudgeTests
{
    private const string Letters = "abcde";

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Proof = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void Outcome_HasToStandForTheSettlingTime()
    {
        var judge = Judge("b");

        Assert.False(judge.MustLeave(Voices("a:b", "b:a"), TimeSpan.Zero));
        Assert.Equal(Settling, judge.Due);
        Assert.False(judge.MustLeave(Voices("a:b", "b:a"), Settling - Moment));
        Assert.True(judge.MustLeave(Voices("a:b", "b:a"), Settling));
    }

    /// <summary>The others have not said yet what they think: until the last has, it looks as if this one had to go.</summary>
    [Fact]
    public void Outcome_ThatChanges_BeginsAnew()
    {
        var judge = Judge("b");
        judge.MustLeave(Voices("a:b", "b", "c"), TimeSpan.Zero);

        Assert.False(judge.MustLeave(Voices("a:bc", "b", "c"), Settling - Moment));
        Assert.False(judge.MustLeave(Voices("a:b", "b", "c"), Settling));
        Assert.False(judge.MustLeave(Voices("a:b", "b", "c"), (Settling * 2) - Moment));
        Assert.True(judge.MustLeave(Voices("a:b", "b", "c"), Settling * 2));
    }

    [Fact]
    public void OthersThatComeAndGo_ChangeNothing()
    {
        var judge = Judge("b");
        judge.MustLeave(Voices("a:b", "b:a"), TimeSpan.Zero);
        judge.MustLeave(Voices("a:b", "b:a", "c:b"), Settling / 2);

        Assert.True(judge.MustLeave(Voices("a:b", "b:a"), Settling));
    }

    /// <summary>The younger of two blocks the older, which was killed or leaves: its entry is there for a while.</summary>
    [Fact]
    public void OneThatIsBlockedAndSaysNothing_IsTakenForDead_UntilItsEntryOutlivesALease()
    {
        var judge = Judge("b");

        Assert.False(judge.MustLeave(Voices("a", "b:a"), TimeSpan.Zero));
        Assert.Equal(Proof, judge.Due);
        Assert.False(judge.MustLeave(Voices("a", "b:a"), Proof - Moment));
        Assert.False(judge.MustLeave(Voices("a", "b:a"), Proof));
        Assert.True(judge.MustLeave(Voices("a", "b:a"), Proof + Settling));
    }

    [Fact]
    public void OneThatGoesAndComesBack_HasToProveAnew()
    {
        var judge = Judge("b");
        judge.MustLeave(Voices("a", "b:a"), TimeSpan.Zero);
        judge.MustLeave(Voices("b"), Proof);

        Assert.False(judge.MustLeave(Voices("a", "b:a"), Proof + Settling));
        Assert.False(judge.MustLeave(Voices("a", "b:a"), Proof + Settling + Settling));
    }

    /// <summary>Of three that died at once none is followed by the others.</summary>
    [Fact]
    public void MostAreDead_TheOthersStay()
    {
        var voices = Voices("a", "b", "c", "d:abc", "e:abc");

        Assert.False(Judge("d").MustLeave(voices, Settling));
        Assert.Equal("", LeaveAtOnce(voices.Where(voice => "de".Contains(voice.Id))));
    }

    [Fact]
    public void OneThatIsBlockedByMost_LeavesThoughItBlocksNobody() => Assert.Equal("c", LeaveAtOnce(Voices("a:c", "b:c", "c")));

    [Fact]
    public void OneThatBlocksAll_IsFollowedByNobody_AndLeavesWhenTheyHaveProvedToLive()
    {
        var voices = Voices("a:bcd", "b", "c", "d");
        Assert.Equal("", LeaveAtOnce(voices));

        var judge = Judge("a");
        judge.MustLeave(voices, TimeSpan.Zero);
        judge.MustLeave(voices, Proof);
        Assert.True(judge.MustLeave(voices, Proof + Settling));
    }

    [Fact]
    public void OneThatIsNotRegistered_JudgesNothing()
    {
        var judge = Judge("b");
        judge.MustLeave(Voices("a:b", "b:a"), TimeSpan.Zero);

        Assert.False(judge.MustLeave(Voices("a:b"), Settling));
        Assert.Null(judge.Due);
        Assert.False(judge.MustLeave(Voices("a:b", "b:a"), Settling));
    }

    [Fact]
    public void AnyPartition_ThatAllHaveTold_LeavesOneWholeGroup() => Prop.ForAll(
        Gen.Choose(0, 2).ArrayOf(Letters.Length).ToArbitrary(),
        places =>
        {
            var groups = Letters.GroupBy(id => places[Letters.IndexOf(id)]).Select(group => string.Concat(group)).ToArray();
            var voices = Letters.Select(id => Voice(id, groups.Where(group => !group.Contains(id)).SelectMany(group => group))).ToArray();
            var stays = groups.OrderByDescending(group => group.Length).ThenBy(group => group.Min()).First();

            Assert.Equal(string.Concat(Letters.Except(stays)), LeaveAtOnce(voices));
        }).Check(SeededConfig.Times(TestScale.Count(2_000)));

    /// <summary>Each judges for itself and takes others for dead than the next; whatever they say, one at least stays, then and when all have proved to live.</summary>
    [Fact]
    public void AnyBlocks_SomebodyStays_AndInTheEndNoTwoThatBlockEachOther() => Prop.ForAll(
        Gen.Choose(0, 31).ArrayOf(Letters.Length).ToArbitrary(),
        masks =>
        {
            var voices = Letters.Select((id, place) => Voice(id, Letters.Where((_, bit) => (masks[place] & (1 << bit)) != 0 && bit != place))).ToArray();
            var judges = voices.ToDictionary(voice => voice.Id, voice => Judge(voice.Id));
            var now = TimeSpan.Zero;

            // Each round is a lease later; those that leave are seen to go by all others.
            for (var round = 0; round < 12; round++)
            {
                var left = voices;
                voices = [.. left.Where(voice => !judges[voice.Id].MustLeave(left, now))];
                Assert.NotEmpty(voices);
                now += Proof;
            }

            Assert.All(voices, one => Assert.DoesNotContain(voices, other => one != other && one.IsAtOddsWith(other)));
        }).Check(SeededConfig.Times(TestScale.Count(2_000)));

    private static BlockJudge Judge(string id) => new(id, Settling, Proof);

    // What all of them decide when nothing changes for the settling time.
    private static string LeaveAtOnce(IEnumerable<MemberVoice> voices)
    {
        var all = voices.ToArray();
        return string.Concat(all.Where(voice =>
        {
            var judge = Judge(voice.Id);
            judge.MustLeave(all, TimeSpan.Zero);
            return judge.MustLeave(all, Settling);
        }).Select(voice => voice.Id));
    }

    // "b:ac" is that b blocks a and c.
    private static MemberVoice[] Voices(params string[] voices) => [.. voices.Select(voice => Voice(voice[0], voice.Skip(2)))];

    private static MemberVoice Voice(char id, IEnumerable<char> blocks) => new($"{id}", id, blocks.Select(other => $"{other}").ToHashSet());
}
