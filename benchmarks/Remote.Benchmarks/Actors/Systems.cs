using Proto;
using Proto.Remote;

namespace Remote.Benchmarks;

/// <summary>The actor systems that are compared.</summary>
internal static class Systems
{
    /// <param name="remote">
    /// Whether it can be reached from other nodes, which gives its actors our mailbox instead of Proto.Actor's. It need not listen for that.
    /// </param>
    public static ActorSystem Create(bool remote) =>
        remote ? new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost()) : new ActorSystem();
}
