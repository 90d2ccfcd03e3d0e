using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// Answers the administration service for one node. Calls that come before the node knows its own address wait for it. Who may call was judged before.
/// Thread-safe.
/// </summary>
/// <param name="ready">Completes with the parts of the node when it knows its own address; with none when it never will.</param>
/// <param name="settings">The node.</param>
/// <param name="blockList">Who is blocked.</param>
/// <param name="cluster">The cluster of the node, if it has one.</param>
internal sealed class NodeAdministration(Task<NodeParts?> ready, NodeSettings settings, PeerBlockList blockList, ClusterParts cluster)
{
    private readonly EventFeed _events = new(settings);
    private readonly Watchers _watchers = new(settings.Options.Administration.MaxWatchers);
    private readonly DateTimeOffset _made = settings.Time.GetUtcNow();

    public async Task<Wire.GetEndpointsResponse> GetEndpointsAsync(Wire.GetEndpointsRequest request)
    {
        var query = EndpointQuery.Of(request.AddressPart, request.Limit, request.After, request.SkipClosed);
        var report = await ReportAsync().ConfigureAwait(false);
        var page = report.Page(query);
        var response = new Wire.GetEndpointsResponse { Node = report.Node(), Total = page.Total, Next = page.Next };
        response.Endpoints.Add(page.Rows);
        if (request.WithBlocked)
        {
            var entries = blockList.Entries;
            response.BlockedTotal = entries.Count;
            response.Blocked.Add(entries.Take(BlockCommands.MaxEntries).Select(static entry => BlockCommands.Write(entry)!));
        }

        return response;
    }

    /// <param name="request">What is asked for.</param>
    /// <param name="deadline">How long the caller waits, by its own word; <see langword="null"/> when it did not say.</param>
    /// <param name="cancellationToken">The caller has gone.</param>
    public async Task<Wire.GetClusterResponse> GetClusterAsync(Wire.GetClusterRequest request, DateTime? deadline, CancellationToken cancellationToken)
    {
        var parts = await PartsAsync().ConfigureAwait(false);
        var patience = deadline is { } end ? IdentityDesk.PatienceWithin(end - settings.Time.GetUtcNow().UtcDateTime) : IdentityDesk.Patience;
        return await new ClusterReport(parts, cluster.View, cluster.Desk).GetAsync(request, patience, cancellationToken).ConfigureAwait(false);
    }

    public Wire.BlockResponse Block(Wire.BlockRequest request) => BlockCommands.Block(blockList, request);

    public Wire.UnblockResponse Unblock(Wire.UnblockRequest request) => BlockCommands.Unblock(blockList, request);

    public async Task WatchStatisticsAsync(
        Wire.WatchStatisticsRequest request, Func<Wire.StatisticsUpdate, Task> write, Action abort, CancellationToken cancellationToken)
    {
        var query = EndpointQuery.Of(request.AddressPart, request.Limit, after: "", request.SkipClosed);
        var watch = new StatisticsWatch(settings.Time, StatisticsWatch.IntervalOf(request.Interval));
        using var place = _watchers.Enter(cancellationToken, abort);
        var report = await ReportAsync().ConfigureAwait(false);
        await watch.RunAsync(() => Update(report, query), write, place).ConfigureAwait(false);
    }

    public async Task WatchEventsAsync(
        Wire.WatchEventsRequest request, Func<Task> begin, Func<Wire.EventUpdate, Task> write, Action abort, CancellationToken cancellationToken)
    {
        var ring = new EventRing(EventFilter.Of(request), settings.Options.Administration.EventBuffer);

        // First subscribed, then counted: whoever sees it counted may rely on it that the next event is told.
        using var subscription = _events.Subscribe(ring);
        using var place = _watchers.Enter(cancellationToken, abort);
        await place.WriteAsync(begin()).ConfigureAwait(false);
        while (true)
        {
            var next = await ring.NextAsync(place.Token).ConfigureAwait(false);
            await place.WriteAsync(write(next)).ConfigureAwait(false);
        }
    }

    /// <summary>Who has changed what.</summary>
    public void Log(RemotePeer caller, string method, string subject) => RemoteLog.Administered(settings.Log, caller.ToString(), method, subject);

    /// <summary>The node shuts down: whoever watches is let go, for it would hold the shutdown up.</summary>
    public void Stop() => _watchers.Stop();

    private static Wire.StatisticsUpdate Update(NodeReport report, EndpointQuery query)
    {
        var page = report.Page(query);
        var update = new Wire.StatisticsUpdate { Node = report.Node(), Total = page.Total };
        update.Endpoints.Add(page.Rows);
        return update;
    }

    private async Task<NodeReport> ReportAsync() => new(await PartsAsync().ConfigureAwait(false), settings, _made, _watchers);

    private async Task<NodeParts> PartsAsync() =>
        await ready.ConfigureAwait(false) ?? throw CallFailure.Of(StatusCode.Unavailable, "This node is shutting down.");
}
