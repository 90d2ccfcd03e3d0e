using System.Net;
using Remote.Transport;

namespace Remote;

/// <summary>The methods of the service <c>remote.Remoting</c> and their handlers.</summary>
internal static class RemoteService
{
    public const string Receive = "/remote.Remoting/Receive";
    public const string ListProcesses = "/remote.Remoting/ListProcesses";
    public const string GetProcessDiagnostics = "/remote.Remoting/GetProcessDiagnostics";

    /// <param name="ready">Completes with the parts of the node when it knows its own address; with none when it never will.</param>
    public static GrpcMethods Methods(Task<NodeParts?> ready)
    {
        return new GrpcMethods()
            .Add(Receive, async stream =>
                await (await PartsAsync().ConfigureAwait(false)).Reader.ReceiveAsync(stream).ConfigureAwait(false))
            .AddUnary(ListProcesses, Protocol.ListProcessesRequest.Parser, async (request, stream) =>
                (await PartsAsync().ConfigureAwait(false)).Diagnostics.ListProcesses(request, IsLocal(stream), stream.CancellationToken))
            .AddUnary(GetProcessDiagnostics, Protocol.GetProcessDiagnosticsRequest.Parser, async (request, stream) =>
                (await PartsAsync().ConfigureAwait(false)).Diagnostics.GetProcessDiagnostics(request, IsLocal(stream)));

        async Task<NodeParts> PartsAsync() =>
            await ready.ConfigureAwait(false) ?? throw new GrpcException(GrpcStatusCode.Unavailable, "This node is shutting down.");
    }

    /// <summary>Whether the caller is on this machine: over loopback, a Unix socket or memory, which have no address.</summary>
    private static bool IsLocal(GrpcServerStream stream) =>
        stream.HttpContext.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);
}
