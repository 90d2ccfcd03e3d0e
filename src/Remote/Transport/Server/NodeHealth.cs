using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace Remote;

/// <summary>
/// Answers <c>grpc.health.v1.Health</c> on a listener of the node's own, as Proto.Remote's does: probes of a cluster manager ask it. On the
/// application's own web server the application's health checks answer.
/// </summary>
internal sealed class NodeHealth : HealthServiceImpl
{
    private readonly CancellationTokenSource _stopping = new();

    public NodeHealth()
    {
        SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);
        SetStatus(RemotingMethods.Service, HealthCheckResponse.Types.ServingStatus.Serving);
    }

    /// <summary>From here on the node is not serving; who watches is let go, for a watch would hold the shutdown up.</summary>
    public void Stop()
    {
        SetStatus("", HealthCheckResponse.Types.ServingStatus.NotServing);
        SetStatus(RemotingMethods.Service, HealthCheckResponse.Types.ServingStatus.NotServing);
        _stopping.Cancel();
    }

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        FirstRequestDeadline.Confirm(context.GetHttpContext());
        return base.Check(request, context);
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        FirstRequestDeadline.Confirm(http);
        await using var registration = _stopping.Token.UnsafeRegister(static http => ((Microsoft.AspNetCore.Http.HttpContext)http!).Abort(), http).ConfigureAwait(false);
        var watching = base.Watch(request, responseStream, context);
        try
        {
            // Not longer than the call: Kestrel may have lost the write that it is at (PendingWrite).
            await watching.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!watching.IsCompleted)
        {
            Detached.Forget(watching);
            throw _stopping.IsCancellationRequested
                ? CallFailure.Of(StatusCode.Unavailable, "This node is shutting down.", exception)
                : CallFailure.Of(StatusCode.Cancelled, "The caller has gone.", exception);
        }
        catch (Exception exception) when (exception is not RpcException && _stopping.IsCancellationRequested)
        {
            // The word that the node is not serving may have come too late for a response that is gone.
            throw CallFailure.Of(StatusCode.Unavailable, "This node is shutting down.", exception);
        }
    }
}
