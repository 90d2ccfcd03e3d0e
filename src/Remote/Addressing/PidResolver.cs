using Proto;

namespace Remote;

/// <summary>Says what a PID resolves to that Proto.Actor's registry does not know by itself.</summary>
/// <param name="system">The actors of this node.</param>
/// <param name="current">The parts of the node that has started on the system; null before that.</param>
internal sealed class PidResolver(ActorSystem system, Func<NodeParts?> current)
{
    /// <summary>The endpoints of the node; null before the start.</summary>
    public EndpointManager? Endpoints => current()?.Endpoints;

    /// <summary>A process for any other address, or for an own one in another form.</summary>
    /// <remarks>Never <see langword="null"/>: for that Proto.Actor would throw at the sender. The PID keeps the process for ever.</remarks>
    public Process Resolve(PID pid)
    {
        if (current()?.Context is not { } context || !context.IsOwnAddress(PeerAddress.Canonical(pid.Address)))
        {
            return new RemoteProcess(system, this, pid);
        }

        // The portable form of a client's actor, as this node wrote it or a person copied it from elsewhere.
        return ClientAddress.TrySplit(pid.Id, out var client, out _) && client != context.Address
            ? new RemoteProcess(system, this, new PID(client, pid.Id))
            : context.FindLocal(pid.Id);
    }
}
