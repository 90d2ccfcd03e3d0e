using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace Remote;

/// <summary>
/// Answers <c>grpc.health.v1.Health</c> on a listener of the node's own, as Proto.Remote's does: probes of a cluster manager ask it. On the
/// application's own web server the application's health checks answer.
/// </summary>
/// <remarks>
/// Everybody is answered. But it is no reason to keep the connection of somebody who may do nothing else here: it is closed at the same deadline as one that
/// stays silent, and a watch with it. Otherwise strangers could hold all connections that there may be.
/// </remarks>
internal sealed class NodeHealth : HealthServiceImpl
{
    private readonly CallGate? _gate;
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="gate">Judges callers; without one everybody is let in.</param>
    public NodeHealth(CallGate? gate = null)
    {
        _gate = gate;
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
        ConfirmIfKnown(context);
        return base.Check(request, context);
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        ConfirmIfKnown(context);
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

    private void ConfirmIfKnown(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        if (_gate?.KnowsWithoutHandshake(Callers.Of(http, context)) != false)
        {
            FirstRequestDeadline.Confirm(http);
        }
    }
}
