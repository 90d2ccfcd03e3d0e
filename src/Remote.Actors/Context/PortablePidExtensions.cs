namespace Remote.Actors;

/// <summary>PIDs to be written down: into a database, a log, a message whose format remoting does not look into.</summary>
public static class PortablePidExtensions
{
    /// <summary>
    /// The form of a PID that every node of the application can use, also one that has never heard of this node. Senders, and PIDs in
    /// protobuf messages, are written like this by remoting itself; elsewhere a local PID, which has no address, would mean somebody else.
    /// </summary>
    /// <param name="context">The context of an actor, or of the root.</param>
    /// <param name="pid">A PID as it is known here.</param>
    /// <returns>
    /// For an actor of this node its advertised address. For an actor of a node without a listener, this one or a client of this one, the address
    /// of the server and the id under which that passes messages on. Any other PID as it is.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// This node has no listener, and no server yet or several: use <see cref="Portable(ISenderContext, PID, string)"/>.
    /// </exception>
    public static PID Portable(this ISenderContext context, PID pid)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(pid);
        return context.ActorSystem.Portable(pid, null);
    }

    /// <summary>The same on a node without a listener that has several servers, or is not connected yet.</summary>
    /// <param name="context">The context of an actor, or of the root.</param>
    /// <param name="pid">A PID as it is known here.</param>
    /// <param name="server">The address of the server through which others shall reach this node. Means nothing on a node with a listener.</param>
    /// <returns>See <see cref="Portable(ISenderContext, PID)"/>.</returns>
    public static PID Portable(this ISenderContext context, PID pid, string server)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(pid);
        ArgumentException.ThrowIfNullOrEmpty(server);
        return context.ActorSystem.Portable(pid, server);
    }
}
