namespace Remote.Repository.Tests;

/// <summary>docs/behaviours.md says what is proven; these tests see to it that it does not flatter.</summary>
public sealed class BehaviourTests
{
    private static readonly (string Id, string State)[] Rows = [.. Behaviours.Rows(RepositoryFiles.Read(Behaviours.Path))];

    /// <summary>So that a row cannot get lost: how many of each letter there are.</summary>
    private static readonly Dictionary<char, int> Count = new()
    {
        ['A'] = 13,
        ['I'] = 10,
        ['E'] = 9,
        ['B'] = 6,
        ['R'] = 7,
        ['H'] = 4,
        ['W'] = 2,
        ['S'] = 1,
        ['D'] = 3,
        ['Z'] = 3,
        ['O'] = 11,
        ['K'] = 7,
        ['P'] = 9,
    };

    /// <summary>Those of the gRPC of our own, and those of what has taken its place; the numbers between were never given.</summary>
    private static readonly string[] Transport = [.. Enumerable.Range(1, 6).Concat(Enumerable.Range(11, 8)).Select(number => $"T-{number:00}")];

    [Fact]
    public void Table_ListsEveryIdOnce()
    {
        var expected = Count.SelectMany(letter => Enumerable.Range(1, letter.Value).Select(number => $"{letter.Key}-{number:00}")).Concat(Transport);

        Assert.Equal(expected.Order(StringComparer.Ordinal), Rows.Select(row => row.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Tests_ClaimOnlyListedIds()
    {
        var listed = Rows.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);

        var unknown = Behaviours.Claims().Where(claim => !listed.Contains(claim.Id));

        Assert.Empty(unknown);
    }

    [Fact]
    public void DoneRows_HaveATestOrAFigure()
    {
        var proven = Behaviours.Claims().Select(claim => claim.Id).Where(id => id[0] != 'P').Concat(Behaviours.Measured()).ToHashSet(StringComparer.Ordinal);

        var unproven = Rows.Where(row => row.State == Behaviours.Done && !proven.Contains(row.Id)).Select(row => row.Id);

        Assert.Empty(unproven);
    }

    /// <summary>Against every version there ever was; without history there is nothing to go back on.</summary>
    [Fact]
    public async Task DoneRows_NeverGoBackToOpen()
    {
        var history = await Git.TryRunAsync("log", "--patch", "--unified=0", "--format=%h", "--", Behaviours.Path) ?? "";
        var onceDone = Behaviours.Rows(history).Where(row => row.State != Behaviours.Open).Select(row => row.Id).ToHashSet(StringComparer.Ordinal);

        var open = Rows.Where(row => row.State == Behaviours.Open).Select(row => row.Id);

        Assert.Empty(onceDone.Intersect(open));
    }
}
