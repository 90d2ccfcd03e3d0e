namespace Remote.Actors;

internal sealed partial class ActorContext
{
    private volatile ActorFailure? _lastFailure;

    /// <summary>From any thread.</summary>
    public ProcessDiagnostics Diagnose()
    {
        var life = _life;
        return new ProcessDiagnostics
        {
            Id = Self.Id,
            Kind = "actor",
            Type = ActorType,
            State = life == Life.Alive && Mailbox.IsSuspended ? "Suspended" : life.ToString(),
            UserMessages = Mailbox.UserMessageCount,
            SystemMessages = Mailbox.SystemMessageCount,
            Children = _children,
            Watchers = _watchers,
            Restarts = Volatile.Read(ref _restarts),
            LastFailure = _lastFailure,
        };
    }
}
