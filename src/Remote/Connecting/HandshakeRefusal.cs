using Remote.Transport;

namespace Remote;

/// <summary>Tells refusals that another attempt may overcome from those that it will not.</summary>
internal static class HandshakeRefusal
{
    /// <summary>
    /// Whether the same dial will be refused until an operator changes our identity, our rights, or the service at the address. A stale
    /// attempt, a link that lives elsewhere, full limits and a node that leaves pass by themselves.
    /// </summary>
    public static bool IsPermanent(GrpcStatusCode code) => code is
        GrpcStatusCode.PermissionDenied or GrpcStatusCode.Unauthenticated or GrpcStatusCode.Unimplemented
        or GrpcStatusCode.InvalidArgument or GrpcStatusCode.FailedPrecondition;
}
