using System.Net;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The service <c>remote.Remoting</c> on ASP.NET Core: takes calls apart from their web server and hands them to the node.</summary>
/// <remarks>The methods are virtual because gRPC looks for those that generated code would have overridden.</remarks>
[BindServiceMethod(typeof(Binding), nameof(Binding.BindService))]
internal class RemotingService(IRemotingHandler handler, CallGate? gate = null)
{
    public virtual async Task Receive(IAsyncStreamReader<Frame> requests, IServerStreamWriter<OutboundFrame> responses, ServerCallContext context)
    {
        var call = new AcceptedCall(requests, responses, context, context.GetHttpContext(), handler.Time);
        try
        {
            gate?.Admit(call.HttpContext, call.Caller);
            await handler.ReceiveAsync(call).ConfigureAwait(false);
        }
        finally
        {
            await call.EndAsync().ConfigureAwait(false);
        }
    }

    public virtual async Task<Wire.ListProcessesResponse> ListProcesses(Wire.ListProcessesRequest request, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(ListProcesses)).ConfigureAwait(false);
        return await handler.ListProcessesAsync(request, IsLocal(context), context.CancellationToken).ConfigureAwait(false);
    }

    public virtual async Task<Wire.GetProcessDiagnosticsResponse> GetProcessDiagnostics(Wire.GetProcessDiagnosticsRequest request, ServerCallContext context)
    {
        await AuthorizeAsync(context, nameof(GetProcessDiagnostics)).ConfigureAwait(false);
        return await handler.GetProcessDiagnosticsAsync(request, IsLocal(context)).ConfigureAwait(false);
    }

    private async ValueTask AuthorizeAsync(ServerCallContext context, string method)
    {
        var http = context.GetHttpContext();
        handler.ThrowIfBlocked(http.Connection.RemoteIpAddress);
        if (gate is not null)
        {
            await gate.AuthorizeAsync(http, context, RemoteOperationKind.Diagnostics, method).ConfigureAwait(false);
        }

        FirstRequestDeadline.Confirm(http);
    }

    /// <summary>Whether the caller is on this machine: over loopback, a Unix socket or memory, which have no address.</summary>
    private static bool IsLocal(ServerCallContext context) =>
        context.GetHttpContext().Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);

    /// <summary>Tells gRPC the methods with marshallers of our own; generated code would parse each message.</summary>
    internal static class Binding
    {
        /// <summary>What reflection tells of the service; it is found by this name.</summary>
        public static ServiceDescriptor Descriptor => Wire.RemoteReflection.Descriptor.Services[0];

        /// <summary>Called by gRPC with <see langword="null"/> for the service: the handlers are found by the names of the methods.</summary>
        public static void BindService(ServiceBinderBase binder, RemotingService? service)
        {
            binder.AddMethod(RemotingMethods.Accepted, service is null ? null : new DuplexStreamingServerMethod<Frame, OutboundFrame>(service.Receive));
            binder.AddMethod(
                RemotingMethods.ListProcesses,
                service is null ? null : new UnaryServerMethod<Wire.ListProcessesRequest, Wire.ListProcessesResponse>(service.ListProcesses));
            binder.AddMethod(
                RemotingMethods.GetProcessDiagnostics,
                service is null
                    ? null
                    : new UnaryServerMethod<Wire.GetProcessDiagnosticsRequest, Wire.GetProcessDiagnosticsResponse>(service.GetProcessDiagnostics));
        }
    }
}
