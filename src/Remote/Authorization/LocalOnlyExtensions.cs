using Proto;

namespace Remote;

/// <summary>Keeps actors to the node that they live on.</summary>
public static class LocalOnlyExtensions
{
    /// <summary>
    /// Props whose actors other nodes cannot reach: what they send, watch or stop there is a dead letter <c>Forbidden</c>. On this node nothing changes, and
    /// the actors themselves may send wherever they want. <see cref="RemoteOptions.LocalOnly"/> does the same by name.
    /// </summary>
    /// <param name="props">The props, which are not changed. A spawner of the application's own (<c>WithSpawner</c>) is to be set before.</param>
    /// <returns>Props with the mark, which everything that is set later keeps, but for another spawner.</returns>
    public static Props WithLocalOnly(this Props props)
    {
        ArgumentNullException.ThrowIfNull(props);
        var spawn = props.Spawner;

        // The mailbox has the mark, which is there before the name of the actor is known to anybody.
        return props.WithSpawner((system, name, own, parent, callback) => spawn(system, name, LocalOnlyMailbox.Mark(own), parent, callback));
    }
}
