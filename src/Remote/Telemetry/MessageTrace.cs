using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Proto;

namespace Remote;

/// <summary>
/// The spans of messages between nodes, and the trace context (W3C) that joins them, in the headers that everybody knows it by. Thread-safe.
/// </summary>
/// <remarks>
/// No span is ever the current one: what a send sets off, the turn of an actor or the dial of a connection, must not begin inside of it. An actor finds
/// the context in the headers of its message, and so does tracing middleware of the application.
/// </remarks>
internal static class MessageTrace
{
    public const string ParentHeader = "traceparent";
    public const string StateHeader = "tracestate";

    private static readonly ActivitySource Source =
        new(RemoteTelemetry.ActivitySourceName, typeof(MessageTrace).Assembly.GetName().Version?.ToString(3));

    /// <summary>Whether anybody listens: all that a message pays for tracing while nobody does.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Begins the span of a message that goes out, and gives the message its context.</summary>
    /// <param name="delivery">The message. One that has a context, from the application's own tracing or because it is passed on, keeps that.</param>
    /// <param name="peer">The value of the tag; <see langword="null"/> when there is no endpoint.</param>
    /// <param name="log">For listeners that fail.</param>
    /// <returns>To be ended when the message was offered; <see langword="null"/> when nobody wants it.</returns>
    public static Activity? Send(ref RemoteDelivery delivery, string? peer, ILogger log)
    {
        var caller = Activity.Current;
        try
        {
            var headers = delivery.Headers;
            _ = TryRead(headers, out var carried);
            var span = Start("send", ActivityKind.Producer, caller?.Context ?? carried, peer);
            if (headers?.ContainsKey(ParentHeader) != true && (span ?? caller) is { IdFormat: ActivityIdFormat.W3C, Id: { } id } context)
            {
                // Also where this span is not wanted: the decision of the caller's trace goes along.
                headers = (headers ?? MessageHeader.Empty).With(ParentHeader, id);
                delivery = delivery.With(context.TraceStateString is { Length: > 0 } state ? headers.With(StateHeader, state) : headers);
            }

            return span;
        }
        catch (Exception exception)
        {
            RemoteLog.TracingFailed(log, exception);
            return null;
        }
        finally
        {
            Activity.Current = caller;
        }
    }

    /// <summary>Begins the span of a message that came in, if it has a context.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="peer">The value of the tag.</param>
    /// <param name="log">For listeners that fail.</param>
    public static Activity? Receive(MessageHeader headers, string peer, ILogger log)
    {
        var current = Activity.Current;
        try
        {
            return TryRead(headers, out var carried) ? Start("receive", ActivityKind.Consumer, carried, peer) : null;
        }
        catch (Exception exception)
        {
            RemoteLog.TracingFailed(log, exception);
            return null;
        }
        finally
        {
            Activity.Current = current;
        }
    }

    public static void End(Activity? span, ILogger log)
    {
        try
        {
            span?.Dispose();
        }
        catch (Exception exception)
        {
            RemoteLog.TracingFailed(log, exception);
        }
    }

    private static Activity? Start(string name, ActivityKind kind, ActivityContext parent, string? peer) =>
        Source.StartActivity(kind, parent, peer is null ? null : [new(RemoteTelemetry.PeerTag, peer)], name: name);

    private static bool TryRead(MessageHeader? headers, out ActivityContext context)
    {
        context = default;
        return headers is { Count: > 0 } && headers.TryGetValue(ParentHeader, out var parent)
            && ActivityContext.TryParse(parent, headers.GetValueOrDefault(StateHeader), isRemote: true, out context);
    }
}
