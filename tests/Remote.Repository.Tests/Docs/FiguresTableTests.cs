using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Remote.Repository.Tests;

/// <summary>The figures of the README are those that were measured: the test writes its table from the committed results.</summary>
public sealed partial class FiguresTableTests
{
    private const string Results = "benchmarks/results/loadtest.json";

    // What a reader of the README wants to know; everything is in the results.
    private static readonly (string Scenario, int PayloadBytes, string Name)[] Shown =
    [
        ("tell", 0, "one-way, empty message"),
        ("tell", 100, "one-way, 100 bytes"),
        ("tell", 1024, "one-way, 1 KiB"),
        ("pingpong", 0, "ping-pong"),
        ("latency", 0, "request, one at a time"),
        ("concurrent", 0, "requests, 64 at a time"),
    ];

    [Fact]
    public void Readme_Figures_AreTheMeasuredOnes()
    {
        var readme = RepositoryFiles.Read("README.md");
        var table = Table().Match(readme).Groups["table"];
        Assert.True(table.Success, "README.md has no table between <!-- figures --> and <!-- /figures -->.");
        var expected = Write(RepositoryFiles.Read(Results));
        if (Approval.IsGiven)
        {
            readme = readme[..table.Index] + expected + readme[(table.Index + table.Length)..];
            File.WriteAllText(RepositoryFiles.FullPath("README.md"), readme);
            table = Table().Match(readme).Groups["table"];
        }

        Assert.True(expected == table.Value, $"The figures in README.md are not those of {Results}. {Approval.HowTo}\n{expected}");
    }

    private static string Write(string results)
    {
        using var rows = JsonDocument.Parse(results);
        var text = new StringBuilder("| | Remote | Proto.Remote 1.8.0 | ratio | bytes allocated per message, sender / receiver |\n|---|--:|--:|--:|--:|\n");
        foreach (var (scenario, payloadBytes, name) in Shown)
        {
            var row = rows.RootElement.EnumerateArray().Single(row =>
                row.GetProperty("scenario").GetString() == scenario && row.GetProperty("payloadBytes").GetInt32() == payloadBytes);
            var theirs = Figure(row, "baseline", "protoRemote");
            var bytes = $"{Whole(Figure(row, "allocBytesPerMessage", "sender"))} / {Whole(Figure(row, "allocBytesPerMessage", "receiver"))}";
            var (ours, beside) = scenario == "latency"
                ? ($"{Text(row.GetProperty("p50Micros").GetDouble(), "0.0")} µs", $"{Text(theirs, "0.0")} µs")
                : (Rate(row.GetProperty("messagesPerSecond").GetDouble()), Rate(theirs));
            text.Append($"| {name} | {ours} | {beside} | {Text(Figure(row, "ratio", "protoRemote"), "0.00")} | {bytes} |\n");
        }

        return text.ToString();
    }

    private static double Figure(JsonElement row, string group, string name) => row.GetProperty(group).GetProperty(name).GetDouble();

    private static string Rate(double perSecond) => $"{Text(perSecond / 1e6, "0.00")} million/s";

    private static string Whole(double value) => Text(value, "#,0");

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    [GeneratedRegex("<!-- figures -->\n(?<table>.*?)<!-- /figures -->", RegexOptions.Singleline)]
    private static partial Regex Table();
}
