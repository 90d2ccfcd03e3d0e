using FsCheck;
using FsCheck.Fluent;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Who has to leave when members block each other, and all see the same. A member's letter is its age: a is the oldest.</summary>
[Trait("Behaviour", "K-06")]
public sealed class BlockDisputeTests
{
    private const string Letters = "abcdefghi";

    /// <summary>Groups that were cut off from each other: everybody blocks all of the other groups.</summary>
    [Theory]
    [InlineData("abc", "")]
    [InlineData("a b", "b")]
    [InlineData("ab c", "c")]
    [InlineData("a bc", "a")]
    [InlineData("ad bc", "bc")]
    [InlineData("bc ad", "bc")]
    [InlineData("bc a", "a")]
    [InlineData("ab cd e", "cde")]
    [InlineData("e dc ab", "cde")]
    [InlineData("a bc de", "ade")]
    [InlineData("a b c d e", "bcde")]
    [InlineData("ab cde", "ab")]
    [InlineData("abc def gh", "defgh")]
    public void Groups_TheLargestStays_AndOfEqualOnesThatOfTheOldest(string groups, string expected) =>
        Assert.Equal(expected, WhoLeaves(Split(groups.Split(' '))));

    /// <summary>Who blocks whom, one way: "ab" is that a blocks b.</summary>
    [Theory]
    [InlineData("abc", "ab ac", "a")]
    [InlineData("abcd", "ab ac ad", "a")]
    [InlineData("abcd", "ba ca da", "a")]
    [InlineData("abcd", "dc", "d")]
    [InlineData("abcd", "cd", "d")]
    [InlineData("abcde", "ba", "b")]
    [InlineData("abcd", "ab bc cd da", "bd")]
    [InlineData("ab", "ax bx aa", "")]
    public void OneThatBlocks_IsAtOddsWithThoseThatItBlocks(string members, string blocks, string expected) => Assert.Equal(
        expected, WhoLeaves(members.Select(id => Voice(id, blocks.Split(' ').Where(block => block[0] == id).Select(block => block[1])))));

    [Fact]
    public void AnyPartition_OneWholeGroupStays_TheLargestOrThatOfTheOldest() => Prop.ForAll(
        Gen.Choose(0, 3).ArrayOf(Letters.Length).ToArbitrary(),
        places =>
        {
            var groups = Letters.GroupBy(id => places[Letters.IndexOf(id)], id => id).Select(group => string.Concat(group)).ToArray();
            var stays = groups.OrderByDescending(group => group.Length).ThenBy(group => group.Min()).First();

            Assert.Equal(string.Concat(Letters.Except(stays)), WhoLeaves(Split(groups)));
        }).Check(SeededConfig.Times(TestScale.Count(2_000)));

    [Fact]
    public void AnyBlocks_NoTwoThatStayBlockEachOther_AndSomebodyStays() => Prop.ForAll(
        Gen.Choose(0, 1 << Letters.Length).ArrayOf(Letters.Length).ToArbitrary(),
        masks =>
        {
            var voices = Letters.Select((id, place) => Voice(id, Letters.Where((_, bit) => (masks[place] & (1 << bit)) != 0 && bit != place))).ToArray();

            var leaving = BlockDispute.WhoLeaves(voices);

            var staying = voices.Where(voice => !leaving.Contains(voice.Id)).ToArray();
            Assert.NotEmpty(staying);
            Assert.All(staying, one => Assert.DoesNotContain(staying, other => one != other && one.IsAtOddsWith(other)));

            // Whoever nobody blocks, and who blocks nobody, is none of those that leave; in which order all are named is no matter.
            Assert.All(voices.Where(one => !voices.Any(other => other != one && one.IsAtOddsWith(other))), one => Assert.Contains(one, staying));
            Assert.Equal(leaving, BlockDispute.WhoLeaves(voices.Reverse()));
        }).Check(SeededConfig.Times(TestScale.Count(2_000)));

    private static IEnumerable<MemberVoice> Split(string[] groups) =>
        groups.SelectMany(group => group.Select(id => Voice(id, groups.Where(other => other != group).SelectMany(other => other))));

    private static MemberVoice Voice(char id, IEnumerable<char> blocks) => new($"{id}", id, blocks.Select(other => $"{other}").ToHashSet());

    private static string WhoLeaves(IEnumerable<MemberVoice> voices) => string.Concat(BlockDispute.WhoLeaves(voices).Order(StringComparer.Ordinal));
}
