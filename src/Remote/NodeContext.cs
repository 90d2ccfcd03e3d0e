using System.Buffers;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// The identity of a node, and all that its parts have in common. Immutable, thread-safe, and complete when it is made; it holds none of
/// the parts (<see cref="NodeParts"/>), each of which names in its constructor which others it needs.
/// </summary>
internal sealed class NodeContext(NodeSettings settings, string address, CancellationToken hurry)
{
    private readonly Lock _randomGate = new();
    private readonly Random _random = settings.Options.Hooks.Random ?? new Random();

    public ActorSystem ActorSystem { get; } = settings.ActorSystem;

    public RemoteOptions Options { get; } = settings.Options;

    /// <summary>Whether it has no listener: it dials servers, and messages flow both ways on its one stream to each.</summary>
    public bool IsClient { get; } = settings.IsClient;

    public SerializerRegistry Serializers { get; } = settings.Serializers;

    public ArrayPool<byte> BatchArrays { get; } = settings.Options.Hooks.BatchArrays;

    public TimeProvider Time { get; } = settings.Time;

    public ILogger Log { get; } = settings.Log;

    /// <summary>For messages that cannot be read, which the application may want louder or not at all.</summary>
    public ILogger RefusalLog { get; } = new LeveledLog(settings.Log, RemoteConfigRules.UnreadableLevel(settings.Config));

    /// <summary>Who may do what.</summary>
    public CallGate Gate { get; } = settings.Gate;

    /// <summary>Which actors other nodes may not reach.</summary>
    public LocalOnlyActors LocalOnly { get; } = new(settings.Options.LocalOnly);

    public EventPublisher Events { get; } = settings.Events;

    /// <summary>What the node has refused to its peers.</summary>
    public Refusals Refusals { get; } = settings.Refusals;

    /// <summary>Sizes and times, for whoever listens.</summary>
    public NodeHistograms Histograms { get; } = settings.Histograms;

    /// <summary>The actors that are measured.</summary>
    public ActorMeters Actors { get; } = settings.Actors;

    /// <summary>Messages that could not be serialized or read, by type.</summary>
    public SerializationFailureCounts SerializationFailures { get; } = new();

    /// <summary>The names of its requests on the wire.</summary>
    public RequestNames Requests { get; } = new(settings.ActorSystem);

    public DeadLetters DeadLetters { get; } = settings.DeadLetters;

    /// <summary>Where peers find this node; <c>$client/id</c> without a listener.</summary>
    public string Address { get; } = address;

    /// <summary>Cancelled when a shutdown must not wait any longer.</summary>
    public CancellationToken Hurry { get; } = hurry;

    /// <summary>Makes a random source for one endpoint: <see cref="Random"/> is not thread-safe.</summary>
    public Random NewRandom()
    {
        lock (_randomGate)
        {
            return new Random(_random.Next());
        }
    }

    /// <summary>Whether an address is one of this node's, the one of actors from before the start included.</summary>
    public bool IsOwnAddress(string address) =>
        address.Length == 0 || address == Address || address == Proto.ActorSystem.NoHost || Options.Aliases.Contains(address);

    /// <summary>The process of this node with an id; <see cref="ActorSystem.DeadLetter"/> when there is none.</summary>
    public Process FindLocal(string id) => ActorSystem.ProcessRegistry.Get(new PID(Proto.ActorSystem.NoHost, id));

    /// <summary>Tells a watcher.</summary>
    public void Tell(PID watcher, SystemMessage message) =>
        ProtoActorInternals.SendSystemMessage(ActorSystem.ProcessRegistry.Get(watcher), watcher, message);
}
