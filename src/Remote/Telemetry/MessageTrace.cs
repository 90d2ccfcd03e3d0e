using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Proto;

namespace Remote;

/// <summary>
/// The spans of messages between nodes, and the trace context (W3C) that joins them, in the headers that everybody knows it by.
/// Thread-safe.
/// </summary>
/// <remarks>
/// <para>No span is ever the current one: what a send sets off, the turn of an actor or the dial of a connection, must not begin inside of
/// it. An actor finds the context in the headers of its message, and so does tracing middleware of the application.</para>
/// <para>A span that the sampler does not want is asked about and never started: it would be the current one for a moment and ask for the
/// time, and nobody would hear of it. Without an activity of the caller nothing of it goes along either.</para>
/// </remarks>
internal static class MessageTrace
{
    private static readonly ActivitySource Source =
        new(RemoteTelemetry.ActivitySourceName, typeof(MessageTrace).Assembly.GetName().Version?.ToString(3));

    /// <summary>Whether anybody listens: all that a message pays for tracing while nobody does.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Begins the span of a message that goes out, and gives the message its context.</summary>
    /// <param name="delivery">
    /// The message. One that has a context, from the application's own tracing or because it is passed on, keeps that.
    /// </param>
    /// <param name="tags">The peer; <see langword="null"/> when there is no endpoint.</param>
    /// <param name="log">For listeners that fail.</param>
    /// <returns>To be ended when the message was offered; <see langword="null"/> when nobody wants it.</returns>
    public static Activity? Send(ref RemoteDelivery delivery, IReadOnlyList<KeyValuePair<string, object?>>? tags, ILogger log)
    {
        var caller = Activity.Current;
        try
        {
            var headers = delivery.IsPlain ? null : delivery.OwnHeaders;
            _ = TraceHeaders.TryRead(headers, out var carried);
            var offered = Source.CreateActivity("send", ActivityKind.Producer, caller?.Context ?? carried, tags);
            var span = StartIfWanted(offered);
            if (headers?.ContainsKey(TraceHeaders.Parent) != true)
            {
                var context = span?.Context ?? (caller is { IdFormat: ActivityIdFormat.W3C } ? PassedOn(caller, offered) : default);
                delivery = context.TraceId == default ? delivery : delivery.With(context);
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
            LeaveTo(caller);
        }
    }

    /// <summary>Begins the span of a message that came in, if it has a context.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="tags">The peer.</param>
    /// <param name="log">For listeners that fail.</param>
    public static Activity? Receive(MessageHeader headers, IReadOnlyList<KeyValuePair<string, object?>> tags, ILogger log)
    {
        if (!TraceHeaders.TryRead(headers, out var carried))
        {
            return null;
        }

        var current = Activity.Current;
        try
        {
            return StartIfWanted(Source.CreateActivity("receive", ActivityKind.Consumer, carried, tags));
        }
        catch (Exception exception)
        {
            RemoteLog.TracingFailed(log, exception);
            return null;
        }
        finally
        {
            LeaveTo(current);
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

    private static Activity? StartIfWanted(Activity? offered) => offered is { IsAllDataRequested: true } ? offered.Start() : null;

    /// <summary>
    /// Nobody looks at the message here, and somebody may elsewhere: the trace of the caller goes along, with what the sampler has decided.
    /// The parent of what comes is the caller's span, for the one that is not wanted will be seen by nobody.
    /// </summary>
    private static ActivityContext PassedOn(Activity caller, Activity? offered) => new(
        caller.TraceId,
        caller.SpanId,
        (offered ?? caller).ActivityTraceFlags,
        (offered ?? caller).TraceStateString);

    // To set it looks up the id of the activity, which is made by that: only where it has changed.
    private static void LeaveTo(Activity? current)
    {
        if (Activity.Current != current)
        {
            Activity.Current = current;
        }
    }
}
