using Microsoft.Extensions.Logging;
using Remote.Actors;

namespace Remote;

/// <summary>
/// The settings of a node, known before it listens: <see cref="NodeContext"/> adds the address, which only the listener knows. Immutable.
/// </summary>
internal sealed record NodeSettings(ActorSystem ActorSystem, RemoteOptions Options, RemoteSetup Setup)
{
    public SerializerRegistry Serializers { get; } = Setup.Serializers.Build();

    public TimeProvider Time { get; } = Setup.TimeProvider ?? ActorSystem.TimeProvider;

    public ILogger Log { get; } = ActorSystem.LoggerFactory.CreateLogger("Remote");
}
