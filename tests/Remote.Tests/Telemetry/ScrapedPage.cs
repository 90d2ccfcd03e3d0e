using System.Globalization;
using System.Text.RegularExpressions;

namespace Remote.Tests;

/// <summary>A page of Prometheus' text format, read as Prometheus does.</summary>
internal sealed partial class ScrapedPage
{
    private ScrapedPage(IReadOnlyList<ScrapedSample> samples, IReadOnlyDictionary<string, string> types) => (Samples, Types) = (samples, types);

    public IReadOnlyList<ScrapedSample> Samples { get; }

    /// <summary>What the page says that each metric is.</summary>
    public IReadOnlyDictionary<string, string> Types { get; }

    /// <summary>The value of the one sample with a name and some of its labels.</summary>
    public double Value(string name, params (string Label, string Value)[] labels) => Assert.Single(
        Samples, sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value)).Value;

    public static ScrapedPage Read(string text)
    {
        var samples = new List<ScrapedSample>();
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var words = line.Split(' ');
                types.Add(words[2], words[3]);
            }
            else if (!line.StartsWith('#'))
            {
                samples.Add(ReadSample(line));
            }
        }

        return new ScrapedPage(samples, types);
    }

    private static ScrapedSample ReadSample(string line)
    {
        var match = Sample().Match(line);
        Assert.True(match.Success, line);
        var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(
            static label => label.Groups["name"].Value, static label => Regex.Unescape(label.Groups["value"].Value), StringComparer.Ordinal);
        return new ScrapedSample(
            match.Groups["name"].Value, labels, double.Parse(match.Groups["value"].Value.Replace("+Inf", "∞", StringComparison.Ordinal), CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>\S+)( \d+)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)",?""")]
    private static partial Regex Label();
}

/// <summary>One line of a page.</summary>
internal sealed record ScrapedSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);
