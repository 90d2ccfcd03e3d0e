using System.Globalization;
using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>What can be read off the source text.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    /// <summary>Files that are better long than torn apart, and why.</summary>
    private static readonly Dictionary<string, string> LongForAReason = new(StringComparer.Ordinal);

    [Fact]
    public void SourceFiles_FitAFewScreens()
    {
        var tooLong = RepositoryFiles.Files("src", ".cs")
            .Select(path => (Path: path, Lines: RepositoryFiles.ReadLines(path).Length))
            .Where(file => file.Lines > MaxLines && !LongForAReason.ContainsKey(file.Path))
            .Select(file => $"{file.Path}: {file.Lines} lines");

        Assert.Empty(tooLong);
    }

    [Fact]
    public void LongFilesWithAReason_AreStillThereAndStillLong() => Assert.All(
        LongForAReason.Keys, path => Assert.True(RepositoryFiles.ReadLines(path).Length > MaxLines, $"{path} is short now: take it off the list."));

    [Fact]
    public void LogMessages_HaveALevelANameAndAnIdOfTheirOwn()
    {
        var messages = RepositoryFiles.Files("src", ".cs").SelectMany(LogMessages).ToArray();

        Assert.Empty(messages.Where(message => message.Id is null || !message.HasLevel || !message.HasName).Select(message => $"no explicit id, level or event name: {message}"));
        Assert.Empty(messages.GroupBy(message => message.Id).Where(same => same.Count() > 1).Select(same => string.Join(" and ", same)));
    }

    /// <summary>Against the scan itself: an attribute it cannot read must not go unnoticed.</summary>
    [Fact]
    public void LogMessages_AreAllRead() => Assert.All(RepositoryFiles.Files("src", ".cs"), path =>
        Assert.Equal(RepositoryFiles.Read(path).Split("[LoggerMessage").Length - 1, LogMessages(path).Count()));

    [Fact]
    public void PragmaWarningDisable_GivesAReason()
    {
        var silent = RepositoryFiles.Files("src", ".cs").SelectMany(path => RepositoryFiles.ReadLines(path)
            .Where(line => line.TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal) && !line.Contains("//", StringComparison.Ordinal))
            .Select(line => $"{path}: {line.Trim()}"));

        Assert.Empty(silent);
    }

    private static IEnumerable<LogMessage> LogMessages(string path)
    {
        foreach (Match match in LoggerMessageAttribute().Matches(RepositoryFiles.Read(path)))
        {
            var arguments = match.Groups["arguments"].Value;
            var id = EventId().Match(arguments);
            yield return new LogMessage(
                path,
                match.Groups["method"].Value,
                id.Success ? int.Parse(id.Groups["id"].ValueSpan, CultureInfo.InvariantCulture) : null,
                arguments.Contains("LogLevel.", StringComparison.Ordinal),
                arguments.Contains("EventName", StringComparison.Ordinal));
        }
    }

    [GeneratedRegex("""\[LoggerMessage\((?<arguments>(?:"(?:[^"\\]|\\.)*"|[^"\]])*)\)\]\s*[\w\s.]*?void\s+(?<method>\w+)""")]
    private static partial Regex LoggerMessageAttribute();

    [GeneratedRegex("""EventId\s*=\s*(?<id>\d+)|^\s*(?<id>\d+)\s*,""")]
    private static partial Regex EventId();

    private sealed record LogMessage(string Path, string Method, int? Id, bool HasLevel, bool HasName);
}
