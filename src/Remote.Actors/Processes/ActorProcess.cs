namespace Remote.Actors;

/// <summary>An actor as others see it: takes messages and puts them into its mailbox.</summary>
internal sealed class ActorProcess : IProcess, IDiagnosedProcess
{
    private readonly ActorMailbox _mailbox;
    private volatile bool _isAlive = true;

    public ActorProcess(ActorContext actor, ActorMailbox mailbox)
    {
        Actor = actor;
        _mailbox = mailbox;
    }

    public ActorContext Actor { get; }

    public bool IsAlive => _isAlive;

    public bool AcceptsRemoteMessages => true;

    public void SendUserMessage(PID target, in MessageEnvelope envelope) => _mailbox.PostUserMessage(in envelope);

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken) =>
        _mailbox.PostUserMessageAsync(target, in envelope, cancellationToken);

    public void SendSystemMessage(PID target, SystemMessage message)
    {
        _mailbox.PostSystemMessage(message);
        if (message is Stop)
        {
            // The actor may be waiting for something that only ends when its token does.
            Actor.SignalStop();
        }
    }

    public ProcessDiagnostics Diagnose(string id) => Actor.Diagnose();

    /// <summary>From now on PIDs that cached this process look it up again.</summary>
    public void End() => _isAlive = false;
}
