using Proto;
using Wire = Proto.Remote;

namespace Remote;

/// <summary>
/// Judges what the peer of one stream wants to do beyond sending messages, by the hook of the application. There is none where there is no hook, and
/// ordinary messages pass it by their type (decision page 0027). Called by the read loop of the stream only.
/// </summary>
internal sealed class OperationGuard(CallGate gate, RemotePeer peer, EndpointRecord record, Action close)
{
    /// <summary>Whether a message may be delivered.</summary>
    public bool MayDeliver(PID target, object message) => message switch
    {
        // Whoever may not watch has nothing to unwatch.
        Watch or Unwatch => May(RemoteOperationKind.Watch, target.Id),
        Stop or PoisonPill => May(RemoteOperationKind.Stop, target.Id),
        Wire.ActorPidRequest request when SpawnStatus.IsActivator(target) => May(RemoteOperationKind.Spawn, request.Kind),
        _ => true,
    };

    private bool May(RemoteOperationKind kind, string subject)
    {
        var operation = new RemoteOperation(kind, peer, subject);
        var permission = gate.Judge(operation);
        if (permission.IsAllowed)
        {
            return true;
        }

        record.Denied();
        gate.Deny(operation, permission);
        if (permission.IsClosed)
        {
            gate.Counters.CountPeer(isClosed: true);
            close();
        }

        return false;
    }
}
