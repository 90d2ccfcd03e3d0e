namespace Remote.Actors;

/// <summary>The supervisor of root actors that share a strategy.</summary>
internal sealed class GuardianProcess(ActorSystem actorSystem, SupervisorStrategy strategy) : IProcess, ISupervisor, IDiagnosedProcess
{
    private readonly ActorSystem _actorSystem = actorSystem;
    private readonly SupervisorStrategy _strategy = strategy;
    private readonly ChildSet _children = new();

    public PID Pid { get; set; } = new("", "$guardian");

    public bool IsAlive => true;

    public bool AcceptsRemoteMessages => false;

    public ActorSystem ActorSystem => _actorSystem;

    public IReadOnlyCollection<PID> Children => _children.Snapshot();

    /// <summary>False when the system is shutting down.</summary>
    public bool TryAdd(PID child) => _children.TryAdd(child);

    /// <summary>Stops all children and takes no more.</summary>
    public void Close() => StopChildren(_children.Close());

    /// <summary>Completes when the guardian has no children left.</summary>
    public Task WaitUntilEmptyAsync() => _children.WaitUntilEmptyAsync();

    public void SendUserMessage(PID target, in MessageEnvelope envelope) =>
        _actorSystem.DeadLetters.Publish(target, in envelope, DeadLetterReason.NoSuchProcess);

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        SendUserMessage(target, in envelope);
        return ValueTask.FromException(new DeadLetterException(target, DeadLetterReason.NoSuchProcess));
    }

    public void SendSystemMessage(PID target, SystemMessage message)
    {
        switch (message)
        {
            case Failure failure:
                SupervisorStrategy.Apply(_strategy, this, failure);
                break;
            case ChildStopped stopped:
                _children.Remove(stopped.Child);
                break;
            default:
                _actorSystem.DeadLetters.Publish(target, message, DeadLetterReason.NoSuchProcess);
                break;
        }
    }

    public void ResumeChildren(params IEnumerable<PID> children) => _actorSystem.SendSystem(children, Resume.Instance);

    public void RestartChildren(Exception reason, params IEnumerable<PID> children) => _actorSystem.SendSystem(children, new Restart(reason));

    public void StopChildren(params IEnumerable<PID> children) => _actorSystem.SendSystem(children, Stop.Instance);

    public ProcessDiagnostics Diagnose(string id) => new() { Id = id, Kind = "guardian", Type = _strategy.GetType().ToString(), State = "Alive", Children = Children };

    /// <summary>There is nobody above a guardian: the child that nobody can help is stopped.</summary>
    public void Escalate(PID child, Exception reason, object? message) => StopChildren(child);
}
