using Tracing.Otlp;

namespace Tracing.Collector;

/// <summary>A span as an exporter sent it.</summary>
/// <param name="Service">The attribute <c>service.name</c> of its resource: the process.</param>
/// <param name="Scope">The name of the source.</param>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="ParentId">The id of the span above; empty for none.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Kind">Which side of a conversation it is.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="Start">When it began, in nanoseconds since 1970.</param>
internal sealed record CollectedSpan(
    string Service, string Scope, string TraceId, string Id, string ParentId, string Name, SpanKind Kind, IReadOnlyDictionary<string, string> Attributes, ulong Start)
{
    public static IEnumerable<CollectedSpan> Of(ExportTraceServiceRequest request) =>
        from resource in request.ResourceSpans
        from scope in resource.ScopeSpans
        from span in scope.Spans
        select new CollectedSpan(
            CollectedAttributes.Of(resource.Resource.Attributes).GetValueOrDefault("service.name", ""),
            scope.Scope.Name,
            Convert.ToHexStringLower(span.TraceId.Span),
            Convert.ToHexStringLower(span.SpanId.Span),
            Convert.ToHexStringLower(span.ParentSpanId.Span),
            span.Name,
            span.Kind,
            CollectedAttributes.Of(span.Attributes),
            span.StartTimeUnixNano);
}
