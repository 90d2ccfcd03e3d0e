using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>The code in docs/testing.md is that of a test.</summary>
public sealed partial class TestingPageTests
{
    private const string Page = "docs/testing.md", Source = "tests/Remote.Testing.Tests/Samples/CounterNodesTests.cs";

    [Fact]
    [Trait("Behaviour", "O-06")]
    public void Page_ShowsCodeAsItIsCompiled()
    {
        var page = RepositoryFiles.Read(Page);
        var source = RepositoryFiles.Read(Source);
        var shown = Block().Replace(page, block => $"{block.Groups["head"].Value}{Sample(source, block.Groups["name"].Value)}\n```");
        if (Approval.IsGiven)
        {
            File.WriteAllText(RepositoryFiles.FullPath(Page), shown);
            page = shown;
        }

        Assert.Equal(3, Block().Count(page));
        Assert.True(page == shown, $"{Page} and {Source} differ. {Approval.HowTo}");
    }

    private static string Sample(string source, string name)
    {
        var begin = source.IndexOf($"    // begin {name}\n", StringComparison.Ordinal);
        var end = source.IndexOf($"    // end {name}\n", StringComparison.Ordinal);
        Assert.True(begin >= 0 && end > begin, $"{Source} has no sample '{name}'.");
        var lines = source[begin..end].Split('\n').Skip(1).Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line);
        return string.Join('\n', lines).Trim();
    }

    [GeneratedRegex("(?<head>^<!-- (?<name>[a-z ]+) -->\n```csharp\n)(?<code>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
