using System.Buffers;
using Microsoft.Extensions.Logging;
using Remote.Actors;

namespace Remote;

/// <summary>
/// The identity of a node, and all that its parts have in common. Immutable, thread-safe, and complete when it is made; it holds none of
/// the parts (<see cref="NodeParts"/>), each of which names in its constructor which others it needs.
/// </summary>
internal sealed class NodeContext(NodeSettings settings, string address, CancellationToken hurry)
{
    private readonly Lock _randomGate = new();
    private readonly Random _random = settings.Setup.Random ?? new Random();

    public ActorSystem ActorSystem { get; } = settings.ActorSystem;

    public RemoteOptions Options { get; } = settings.Options;

    public SerializerRegistry Serializers { get; } = settings.Serializers;

    public ArrayPool<byte> BatchArrays { get; } = settings.Setup.BatchArrays;

    public TimeProvider Time { get; } = settings.Time;

    public ILogger Log { get; } = settings.Log;

    /// <summary>Where peers find this node; <c>$client/id</c> without a listener.</summary>
    public string Address { get; } = address;

    /// <summary>Cancelled when a shutdown must not wait any longer.</summary>
    public CancellationToken Hurry { get; } = hurry;

    public bool IsLoopbackOnly =>
        Options.ClientOnly || Address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal) || PeerAddress.IsLoopback(Options.Host);

    /// <summary>Makes a random source for one endpoint: <see cref="Random"/> is not thread-safe.</summary>
    public Random NewRandom()
    {
        lock (_randomGate)
        {
            return new Random(_random.Next());
        }
    }

    public bool IsOwnAddress(string address) => address.Length == 0 || address == Address || Options.Aliases.Contains(address);

    public void Publish(object fact) => ActorSystem.EventStream.Publish(fact);

    public void DeadLetter(in RemoteDelivery delivery, DeadLetterReason reason)
    {
        if (delivery.Message is SystemMessage message)
        {
            ActorSystem.DeadLetters.Publish(delivery.Target, message, reason);
        }
        else
        {
            var envelope = new MessageEnvelope(delivery.Message, delivery.Sender, delivery.Headers);
            ActorSystem.DeadLetters.Publish(delivery.Target, envelope, reason);
        }
    }
}
