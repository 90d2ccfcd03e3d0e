using System.Net;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Answers the calls of the service <c>remote.Remoting</c>. Thread-safe.</summary>
internal interface IRemotingHandler
{
    /// <summary>The clock of the node.</summary>
    TimeProvider Time => TimeProvider.System;

    /// <summary>Serves a call of Receive from its first message to its end.</summary>
    Task ReceiveAsync(AcceptedCall call);

    /// <summary>Asked before each of the other two.</summary>
    /// <param name="caller">Where the caller's connection comes from; <see langword="null"/> for a Unix socket.</param>
    /// <exception cref="RpcException">PERMISSION_DENIED: it is blocked.</exception>
    void ThrowIfBlocked(IPAddress? caller)
    {
        // A handler without a block list blocks nobody.
    }

    /// <param name="request">What is wanted.</param>
    /// <param name="isLocal">Whether the caller is on this machine.</param>
    /// <param name="cancellationToken">The caller has gone.</param>
    /// <exception cref="RpcException">The status of the call.</exception>
    Task<Wire.ListProcessesResponse> ListProcessesAsync(Wire.ListProcessesRequest request, bool isLocal, CancellationToken cancellationToken);

    /// <param name="request">What is wanted.</param>
    /// <param name="isLocal">Whether the caller is on this machine.</param>
    /// <exception cref="RpcException">The status of the call.</exception>
    Task<Wire.GetProcessDiagnosticsResponse> GetProcessDiagnosticsAsync(Wire.GetProcessDiagnosticsRequest request, bool isLocal);
}
