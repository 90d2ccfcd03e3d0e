namespace Remote.Actors;

/// <summary>The event stream as a process: what is sent to it is published. Not reachable from other nodes.</summary>
internal sealed class EventStreamProcess(ActorSystem actorSystem) : IProcess
{
    public const string ProcessId = "$eventstream";

    public bool IsAlive => true;

    public bool AcceptsRemoteMessages => false;

    public void SendUserMessage(PID target, in MessageEnvelope envelope)
    {
        actorSystem.EventStream.Publish(envelope.Message);
        envelope.ReportTaken();
    }

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        SendUserMessage(target, in envelope);
        return ValueTask.CompletedTask;
    }

    public void SendSystemMessage(PID target, SystemMessage message)
    {
        if (message is Watch)
        {
            actorSystem.DeadLetters.Publish(target, message, DeadLetterReason.NoSuchProcess);
        }
    }
}
