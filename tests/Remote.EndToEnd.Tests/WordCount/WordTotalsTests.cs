using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class WordTotalsTests
{
    [Fact]
    public void Top_EqualCounts_AreInOrdinalOrder()
    {
        var totals = Totals(("b", 2), ("ä", 2), ("a", 2), ("z", 3), ("c", 1));

        Assert.Equal(["z", "a", "b", "ä"], totals.Top(4).Select(entry => entry.Word));
    }

    [Fact]
    public void Top_FewerWordsThanAskedFor_GivesAll()
    {
        Assert.Single(Totals(("a", 1)).Top(10));
        Assert.Empty(Totals(("a", 1)).Top(0));
    }

    [Fact]
    public void Add_SameWordFromSeveralChunks_IsAddedUp()
    {
        var totals = Totals(("a", 2), ("b", 1), ("a", 40));

        Assert.Equal(43, totals.Words);
        Assert.Equal(2, totals.Distinct);
        Assert.Equal(42, totals.Counts["a"]);
    }

    [Fact]
    public void Differences_EqualCounts_AreNone()
    {
        Assert.Empty(Verification.Differences(Totals(("a", 2), ("b", 1)), Totals(("b", 1), ("a", 2)), atMost: 5));
    }

    [Fact]
    public void Differences_MissingSurplusAndOtherCounts_AreNamed()
    {
        var differences = Verification.Differences(Totals(("a", 2), ("b", 1)), Totals(("a", 3), ("c", 1)), atMost: 5);

        Assert.Equal(["a: 2 counted, 3 expected", "b: 1 counted, 0 expected", "c: 0 counted, 1 expected"], differences);
    }

    private static WordTotals Totals(params (string Word, long Count)[] counts)
    {
        var totals = new WordTotals();
        foreach (var (word, count) in counts)
        {
            totals.Add(word, count);
        }

        return totals;
    }
}
