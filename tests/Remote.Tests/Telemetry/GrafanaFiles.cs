using System.Text.Json;
using System.Text.RegularExpressions;

namespace Remote.Tests;

/// <summary>The queries of <c>docs/grafana</c>.</summary>
internal static partial class GrafanaFiles
{
    public static string AlertsPath { get; } = PathOf("alerts.yaml");

    private static string DashboardPath { get; } = PathOf("remote.json");

    /// <summary>Those of the dashboard's panels, by their titles.</summary>
    public static IReadOnlyList<(string Title, string Query)> Panels { get; } =
    [
        .. Dashboard.GetProperty("panels").EnumerateArray()
            .Where(static panel => panel.TryGetProperty("targets", out _))
            .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray()
                .Select(target => (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!))),
    ];

    /// <summary>Those that fill the dashboard's variables.</summary>
    public static IReadOnlyList<(string Title, string Query)> Variables { get; } =
    [
        .. Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Where(static variable => variable.GetProperty("type").GetString() == "query")
            .Select(static variable => (variable.GetProperty("name").GetString()!, variable.GetProperty("query").GetProperty("query").GetString()!)),
    ];

    /// <summary>Those of the alert rules, by their names.</summary>
    public static IReadOnlyList<(string Title, string Query)> Alerts { get; } = ReadAlerts(File.ReadAllText(AlertsPath));

    private static JsonElement Dashboard => field.ValueKind == JsonValueKind.Undefined ? field = JsonDocument.Parse(File.ReadAllText(DashboardPath)).RootElement : field;

    /// <summary>As Grafana sends it: all nodes and peers, and a range of a minute.</summary>
    public static string Filled(string query) => query
        .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
        .Replace("\"$node\"", "\".*\"", StringComparison.Ordinal)
        .Replace("\"$peer\"", "\".*\"", StringComparison.Ordinal);

    private static List<(string Title, string Query)> ReadAlerts(string text)
    {
        var names = Name().Matches(text);
        var queries = Expression().Matches(text);
        Assert.Equal(names.Count, queries.Count);
        Assert.Equal(Regex.Count(text, @"\bexpr:"), queries.Count);
        return [.. names.Zip(queries, static (name, query) => (name.Groups[1].Value, query.Groups[1].Value))];
    }

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Telemetry", "grafana", file);

    [GeneratedRegex(@"^ +- alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Name();

    [GeneratedRegex(@"^ +expr: '([^']+)'$", RegexOptions.Multiline)]
    private static partial Regex Expression();
}
