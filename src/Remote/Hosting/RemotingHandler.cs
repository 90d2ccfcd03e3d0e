using System.Net;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Hands the calls that come in to the parts of the node. Calls that come before the node knows its own address wait for it.</summary>
/// <param name="ready">Completes with the parts of the node when it knows its own address; with none when it never will.</param>
/// <param name="time">The clock of the node.</param>
internal sealed class RemotingHandler(Task<NodeParts?> ready, TimeProvider time) : IRemotingHandler
{
    public TimeProvider Time { get; } = time;

    public async Task ReceiveAsync(AcceptedCall call)
    {
        var parts = await PartsAsync().ConfigureAwait(false);
        await parts.Reader.ReceiveAsync(call).ConfigureAwait(false);
    }

    public void ThrowIfBlocked(IPAddress? caller)
    {
        // Before it knows its own address a node answers nothing anyway.
        if (ready.IsCompletedSuccessfully)
        {
            ready.Result?.Diagnostics.ThrowIfBlocked(caller);
        }
    }

    public async Task<Wire.ListProcessesResponse> ListProcessesAsync(
        Wire.ListProcessesRequest request, bool isLocal, CancellationToken cancellationToken)
    {
        var parts = await PartsAsync().ConfigureAwait(false);
        return parts.Diagnostics.ListProcesses(request, isLocal, cancellationToken);
    }

    public async Task<Wire.GetProcessDiagnosticsResponse> GetProcessDiagnosticsAsync(Wire.GetProcessDiagnosticsRequest request, bool isLocal)
    {
        var parts = await PartsAsync().ConfigureAwait(false);
        return parts.Diagnostics.GetProcessDiagnostics(request, isLocal);
    }

    private async Task<NodeParts> PartsAsync() =>
        await ready.ConfigureAwait(false) ?? throw CallFailure.Of(StatusCode.Unavailable, "This node is shutting down.");
}
