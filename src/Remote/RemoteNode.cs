using System.Buffers;
using Microsoft.Extensions.Logging;
using Remote.Actors;

namespace Remote;

/// <summary>The parts that all endpoints of one node share. Immutable once the node has started.</summary>
internal sealed class RemoteNode
{
    private readonly Lock _randomGate = new();
    private readonly Random _random;

    public RemoteNode(ActorSystem system, RemoteOptions options, RemoteSetup setup)
    {
        ActorSystem = system;
        Options = options;
        Setup = setup;
        Serializers = setup.Serializers.Build();
        Time = setup.TimeProvider ?? system.TimeProvider;
        Log = system.LoggerFactory.CreateLogger("Remote");
        _random = setup.Random ?? new Random();
        Endpoints = new EndpointManager(this);
        Incarnations = new IncarnationGuard(this);
        Links = new InboundLinks(this);
        Clients = new ClientSessions(this);
        Blockade = new Blockade(this);
        BlockList = new BlockList(this);
    }

    public ActorSystem ActorSystem { get; }

    public RemoteOptions Options { get; }

    public RemoteSetup Setup { get; }

    public SerializerRegistry Serializers { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    public EndpointManager Endpoints { get; }

    public IncarnationGuard Incarnations { get; }

    /// <summary>The links that lead here.</summary>
    public InboundLinks Links { get; }

    /// <summary>The nodes without a listener that have dialled this one.</summary>
    public ClientSessions Clients { get; }

    /// <summary>The peers that are blocked.</summary>
    public BlockList BlockList { get; }

    /// <summary>Enforces the block list.</summary>
    public Blockade Blockade { get; }

    /// <summary>Called when a former life of an address has ended, with its system id: its streams to us end too.</summary>
    public Action<string>? IncarnationEnded { get; set; }

    /// <summary>
    /// Completes when the streams that a peer, by its system id, opened to us have ended. Set once, before the first message.
    /// </summary>
    public Func<string, Task> InboundEnd { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The source of the memory of batches. Set once, before the first message.</summary>
    public ArrayPool<byte> BatchArrays { get; set; } = ArrayPool<byte>.Shared;

    /// <summary>Cancelled when a shutdown shall wait for no peer any more.</summary>
    public CancellationTokenSource Hurry { get; } = new();

    /// <summary>The address of this node for its peers; <c>$client/id</c> without a listener. Set once, before the first message.</summary>
    public string Address { get; set; } = "";

    /// <summary>Whether only this machine can reach the node. Follows from its listener.</summary>
    public bool IsLoopbackOnly =>
        Options.ClientOnly || Address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal) || PeerAddress.IsLoopback(Options.Host);

    /// <summary>A random source of its own for one endpoint: <see cref="Random"/> is not thread-safe.</summary>
    public Random NewRandom()
    {
        lock (_randomGate)
        {
            return new Random(_random.Next());
        }
    }

    public bool IsOwnAddress(string address) =>
        address.Length == 0 || address == Address || Options.Aliases.Contains(address);

    public void Publish(object fact) => ActorSystem.EventStream.Publish(fact);

    public void DeadLetter(in RemoteDelivery delivery, DeadLetterReason reason)
    {
        if (delivery.Message is SystemMessage message)
        {
            ActorSystem.DeadLetters.Publish(delivery.Target, message, reason);
        }
        else
        {
            ActorSystem.DeadLetters.Publish(delivery.Target, new MessageEnvelope(delivery.Message, delivery.Sender, delivery.Headers), reason);
        }
    }
}
