using Grpc.Core;

namespace Remote;

/// <summary>Asks whether a peer may come in, once its handshake has said who it is, and gives what judges it on its stream then. One per node.</summary>
internal sealed class PeerAuthorization(NodeContext context, EndpointTable endpoints)
{
    private CallGate Gate => context.Gate;

    /// <summary>Returns when the peer of a stream may come in.</summary>
    /// <exception cref="RpcException">PERMISSION_DENIED, with the reason; DEADLINE_EXCEEDED: the hook took too long.</exception>
    public ValueTask AdmitAsync(AcceptedCall stream, PeerIdentity identity)
    {
        Callers.Remember(stream.HttpContext, identity);
        return Gate.AdmitAsync(stream.HttpContext, Of(stream, identity), endpoints.FindExact(identity.Address)?.Record, stream.CancellationToken);
    }

    /// <summary>Judges the operations of a peer on a stream that it has opened; <see langword="null"/> when nobody wants to.</summary>
    public OperationGuard? GuardOf(AcceptedCall stream, PeerIdentity identity, EndpointRecord record)
    {
        if (!Gate.JudgesOperations)
        {
            return null;
        }

        var http = stream.HttpContext;
        return new OperationGuard(Gate, Of(stream, identity), record, () => CallGate.CloseConnection(http));
    }

    /// <summary>The same for a stream that this node has opened: on one without a listener, messages come in on it.</summary>
    public OperationGuard? GuardOf(EndpointConnection connection, EndpointRecord record) => !Gate.JudgesOperations
        ? null
        : new OperationGuard(
            Gate,
            new RemotePeer
            {
                SystemId = connection.Peer.SystemId,
                Address = connection.Peer.Address,
                IsDialled = true,
                Certificate = connection.Channel.RemoteCertificate,
            },
            record,
            connection.Stream.Abort);

    private static RemotePeer Of(AcceptedCall stream, PeerIdentity identity) =>
        stream.Caller with { SystemId = identity.SystemId, Address = identity.Address, IsClient = identity.IsClient };
}
