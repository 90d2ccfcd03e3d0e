namespace Remote.Tests;

public sealed class HeaderMapTests
{
    [Fact]
    public void None_AreEmptyHeaders() => Assert.Empty(new HeaderMap().ToHeaders());

    [Theory]
    [InlineData("a=1", "a=1")]
    [InlineData("a=1 a=2", "a=2")]
    [InlineData("a=1 b=2 a=3", "a=3 b=2")]
    [InlineData("a=1 a=2 b=3 A=4", "A=4 a=2 b=3")]
    public void Set_TheLastValueOfAKeyCounts(string set, string expected)
    {
        var map = new HeaderMap();
        foreach (var entry in set.Split(' '))
        {
            map.Set(entry[..1], entry[2..]);
        }

        var headers = map.ToHeaders();

        Assert.Equal(expected, string.Join(' ', headers.OrderBy(static header => header.Key, StringComparer.Ordinal).Select(static header => $"{header.Key}={header.Value}")));
        Assert.Equal(headers.Count, map.Count);
    }
}
