using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Remote.Repository.Tests;

/// <summary>docs/incidents.md quotes the log: each line is one that the code can write, with its level.</summary>
[Trait("Behaviour", "O-11")]
public sealed partial class IncidentTests
{
    private const string Document = "docs/incidents.md";

    private static readonly Dictionary<int, LoggerMessageAttribute> Messages = typeof(RemoteOptions).Assembly.GetTypes()
        .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>()
        .ToDictionary(static message => message.EventId);

    public static TheoryData<string> Lines => [.. RepositoryFiles.ReadLines(Document).Where(static line => Entry().IsMatch(line))];

    [Theory]
    [MemberData(nameof(Lines))]
    public void QuotedLine_IsOneThatTheCodeWrites(string line)
    {
        var entry = Entry().Match(line);
        var message = Messages[int.Parse(entry.Groups["id"].Value, System.Globalization.CultureInfo.InvariantCulture)];
        var pattern = Placeholder().Replace(Regex.Escape(message.Message), ".*");

        Assert.Matches($"^{pattern}$", entry.Groups["text"].Value);
        Assert.Equal(message.Level switch { LogLevel.Information => "info", LogLevel.Warning => "warn", _ => "fail" }, entry.Groups["level"].Value);
    }

    /// <summary>Seven things that go wrong, and each with what the log, the tool and the page say.</summary>
    [Fact]
    public void EachIncident_HasLogToolAndPage()
    {
        var sections = RepositoryFiles.Read(Document).Split("\n## ").Skip(1).Where(static section => char.IsAsciiDigit(section[0])).ToArray();

        Assert.Equal(7, sections.Length);
        Assert.All(sections, static section => Assert.All(
            new[] { "**The log**", "**The tool**", "**The page**", "**What to do**", "**How long**", "Remote[" },
            part => Assert.Contains(part, section, StringComparison.Ordinal)));
    }

    /// <summary>A line as the console of Microsoft.Extensions.Logging writes it, with or without its time.</summary>
    [GeneratedRegex(@"^(\d\d:\d\d:\d\d )?(?<level>info|warn|fail): Remote\[(?<id>\d+)\] (?<text>.+)$")]
    private static partial Regex Entry();

    /// <summary>A value of a message, after <see cref="Regex.Escape"/>.</summary>
    [GeneratedRegex(@"\\\{\w+\}")]
    private static partial Regex Placeholder();
}
