using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>What a document names in backticks, outside of code blocks.</summary>
internal static partial class CodeSpans
{
    private static readonly string[] Endings = [".cs", ".md", ".sh", ".proto", ".props", ".csproj", ".txt", ".json", ".sln", ".js", ".py"];

    public static IEnumerable<string> In(string path) =>
        Span().Matches(CodeBlock().Replace(RepositoryFiles.Read(path), "")).Select(match => match.Groups["text"].Value);

    /// <summary>Looks like a file or folder of the repository: has a slash, or ends like a file, and nothing a path has not.</summary>
    public static bool IsPath(string span) =>
        PathShape().IsMatch(span) && (span.Contains('/', StringComparison.Ordinal) || Endings.Any(ending => span.EndsWith(ending, StringComparison.Ordinal)));

    /// <summary>Looks like a type, or a member of one: <c>Props</c>, <c>Props.FromProducer</c>, <c>EventProbe.NextAsync&lt;T&gt;</c>.</summary>
    public static bool IsTypeName(string span) => TypeShape().IsMatch(span) && !IsPath(span);

    [GeneratedRegex("`(?<text>[^`\n]+)`")]
    private static partial Regex Span();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^(\./)?[\w.][\w.\-/]*$")]
    private static partial Regex PathShape();

    [GeneratedRegex(@"^I?[A-Z][A-Za-z0-9]*(<[A-Za-z, ]+>)?(\.[A-Z][A-Za-z0-9]*(<[A-Za-z, ]+>)?)*(\(\))?$")]
    private static partial Regex TypeShape();
}
