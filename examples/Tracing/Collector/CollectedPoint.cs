using Tracing.Otlp;

namespace Tracing.Collector;

/// <summary>A figure as an exporter sent it.</summary>
/// <param name="Resource">The attributes of its resource: the process.</param>
/// <param name="Scope">The name of the meter.</param>
/// <param name="ScopeAttributes">The tags of the meter.</param>
/// <param name="Name">The instrument.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Kind">What it is: <c>gauge</c>, <c>counter</c> (a sum that never decreases), <c>up and down</c>, or
/// <c>histogram</c>.</param>
/// <param name="Attributes">The tags of the measurement.</param>
/// <param name="Value">The figure; of a histogram the sum.</param>
/// <param name="Count">How many measurements a histogram has; 1 otherwise.</param>
internal sealed record CollectedPoint(
    IReadOnlyDictionary<string, string> Resource,
    string Scope,
    IReadOnlyDictionary<string, string> ScopeAttributes,
    string Name,
    string Unit,
    string Kind,
    IReadOnlyDictionary<string, string> Attributes,
    double Value,
    ulong Count = 1)
{
    public static IEnumerable<CollectedPoint> Of(ExportMetricsServiceRequest request) =>
        from resource in request.ResourceMetrics
        let attributes = CollectedAttributes.Of(resource.Resource.Attributes)
        from scope in resource.ScopeMetrics
        let scopeAttributes = CollectedAttributes.Of(scope.Scope.Attributes)
        from metric in scope.Metrics
        from point in Of(metric)
        select point with { Resource = attributes, Scope = scope.Scope.Name, ScopeAttributes = scopeAttributes };

    private static IEnumerable<CollectedPoint> Of(Metric metric) => metric.DataCase switch
    {
        Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints.Select(point => Of(metric, "gauge", point)),
        Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Select(point => Of(metric, metric.Sum.IsMonotonic ? "counter" : "up and down", point)),
        Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Select(
            point => Of(metric, "histogram", point.Attributes, point.Sum) with { Count = point.Count }),
        _ => [],
    };

    private static CollectedPoint Of(Metric metric, string kind, NumberDataPoint point) => Of(
        metric, kind, point.Attributes, point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble);

    private static CollectedPoint Of(Metric metric, string kind, IEnumerable<KeyValue> attributes, double value) =>
        new(NoAttributes, "", NoAttributes, metric.Name, metric.Unit, kind, CollectedAttributes.Of(attributes), value);

    private static IReadOnlyDictionary<string, string> NoAttributes { get; } = new Dictionary<string, string>();
}
