using System.Diagnostics;
using Proto;

namespace Tracing;

/// <summary>
/// What an application adds to have its own work in the trace: a span per message, whose parent is the context in the message's headers.
/// What the actor sends meanwhile is a child
/// of it, because it is the current activity then.
/// </summary>
internal static class TracedProps
{
    public const string SourceName = "Tracing";

    public static ActivitySource Source { get; } = new(SourceName);

    /// <param name="props">The props, which are not changed.</param>
    /// <param name="name">What the work is called.</param>
    public static Props WithSpans(this Props props, string name) => props.WithReceiverMiddleware(next => async (context, envelope) =>
    {
        using var span = TryRead(envelope.Header, out var parent) ? Source.StartActivity(name, ActivityKind.Internal, parent) : null;
        await next(context, envelope);
    });

    private static bool TryRead(MessageHeader headers, out ActivityContext parent)
    {
        parent = default;
        return headers.TryGetValue("traceparent", out var text)
            && ActivityContext.TryParse(text, headers.GetValueOrDefault("tracestate"), isRemote: true, out parent);
    }
}
