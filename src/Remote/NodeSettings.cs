using Microsoft.Extensions.Logging;
using Remote.Actors;

namespace Remote;

/// <summary>
/// The settings of a node, known before it listens: <see cref="NodeContext"/> adds the address, which only the listener knows. Immutable.
/// </summary>
internal sealed class NodeSettings(ActorSystem system, RemoteOptions options, RemoteSetup setup)
{
    public ActorSystem ActorSystem { get; } = system;

    public RemoteOptions Options { get; } = options;

    /// <summary>Kinds, hooks and the network; closed now.</summary>
    public RemoteSetup Setup { get; } = setup;

    public SerializerRegistry Serializers { get; } = setup.Serializers.Build();

    public TimeProvider Time { get; } = setup.TimeProvider ?? system.TimeProvider;

    public ILogger Log { get; } = system.LoggerFactory.CreateLogger("Remote");
}
