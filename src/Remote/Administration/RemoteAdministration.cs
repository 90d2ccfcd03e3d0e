using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// What the gRPC service <c>remote.admin.Admin</c> tells and does, for pages and endpoints of an application's own web server, which
/// browsers can reach. It judges each caller by the same rules as the service: on this machine only, unless
/// <see cref="AdministrationOptions.Enabled"/> says otherwise, and by <see cref="RemoteHooks.AuthorizePeer"/> and
/// <see cref="RemoteHooks.AuthorizeOperation"/>. An endpoint with a policy of ASP.NET Core (<c>RequireAuthorization</c>) answers whomever
/// that lets in, on this machine or not: the policy stands in the place of <see cref="RemoteOptions.Access"/>, and the hooks are asked as
/// well. Calls before the start of the node wait for it. Thread-safe.
/// </summary>
/// <remarks>
/// Failures are those of the service, as <see cref="RpcException"/>: PERMISSION_DENIED with the reason, INVALID_ARGUMENT,
/// RESOURCE_EXHAUSTED when there are too many watchers, UNAVAILABLE when the node shuts down, DEADLINE_EXCEEDED when a hook takes too long.
/// What a browser may be tricked into by a foreign site is for the endpoint to prevent.
/// </remarks>
public sealed class RemoteAdministration
{
    private readonly NodeAdministration _node;
    private readonly CallGate _gate;

    internal RemoteAdministration(NodeAdministration node, CallGate gate) => (_node, _gate) = (node, gate);

    /// <summary>Whether a request came to an endpoint with a policy of ASP.NET Core, which has let it in.</summary>
    /// <param name="caller">The request.</param>
    public static bool IsGuarded(HttpContext caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var metadata = caller.GetEndpoint()?.Metadata;
        return metadata?.GetMetadata<IAuthorizeData>() is not null && metadata.GetMetadata<IAllowAnonymous>() is null;
    }

    /// <summary>Judges a request, counts it when it is not allowed, and says so in the log (2332, 2333).</summary>
    /// <param name="caller">The request.</param>
    /// <param name="method">What <see cref="RemoteHooks.AuthorizeOperation"/> sees as the subject.</param>
    /// <exception cref="RpcException">PERMISSION_DENIED, with the reason; DEADLINE_EXCEEDED: a hook took too long.</exception>
    public async Task AuthorizeAsync(HttpContext caller, string method)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(method);
        await _gate.AuthorizeAsync(caller, Callers.Of(caller), method, IsGuarded(caller)).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether <see cref="RemoteHooks.AuthorizeOperation"/> would allow a method to a caller who was let in, so that a page need not offer
    /// what is refused. Counts and logs nothing.
    /// </summary>
    /// <param name="caller">The request.</param>
    /// <param name="method">The name of a method of the service.</param>
    public bool WouldAllow(HttpContext caller, string method)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(method);
        return _gate.Judge(new RemoteOperation(RemoteOperationKind.Administration, Callers.Of(caller), method)).IsAllowed;
    }

    /// <summary>The node, one page of its peers in the order of their addresses, and its block list if the request asks for it.</summary>
    /// <param name="caller">The request, which is judged.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="RpcException">See the remarks of the class.</exception>
    public async Task<Wire.GetEndpointsResponse> GetEndpointsAsync(HttpContext caller, Wire.GetEndpointsRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        await AuthorizeAsync(caller, "GetEndpoints").ConfigureAwait(false);
        return await _node.GetEndpointsAsync(request).ConfigureAwait(false);
    }

    /// <summary>
    /// The cluster as this node sees it, and which members run the identities that the request names. Every member is asked, for at most two
    /// seconds, and nothing is activated.
    /// </summary>
    /// <param name="caller">The request, which is judged.</param>
    /// <param name="request">What is asked for: at most 100 identities of one kind.</param>
    /// <exception cref="RpcException">See the remarks of the class; FAILED_PRECONDITION when the node has no cluster.</exception>
    public async Task<Wire.GetClusterResponse> GetClusterAsync(HttpContext caller, Wire.GetClusterRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        await AuthorizeAsync(caller, "GetCluster").ConfigureAwait(false);
        return await _node.GetClusterAsync(request, deadline: null, caller.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>
    /// Adds an entry to the block list, or changes it, and logs who did (2337). What the peer has open is cut before this returns.
    /// </summary>
    /// <param name="caller">The request, which is judged.</param>
    /// <param name="request">Whom to block.</param>
    /// <exception cref="RpcException">See the remarks of the class.</exception>
    public async Task<Wire.BlockResponse> BlockAsync(HttpContext caller, Wire.BlockRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        await AuthorizeAsync(caller, "Block").ConfigureAwait(false);
        var response = _node.Block(request);
        _node.Log(Callers.Of(caller), "Block", request.SystemId + request.Address);
        return response;
    }

    /// <summary>Takes an entry out of the block list, and logs who did (2337).</summary>
    /// <param name="caller">The request, which is judged.</param>
    /// <param name="request">Whom to let in again.</param>
    /// <exception cref="RpcException">See the remarks of the class.</exception>
    public async Task<Wire.UnblockResponse> UnblockAsync(HttpContext caller, Wire.UnblockRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        await AuthorizeAsync(caller, "Unblock").ConfigureAwait(false);
        var response = _node.Unblock(request);
        _node.Log(Callers.Of(caller), "Unblock", request.SystemId + request.Address);
        return response;
    }

    /// <summary>
    /// Writes what <see cref="GetEndpointsAsync"/> tells at once, and then once an interval. While a write takes longer than that, nothing
    /// is queued: the next update is the newest, and says how many were left out.
    /// </summary>
    /// <param name="caller">The request, which is judged, and aborted when the watch ends during a write.</param>
    /// <param name="request">What to watch, how often.</param>
    /// <param name="write">Is called once at a time.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RpcException">See the remarks of the class.</exception>
    /// <exception cref="OperationCanceledException">It was ended, or the node shuts down.</exception>
    public async Task WatchStatisticsAsync(
        HttpContext caller, Wire.WatchStatisticsRequest request, Func<Wire.StatisticsUpdate, Task> write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(write);
        await AuthorizeAsync(caller, "WatchStatistics").ConfigureAwait(false);
        await _node.WatchStatisticsAsync(request, write, caller.Abort, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes what happens from now on, the types of messages and never their content. <see cref="AdministrationOptions.EventBuffer"/>
    /// events wait while a write takes long; then the oldest are left out, and the next event says how many.
    /// </summary>
    /// <param name="caller">The request, which is judged, and aborted when the watch ends during a write.</param>
    /// <param name="request">Which events.</param>
    /// <param name="begin">Is called once, when nothing that happens from then on will be missing.</param>
    /// <param name="write">Is called once at a time, after <paramref name="begin"/>.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RpcException">See the remarks of the class.</exception>
    /// <exception cref="OperationCanceledException">It was ended, or the node shuts down.</exception>
    public async Task WatchEventsAsync(
        HttpContext caller,
        Wire.WatchEventsRequest request,
        Func<Task> begin,
        Func<Wire.EventUpdate, Task> write,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(begin);
        ArgumentNullException.ThrowIfNull(write);
        await AuthorizeAsync(caller, "WatchEvents").ConfigureAwait(false);
        await _node.WatchEventsAsync(request, begin, write, caller.Abort, cancellationToken).ConfigureAwait(false);
    }
}
