using System.Reflection;
using System.Text.RegularExpressions;

namespace Remote.Tests;

/// <summary>What Prometheus reads from OpenTelemetry's own page for it, and whether the dashboard and the alert rules ask for
/// that.</summary>
[Collection(nameof(TracingTests))]
[Trait("Behaviour", "O-03")]
public sealed partial class PrometheusScrapeTests : IAsyncLifetime
{
    private const string NodeLabel = "otel_scope_remote_node";

    // Put on by the scrape.
    private static readonly string[] OfTheScrape = ["instance"];

    public static TheoryData<string> Judges => TestScale.IsLong ? new() { "reader", "Prometheus" } : new() { "reader" };

    private ScrapedNode _node = null!;
    private ScrapedPage _page = null!;

    public async Task InitializeAsync()
    {
        _node = await ScrapedNode.StartAsync();
        _page = ScrapedPage.Read(await _node.ScrapeAsync());
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public void Page_HasEachInstrument_AsPrometheusWritesIt()
    {
        // A counter is a total, the unit is part of the name, and what goes up and down is a gauge.
        Assert.Equal(
            typeof(RemoteTelemetry).GetFields(BindingFlags.Public | BindingFlags.Static)
                .Where(static field => !field.Name.EndsWith("Tag", StringComparison.Ordinal))
                .Select(static field => ((string)field.GetRawConstantValue()!).Replace('.', '_'))
                .Where(static name => name.StartsWith("remote_", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
            _page.Types.Where(static type => type.Key.StartsWith("remote_", StringComparison.Ordinal))
                .Select(static type => InstrumentOf(type.Key, type.Value))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Page_HasValues()
    {
        Assert.Equal((8, 1, 1_000_000), (ToPeer("remote_messages_sent_total"), ToPeer("remote_endpoint_connected"), ToPeer("remote_queue_capacity")));
        Assert.InRange(ToPeer("remote_round_trip_duration_seconds_bucket", ("le", "+Inf")), 1, 8);
        Assert.True(ToPeer("remote_heartbeat_duration_seconds_bucket", ("le", "+Inf")) >= 1);
        Assert.Equal(ToPeer("remote_batches_sent_total"), ToPeer("remote_batch_messages_count"));
        Assert.Equal(ToPeer("remote_bytes_sent_bytes_total"), ToPeer("remote_batch_size_bytes_sum"));
        Assert.Equal(1, ToPeer("remote_messages_failed_total", ("remote_reason", "NotSerializable")));
        Assert.Equal(1, Here("remote_dead_letters_total", ("remote_reason", "NoSuchProcess")));
        Assert.Equal(1, Here("remote_serialization_type_failures_total", ("remote_direction", "out"), ("remote_type", "Remote.Tests.ScrapedNode+Unwritable")));
        Assert.Equal(1, Here("remote_serialization_type_failures_total", ("remote_direction", "in"), ("remote_type", "$other")));
        Assert.Equal(1, Here("remote_access_denied_operations_total", ("remote_operation", "Spawn")));
        Assert.Equal((0, 0), (Here("remote_access_denied_peers_total"), Here("remote_access_closed_peers_total")));
        Assert.Equal(1, Here("remote_limit_refusals_total", ("remote_limit", "Hooks.AllowDial")));
        Assert.Equal((0, 2), (Here("remote_actor_mailbox_length", ("remote_actor", ScrapedNode.Actor)), Here("remote_actor_duration_seconds_count", ("remote_actor", ScrapedNode.Actor))));
    }

    /// <summary>Every query of the dashboard and of the alert rules: our reader compares them with the page, and in the long mode a real
    /// Prometheus evaluates them.</summary>
    [Theory]
    [MemberData(nameof(Judges))]
    [Trait("Needs", "Prometheus")]
    public async Task Queries_AskForWhatThereIs(string judge)
    {
        List<(string Title, string Query)> queries =
            [.. GrafanaFiles.Panels.Select(static panel => (panel.Title, Query: GrafanaFiles.Filled(panel.Query))), .. GrafanaFiles.Alerts];
        if (judge == "reader")
        {
            Assert.Empty(queries.Concat(GrafanaFiles.Variables.Select(static variable => (variable.Title, Query: GrafanaFiles.Filled(variable.Query))))
                .SelectMany(query => FaultsOf(query.Title, PromQuery.Read(query.Query))));
            return;
        }

        await using var prometheus = PrometheusServer.Start(_node.Target, GrafanaFiles.AlertsPath);

        // It keeps what it read before it reads again, and a rate needs two readings.
        await _node.WhenScrapedAsync(5).Within("the scrapes of Prometheus");
        var alerts = GrafanaFiles.Alerts.Select(static alert => alert.Title).ToHashSet();
        foreach (var (title, query) in queries)
        {
            // A rule that is not met finds nothing, which is what it is for.
            var found = await prometheus.CountAsync(query);
            Assert.True(found > 0 || alerts.Contains(title), $"{title} shows nothing: {query}");
        }

        Assert.Equal(GrafanaFiles.Alerts.Select(static alert => alert.Title).Order(), (await prometheus.RulesAsync()).Order());
    }

    /// <summary>What an instrument says is of no use to anybody who is not shown it.</summary>
    [Fact]
    public void Dashboard_ShowsEveryInstrument()
    {
        var shown = GrafanaFiles.Panels.SelectMany(static panel => PromQuery.Read(GrafanaFiles.Filled(panel.Query)).Selectors).Select(static selector => selector.Metric).ToHashSet();

        Assert.Empty(_page.Types.Where(static type => type.Key.StartsWith("remote_", StringComparison.Ordinal))
            .Where(type => !shown.Any(metric => TypeOf(metric) is { } known && known.Name == type.Key))
            .Select(static type => type.Key));
    }

    private IEnumerable<string> FaultsOf(string title, PromQuery query)
    {
        var isVariable = query.Text.StartsWith("label_values(", StringComparison.Ordinal);
        var selectors = isVariable ? query.Selectors.Take(1) : query.Selectors;
        var grouped = isVariable ? query.Selectors.Skip(1).Select(static selector => selector.Metric) : query.Labels;
        foreach (var selector in selectors)
        {
            var series = _page.Samples.Where(sample => sample.Name == selector.Metric).ToList();
            if (series.Count == 0)
            {
                yield return $"{title}: there is no {selector.Metric} in {query.Text}";
                continue;
            }

            if (!isVariable && selector.IsRange != (TypeOf(selector.Metric)!.Value.Type is "counter" or "histogram"))
            {
                yield return $"{title}: a range is for what is counted, and only for that: {selector.Metric} in {query.Text}";
            }

            foreach (var matcher in selector.Matchers.Where(matcher => !IsOfSome(matcher, series)))
            {
                yield return $"{title}: {matcher} fits nothing that {selector.Metric} may have in {query.Text}";
            }
        }

        var labels = selectors.SelectMany(selector => _page.Samples.Where(sample => sample.Name == selector.Metric)).SelectMany(static sample => sample.Labels.Keys).ToHashSet();
        foreach (var label in grouped.Where(label => !labels.Contains(label) && !OfTheScrape.Contains(label)))
        {
            yield return $"{title}: no series of {query.Text} has the label {label}";
        }
    }

    /// <summary>The values that a rule names must be some that there are: a reason that is misspelled is never met.</summary>
    private static bool IsOfSome(PromMatcher matcher, IReadOnlyList<ScrapedSample> series)
    {
        if (!series.Any(sample => sample.Labels.ContainsKey(matcher.Label)))
        {
            return false;
        }

        var reasons = typeof(DeadLetterReason).GetProperties(BindingFlags.Static | BindingFlags.Public).Select(static property => property.Name).ToHashSet();
        return matcher.Label == "remote_reason"
            ? matcher.Value.Split('|').All(reasons.Contains)
            : matcher.How is "=~" or "!~" && series.Any(sample => Regex.IsMatch(sample.Labels[matcher.Label], $"^({matcher.Value})$") == (matcher.How == "=~"));
    }

    private (string Name, string Type)? TypeOf(string metric) =>
        _page.Types.TryGetValue(metric, out var type) ? (metric, type)
        : Part().Match(metric) is { Success: true } part && _page.Types.TryGetValue(metric[..part.Index], out type) ? (metric[..part.Index], type)
        : null;

    private static string InstrumentOf(string metric, string type)
    {
        var name = type == "counter" ? Assert.Single(Regex.Split(metric, "_total$").SkipLast(1)) : metric;

        // The instruments of bytes that are called so keep their name when nothing is appended.
        return name switch
        {
            "remote_bytes_sent_bytes" or "remote_bytes_received_bytes" or "remote_batch_size_bytes" => name[..^"_bytes".Length],
            "remote_actor_duration_seconds" or "remote_heartbeat_duration_seconds" or "remote_round_trip_duration_seconds" => name[..^"_seconds".Length],
            _ => name,
        };
    }

    private double ToPeer(string metric, params (string, string)[] labels) => Here(metric, [("remote_peer", _node.Peer), .. labels]);

    private double Here(string metric, params (string, string)[] labels) => _page.Value(metric, [(NodeLabel, _node.Address), .. labels]);

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();
}
