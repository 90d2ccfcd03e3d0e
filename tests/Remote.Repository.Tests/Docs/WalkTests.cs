using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>
/// The two walks of a message, as the architecture page tells them: how many files a reader has to open, and how long they are. They shall not grow
/// unnoticed.
/// </summary>
public sealed partial class WalkTests
{
    private const string Page = "docs/architecture.md";
    private const int LongestStop = 300;

    [Theory]
    [InlineData("The walk out", 15)]
    [InlineData("The walk in", 12)]
    public void Walk_IsAsShortAsThePageSays(string heading, int files)
    {
        var section = Section(heading);
        var stops = Stop().Matches(section)
            .Select(match => (Path: match.Groups["path"].Value, Lines: Number(match, "lines")))
            .ToArray();
        var total = Total().Match(section);

        Assert.InRange(stops.Length, 1, files);
        Assert.Equal(stops.Length, stops.Select(stop => stop.Path).Distinct().Count());
        Assert.Equal((stops.Length, stops.Sum(stop => stop.Lines)), (Number(total, "files"), Number(total, "lines")));
        Assert.All(stops, stop =>
        {
            var lines = RepositoryFiles.ReadLines(stop.Path).Length;
            Assert.True(lines <= LongestStop, $"{stop.Path} has {lines} lines.");
            Assert.True((lines + 9) / 10 * 10 == stop.Lines, $"{stop.Path} has {lines} lines; {Page} says {stop.Lines}.");
        });
    }

    private static string Section(string heading)
    {
        var page = RepositoryFiles.Read(Page);
        var begin = page.IndexOf($"## {heading}", StringComparison.Ordinal);
        Assert.True(begin >= 0, $"{Page} has no section {heading}.");
        var end = page.IndexOf("\n## ", begin, StringComparison.Ordinal);
        return end < 0 ? page[begin..] : page[begin..end];
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| \d+ \|.*\| `(?<path>[^`]+)` \| (?<lines>\d+) \|$", RegexOptions.Multiline)]
    private static partial Regex Stop();

    [GeneratedRegex(@"^(?<files>\d+) files with about (?<lines>\d+) lines", RegexOptions.Multiline)]
    private static partial Regex Total();
}
