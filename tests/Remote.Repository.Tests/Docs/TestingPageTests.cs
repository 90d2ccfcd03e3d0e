using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>The code in docs/testing.md is that of a test, and that of hosting in docs/operations.md is an example's.</summary>
public sealed partial class TestingPageTests
{
    [Theory]
    [InlineData("docs/testing.md", "tests/Remote.Testing.Tests/Samples/CounterNodesTests.cs", 3)]
    [InlineData("docs/operations.md", "examples/Hosting/Application.cs", 2)]
    [Trait("Behaviour", "O-06")]
    public void Page_ShowsCodeAsItIsCompiled(string path, string sourcePath, int count)
    {
        var page = RepositoryFiles.Read(path);
        var source = RepositoryFiles.Read(sourcePath);
        var shown = Block().Replace(page, block => $"{block.Groups["head"].Value}{Sample(source, sourcePath, block.Groups["name"].Value)}\n```");
        if (Approval.IsGiven)
        {
            File.WriteAllText(RepositoryFiles.FullPath(path), shown);
            page = shown;
        }

        Assert.Equal(count, Block().Count(page));
        Assert.True(page == shown, $"{path} and {sourcePath} differ. {Approval.HowTo}");
    }

    private static string Sample(string source, string path, string name)
    {
        var begin = source.IndexOf($"    // begin {name}\n", StringComparison.Ordinal);
        var end = source.IndexOf($"    // end {name}\n", StringComparison.Ordinal);
        Assert.True(begin >= 0 && end > begin, $"{path} has no sample '{name}'.");
        var lines = source[begin..end].Split('\n').Skip(1).Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line);
        return string.Join('\n', lines).Trim();
    }

    [GeneratedRegex("(?<head>^<!-- (?<name>[a-z ]+) -->\n```csharp\n)(?<code>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
