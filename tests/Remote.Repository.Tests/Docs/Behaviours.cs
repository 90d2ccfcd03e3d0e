using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>docs/behaviours.md as data, and where the tests mention its ids.</summary>
internal static partial class Behaviours
{
    public const string Path = "docs/behaviours.md";

    public const string Open = "open", Done = "done";

    /// <summary>Id and state (open, done, retired) of every row of a text like docs/behaviours.md.</summary>
    public static IEnumerable<(string Id, string State)> Rows(string text) =>
        Row().Matches(text).Select(row => (row.Groups["id"].Value, row.Groups["state"].Value));

    /// <summary>Every id a test or a peer claims to prove, with the file that says so.</summary>
    public static IEnumerable<(string Id, string File)> Claims()
    {
        foreach (var path in RepositoryFiles.Files("tests", ".cs", ".js", ".mjs", ".cjs", ".py"))
        {
            var claims = path.EndsWith(".cs", StringComparison.Ordinal) ? Trait() : Comment();
            foreach (Match claim in claims.Matches(RepositoryFiles.Read(path)))
            {
                yield return (claim.Groups["id"].Value, path);
            }
        }
    }

    /// <summary>The P ids named in committed results.</summary>
    public static IEnumerable<string> Measured() => RepositoryFiles.Files("benchmarks/results", ".md", ".json")
        .SelectMany(path => PerformanceId().Matches(RepositoryFiles.Read(path)).Select(match => match.Value));

    [GeneratedRegex(@"^\+?\| (?<id>[A-Z]-\d\d) \|.*\| (?<state>open|done|retired) \|\s*$", RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>At the beginning of a line, where attributes are: not in strings that talk about traits.</summary>
    [GeneratedRegex("""^\s*\[(?:[^"\]]*,\s*)?Trait\("Behaviour",\s*"(?<id>[^"]*)"\)""", RegexOptions.Multiline)]
    private static partial Regex Trait();

    [GeneratedRegex(@"Behaviour:\s*(?<id>[A-Z]-\d\d)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bP-\d\d\b")]
    private static partial Regex PerformanceId();
}
