using Remote.Transport;

namespace Remote;

/// <summary>The methods of the service <c>remote.Remoting</c> and their handlers.</summary>
internal static class RemoteService
{
    public const string Receive = "/remote.Remoting/Receive";
    public const string ListProcesses = "/remote.Remoting/ListProcesses";
    public const string GetProcessDiagnostics = "/remote.Remoting/GetProcessDiagnostics";

    /// <param name="node">The node.</param>
    /// <param name="reader">Accepts streams.</param>
    /// <param name="ready">Completes when the node knows its own address.</param>
    public static GrpcMethods Methods(RemoteNode node, EndpointReader reader, Task ready)
    {
        var diagnostics = new RemotingDiagnostics(node);
        return new GrpcMethods()
            .Add(Receive, async stream =>
            {
                await ready.ConfigureAwait(false);
                await reader.ReceiveAsync(stream).ConfigureAwait(false);
            })
            .AddUnary(ListProcesses, Protocol.ListProcessesRequest.Parser, diagnostics.ListProcessesAsync)
            .AddUnary(GetProcessDiagnostics, Protocol.GetProcessDiagnosticsRequest.Parser, diagnostics.GetProcessDiagnosticsAsync);
    }
}
