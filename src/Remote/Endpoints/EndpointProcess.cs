using Remote.Actors;

namespace Remote;

/// <summary>The endpoint in lists and diagnostics. It takes no messages: those for peers go through <see cref="RemoteProcess"/>.</summary>
internal sealed class EndpointProcess(DeadLetterProcess deadLetters, Endpoint endpoint) : IProcess
{
    public const string IdPrefix = "$endpoint/";

    public Endpoint Endpoint => endpoint;

    public bool IsAlive => endpoint.State != EndpointState.Closed;

    public bool AcceptsRemoteMessages => false;

    public void SendUserMessage(PID target, in MessageEnvelope envelope) =>
        deadLetters.Publish(target, envelope, RemoteDeadLetterReasons.Forbidden);

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        SendUserMessage(target, envelope);
        return ValueTask.FromException(new DeadLetterException(target, RemoteDeadLetterReasons.Forbidden));
    }

    public void SendSystemMessage(PID target, SystemMessage message) =>
        deadLetters.Publish(target, message, RemoteDeadLetterReasons.Forbidden);
}
