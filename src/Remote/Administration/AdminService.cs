using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The service <c>remote.admin.Admin</c> on ASP.NET Core: judges each call and hands it to the node.</summary>
internal sealed class AdminService(NodeAdministration administration, CallGate gate) : Wire.Admin.AdminBase
{
    public override async Task<Wire.GetEndpointsResponse> GetEndpoints(Wire.GetEndpointsRequest request, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(GetEndpoints)).ConfigureAwait(false);
        return await administration.GetEndpointsAsync(request).ConfigureAwait(false);
    }

    public override async Task<Wire.GetClusterResponse> GetCluster(Wire.GetClusterRequest request, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(GetCluster)).ConfigureAwait(false);
        DateTime? deadline = context.Deadline == DateTime.MaxValue ? null : context.Deadline;
        return await administration.GetClusterAsync(request, deadline, context.CancellationToken).ConfigureAwait(false);
    }

    public override async Task<Wire.BlockResponse> Block(Wire.BlockRequest request, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(Block)).ConfigureAwait(false);
        var response = administration.Block(request);
        administration.Log(Callers.Of(context.GetHttpContext(), context), nameof(Block), request.SystemId + request.Address);
        return response;
    }

    public override async Task<Wire.UnblockResponse> Unblock(Wire.UnblockRequest request, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(Unblock)).ConfigureAwait(false);
        var response = administration.Unblock(request);
        administration.Log(Callers.Of(context.GetHttpContext(), context), nameof(Unblock), request.SystemId + request.Address);
        return response;
    }

    public override async Task WatchStatistics(
        Wire.WatchStatisticsRequest request, IServerStreamWriter<Wire.StatisticsUpdate> responseStream, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(WatchStatistics)).ConfigureAwait(false);
        await WatchAsync(context, abort => administration.WatchStatisticsAsync(request, responseStream.WriteAsync, abort, context.CancellationToken))
            .ConfigureAwait(false);
    }

    public override async Task WatchEvents(
        Wire.WatchEventsRequest request, IServerStreamWriter<Wire.EventUpdate> responseStream, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(WatchEvents)).ConfigureAwait(false);
        Task Begin() => context.WriteResponseHeadersAsync([]);
        await WatchAsync(context, abort => administration.WatchEventsAsync(request, Begin, responseStream.WriteAsync, abort, context.CancellationToken))
            .ConfigureAwait(false);
    }

    /// <summary>A watch ends when its caller goes, or with the node.</summary>
    private static async Task WatchAsync(ServerCallContext context, Func<Action, Task> watch)
    {
        try
        {
            await watch(context.GetHttpContext().Abort).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw CallFailure.Of(StatusCode.Cancelled, "The caller has gone.");
        }
        catch (OperationCanceledException)
        {
            throw CallFailure.Of(StatusCode.Unavailable, "This node is shutting down.");
        }
    }

    private async ValueTask AuthorizeAsync(ServerCallContext context, string method)
    {
        var http = context.GetHttpContext();
        await gate.AuthorizeAsync(http, context, RemoteOperationKind.Administration, method).ConfigureAwait(false);
        FirstRequestDeadline.Confirm(http);
    }
}
