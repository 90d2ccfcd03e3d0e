using System.Text.RegularExpressions;

namespace Remote.Tests;

/// <summary>
/// The parts of a PromQL expression that name things: the reader knows as much of the language as the queries of this repository use, and
/// refuses the rest.
/// The long mode has them evaluated by a real Prometheus.
/// </summary>
internal sealed partial class PromQuery
{
    private static readonly string[] Functions =
        ["sum", "count", "min", "max", "rate", "increase", "histogram_quantile", "vector", "absent", "label_values"];

    private static readonly string[] Words = ["or"];

    private readonly List<PromSelector> _selectors = [];
    private readonly List<string> _labels = [];

    private PromQuery(string text) => Text = text;

    public string Text { get; }

    public IReadOnlyList<PromSelector> Selectors => _selectors;

    /// <summary>The labels that it groups by.</summary>
    public IReadOnlyList<string> Labels => _labels;

    public static PromQuery Read(string text)
    {
        var query = new PromQuery(text);
        var depth = 0;
        var rest = Grouping().Replace(text, match =>
        {
            query._labels.AddRange(match.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries));
            return "";
        });
        foreach (Match token in Token().Matches(rest))
        {
            Assert.True(token.Groups["other"].Value.Length == 0, $"'{token.Value}' in {text}");
            depth += token.Value[^1] switch { '(' => 1, ')' => -1, _ => 0 };
            Assert.True(depth >= 0, text);
            query.Take(token);
        }

        Assert.Equal(0, depth);
        return query;
    }

    private void Take(Match token)
    {
        var name = token.Groups["name"].Value;
        if (name.Length == 0 || Words.Contains(name))
        {
            return;
        }

        if (token.Groups["call"].Success)
        {
            Assert.Contains(name, Functions);
            return;
        }

        var matchers = Matcher().Matches(token.Groups["matchers"].Value)
            .Select(static matcher => new PromMatcher(matcher.Groups["label"].Value, matcher.Groups["how"].Value, matcher.Groups["value"].Value))
            .ToList();
        _selectors.Add(new PromSelector(name, matchers, token.Groups["range"].Success));
    }

    [GeneratedRegex(@"\s+by \((?<labels>[a-z_, ]+)\)\s*")]
    private static partial Regex Grouping();

    /// <summary>A function, a selector, a number, or a sign; anything else is unknown.</summary>
    [GeneratedRegex("""(?<name>[a-z_][a-z0-9_]*)((?<call>\()|(\{(?<matchers>[^}]*)\})?(?<range>\[[0-9a-z$_]+\])?)|[0-9.]+|[()+*/,-]|==|>=|>|\s+|(?<other>.)""")]
    private static partial Regex Token();

    [GeneratedRegex("""(?<label>[a-z_]+)(?<how>=~|!~|=|!=)"(?<value>[^"]*)",?""")]
    private static partial Regex Matcher();
}

/// <summary>A metric, and which of its series.</summary>
internal sealed record PromSelector(string Metric, IReadOnlyList<PromMatcher> Matchers, bool IsRange);

/// <summary>A condition on a label.</summary>
internal sealed record PromMatcher(string Label, string How, string Value);
