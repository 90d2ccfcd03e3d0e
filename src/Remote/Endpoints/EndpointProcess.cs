using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>The endpoint in lists and diagnostics. It takes no messages: those for peers go through <see cref="RemoteProcess"/>.</summary>
internal sealed class EndpointProcess(ActorSystem system, DeadLetters deadLetters, Endpoint endpoint) : Process(system)
{
    public const string IdPrefix = "$endpoint/";

    public Endpoint Endpoint => endpoint;

    protected override void SendUserMessage(PID pid, object message)
    {
        var (content, sender, header) = MessageEnvelope.Unwrap(message);
        deadLetters.PublishHere(new RemoteDelivery(pid, content, sender, header), DeadLetterReason.Forbidden);
    }

    protected override void SendSystemMessage(PID pid, SystemMessage message) =>
        deadLetters.PublishHere(new RemoteDelivery(pid, message), DeadLetterReason.Forbidden);
}
