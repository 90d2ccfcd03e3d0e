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

        return context.Options.ClientOnly
            ? new PID(server ?? Server(), $"{context.Address}/{pid.Id}", pid.RequestId)
            : new PID(context.Address, pid.Id, pid.RequestId);
    }

    private string Server()
    {
        var servers = diallers.Addresses;
        return servers.Count == 1
            ? servers[0]
            : throw new InvalidOperationException(
                $"This node has no listener, and {servers.Count} servers: say through which of them others shall reach it.");
    }
}
