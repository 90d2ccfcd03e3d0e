using Remote.Actors;

namespace Remote;

/// <summary>Writes PIDs so that any node can use them, for users who write them down themselves.</summary>
internal sealed class PortablePids(NodeContext context, EndpointDiallers diallers)
{
    /// <param name="pid">A PID as this node knows it.</param>
    /// <param name="server">The server through which a client is reached; <see langword="null"/>: its only one.</param>
    /// <exception cref="InvalidOperationException">There is no server, or several.</exception>
    public PID Of(PID pid, string? server)
    {
        if (!context.IsOwnAddress(pid.Address))
        {
            // An actor of a client of this node. Clients know each other only in the portable form.
            return ClientAddress.IsClient(pid.Address) ? new PID(context.Address, $"{pid.Address}/{pid.Id}", pid.RequestId) : pid;
        }

        if (!context.Options.ClientOnly)
        {
            return new PID(context.Address, pid.Id, pid.RequestId);
        }

        IReadOnlyList<string> servers = server is null ? diallers.Addresses : [server];
        return servers is [var only]
            ? new PID(only, $"{context.Address}/{pid.Id}", pid.RequestId)
            : throw new InvalidOperationException(
                $"This node has no listener, and {servers.Count} servers: say through which of them others shall reach it.");
    }
}
