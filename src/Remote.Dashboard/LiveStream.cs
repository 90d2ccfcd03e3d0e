using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Remote.Protocol;

namespace Remote.Dashboard;

/// <summary>
/// One stream of server-sent events for one page: <c>statistics</c> once a second, and what happens as <c>happened</c>. A page that reads
/// slowly gets the newest statistics, and loses the oldest events: that is how the node's administration does it.
/// </summary>
internal sealed class LiveStream(RemoteAdministration administration, HttpContext http, CancellationToken stopping)
{
    // More rows than a person reads, and less than a browser feels.
    private const int MaxPeers = 500;

    // Says to the browser when to come back after a connection that was lost: its own idea of that is another in each.
    private const string Retry = "retry: 2000\n";

    private readonly SemaphoreSlim _turn = new(1);
    private bool _isBegun;

    /// <summary>As the protocol's JSON: names in camel case, 64-bit figures as text, all on one line.</summary>
    public static JsonFormatter Json { get; } = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    /// <summary>Ends with the page, the node or the application.</summary>
    public async Task RunAsync()
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);

        // A refusal is a status as long as nothing is written: so the one watch begins when the other is known to be allowed.
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var events = administration.WatchEventsAsync(
            http, new WatchEventsRequest(), BeginAsync, update => WriteAsync("happened", update), end.Token);
        var statistics = Task.CompletedTask;
        if (await Task.WhenAny(begun.Task, events).ConfigureAwait(false) == begun.Task)
        {
            var request = new WatchStatisticsRequest { Interval = TimeSpan.FromSeconds(1).ToDuration(), Limit = MaxPeers };
            statistics = administration.WatchStatisticsAsync(http, request, update => WriteAsync("statistics", update), end.Token);
        }

        var first = await Task.WhenAny(events, statistics.IsCompletedSuccessfully ? events : statistics).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(events, statistics).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await first.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!http.Response.HasStarted)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This node is shutting down."));
        }
        catch (OperationCanceledException)
        {
            // The page asks again, and is told then if there is no node any more.
        }

        Task BeginAsync()
        {
            begun.SetResult();
            return Task.CompletedTask;
        }
    }

    private async Task WriteAsync(string name, IMessage message)
    {
        var text = $"event: {name}\ndata: {Json.Format(message)}\n\n";
        await _turn.WaitAsync(http.RequestAborted).ConfigureAwait(false);
        try
        {
            // Not before the first event: what is written cannot become a refusal any more.
            var bytes = Encoding.UTF8.GetBytes(_isBegun ? text : Retry + text);
            _isBegun = true;
            await http.Response.Body.WriteAsync(bytes, http.RequestAborted).ConfigureAwait(false);
            await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
