using Proto;
using Proto.Remote;
using MessageEnvelope = Proto.MessageEnvelope;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;

namespace Remote.Tests.Serialization;

/// <summary>What batches of the tests hold, by a name.</summary>
internal static class NamedContent
{
    public static TheoryData<string> Barred =>
        ["stop", "pill", "watch", "unwatch", "terminated", "dead letter", "spawn", "batch", "life", "pill in an envelope", "envelope in an envelope", "from a closed actor"];

    internal static object Make(string name) => name switch
    {
        "stop" => Stop.Instance,
        "pill" => PoisonPill.Instance,
        "watch" => new Watch(new PID(ModelEncoder.Own, "x")),
        "unwatch" => new Unwatch { Watcher = new PID(ModelEncoder.Own, "x") },
        "terminated" => new Terminated { Who = new PID(ModelEncoder.Own, "x") },
        "dead letter" => new DeadLetterResponse(),
        "spawn" => new ActorPidRequest { Kind = "kind" },
        "batch" => new NamedBatch(),
        "life" => Started.Instance,
        "pill in an envelope" => new MessageEnvelope(PoisonPill.Instance, null),
        "envelope in an envelope" => new MessageEnvelope(new MessageEnvelope("x", null), null),
        "from a closed actor" => new MessageEnvelope("x", new PID(ModelEncoder.Peer, "closed")),
        "from anybody" => new MessageEnvelope("x", new PID(ModelEncoder.Own, "x")),
        "nothing" => null!,
        _ => name,
    };
}

/// <summary>A batch in JSON.</summary>
internal sealed record JsonBatch(string[] Names) : IMessageBatch
{
    public IReadOnlyCollection<object> GetMessages() => [.. Names.Select(NamedContent.Make)];
}
