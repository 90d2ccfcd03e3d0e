using Remote.Transport;

namespace Remote;

/// <summary>Tells refusals that another attempt may overcome from those that it will not.</summary>
internal static class HandshakeRefusal
{
    /// <summary>
    /// Whether the same dial will be answered the same way until somebody changes something: who we are, what we may do, or what is served
    /// there. A stale attempt, a link that lives elsewhere, full limits and a node that leaves pass by themselves.
    /// </summary>
    public static bool IsPermanent(GrpcStatusCode code) => code is
        GrpcStatusCode.PermissionDenied or GrpcStatusCode.Unauthenticated or GrpcStatusCode.Unimplemented
        or GrpcStatusCode.InvalidArgument or GrpcStatusCode.FailedPrecondition;
}
