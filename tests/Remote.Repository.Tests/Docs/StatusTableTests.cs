using System.Text;
using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>The status table of the README is counted from docs/behaviours.md, so that it cannot promise more.</summary>
public sealed partial class StatusTableTests
{
    [Fact]
    public void Readme_StatusTable_CountsTheBehaviours()
    {
        var readme = RepositoryFiles.Read("README.md");
        var table = Table().Match(readme).Groups["table"];
        Assert.True(table.Success, "README.md has no table between <!-- status --> and <!-- /status -->.");
        var expected = Count(RepositoryFiles.Read(Behaviours.Path));
        if (Approval.IsGiven)
        {
            readme = readme[..table.Index] + expected + readme[(table.Index + table.Length)..];
            File.WriteAllText(RepositoryFiles.FullPath("README.md"), readme);
            table = Table().Match(readme).Groups["table"];
        }

        Assert.True(expected == table.Value, $"The status table in README.md is not what {Behaviours.Path} says. {Approval.HowTo}\n{expected}");
    }

    private static string Count(string behaviours)
    {
        var text = new StringBuilder("| area | proven | of |\n|---|---|---|\n");
        foreach (Match section in Section().Matches(behaviours))
        {
            var open = Behaviours.Rows(section.Groups["rows"].Value).Count(row => row.State == Behaviours.Open);
            var done = Behaviours.Rows(section.Groups["rows"].Value).Count(row => row.State == Behaviours.Done);
            if (open + done > 0)
            {
                text.Append($"| {section.Groups["title"].Value} | {done} | {open + done} |\n");
            }
        }

        return text.ToString();
    }

    [GeneratedRegex("<!-- status -->\n(?<table>.*?)<!-- /status -->", RegexOptions.Singleline)]
    private static partial Regex Table();

    [GeneratedRegex(@"^## [A-Z]\. (?<title>[^(\n]*?) *(\([^\n]*)?\n(?<rows>.*?)(?=^## |\z)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Section();
}
