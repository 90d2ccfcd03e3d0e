using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>What kind of program answers at an address.</summary>
internal enum PeerKind
{
    /// <summary>Something that could not be told.</summary>
    Unknown,

    /// <summary>A Remote node.</summary>
    Remote,

    /// <summary>A node of Proto.Remote, or another gRPC service, on .NET.</summary>
    DotNet,

    /// <summary>Another implementation, as that of Go.</summary>
    Other,
}

/// <summary>Who answers at an address.</summary>
/// <param name="Kind">By how it answers the administration service.</param>
/// <param name="Node">What it says of itself; <see langword="null"/> when it does not.</param>
/// <param name="Failure">Why it does not.</param>
internal sealed record PeerIdentification(PeerKind Kind, Wire.NodeInfo? Node, Failure? Failure)
{
    /// <summary>
    /// Asks the administration service, which does no harm to any peer. A process of Go dies of a call of ListProcesses, so that whoever wants to make one
    /// asks first.
    /// </summary>
    /// <exception cref="FailureException">Nobody is there.</exception>
    public static async Task<PeerIdentification> AskAsync(NodeConnection node, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await node.AdminAsync(
                static (admin, options) => admin.GetEndpointsAsync(new Wire.GetEndpointsRequest { Limit = 1 }, options), cancellationToken);
            return new(PeerKind.Remote, answer.Node, null);
        }
        catch (FailureException exception) when (exception.InnerException is Grpc.Core.RpcException call
            && exception.Failure.ExitCode is ExitCode.Unsupported or ExitCode.Refused && node.Report is { Refusal: null, CertificateFault: null })
        {
            var kind = exception.Failure.ExitCode == ExitCode.Refused ? PeerKind.Unknown
                // The words of grpc-dotnet; others say "unknown service" or "Method not found".
                : call.Status.Detail is "Service is unimplemented." or "Method is unimplemented." ? PeerKind.DotNet
                : PeerKind.Other;
            return new(IsOurs(call) ? PeerKind.Remote : kind, null, exception.Failure);
        }
    }

    /// <summary>In JSON.</summary>
    public static string NameOf(PeerKind kind) => kind switch
    {
        PeerKind.Remote => "remote",
        PeerKind.DotNet => "dotnet",
        PeerKind.Other => "other",
        _ => "unknown",
    };

    // How a Remote node says no; one that a proxy stands before would say it in other words.
    private static bool IsOurs(Grpc.Core.RpcException call) =>
        call.StatusCode == Grpc.Core.StatusCode.PermissionDenied && call.Status.Detail.StartsWith("Not allowed: ", StringComparison.Ordinal);
}
