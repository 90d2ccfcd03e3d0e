namespace Remote.Actors;

internal sealed partial class ActorContext : ISupervisor
{
    private RestartStatistics? _restartStatistics;
    private List<PID>? _escalated;
    private int _restarts;

    private string ActorType => _actor?.GetType().ToString() ?? "(none)";

    public void ResumeChildren(params IEnumerable<PID> children) => ActorSystem.SendSystem(children, Resume.Instance);

    public void RestartChildren(Exception reason, params IEnumerable<PID> children) => ActorSystem.SendSystem(children, new Restart(reason));

    public void StopChildren(params IEnumerable<PID> children) => ActorSystem.SendSystem(children, Actors.Stop.Instance);

    public void Escalate(PID child, Exception reason, object? message)
    {
        (_escalated ??= []).Add(child);
        Fail(reason, message);
    }

    private void HandleFailure(Task task)
    {
        var exception = task.Exception?.InnerException ?? new TaskCanceledException(task);
        if (exception is OperationCanceledException && (_stopSignalled || IsEnding))
        {
            // It was told to stop while it waited, and said so.
            return;
        }

        ActorLog.ActorFailed(ActorSystem.Logger, exception, Self, ActorType, _message?.GetType().ToString() ?? "(none)");
        if (!IsEnding)
        {
            Fail(exception, _message);
        }
    }

    /// <summary>Suspends this actor and leaves the decision to its supervisor.</summary>
    private void Fail(Exception reason, object? message)
    {
        Mailbox.IsSuspended = true;
        _lastFailure = new ActorFailure(reason, message?.GetType(), ActorSystem.TimeProvider.GetUtcNow());
        var failure = new Failure(Self, _restartStatistics ??= new RestartStatistics(ActorSystem.TimeProvider), reason, message);
        if (_parent is not null)
        {
            _parent.Process.SendSystemMessage(_parent.Self, failure);
        }
        else
        {
            _guardian!.SendSystemMessage(_guardian.Pid, failure);
        }
    }

    private void HandleChildFailure(Failure failure)
    {
        // A child of an actor that is ending or restarting is being stopped anyway.
        if (_life == Life.Alive && _children.Contains(failure.Child))
        {
            SupervisorStrategy.Apply(_props.ChildStrategy ?? SupervisorStrategy.Default, this, failure);
        }
    }

    private Task HandleResumeAsync()
    {
        if (_life != Life.Alive)
        {
            return Task.CompletedTask;
        }

        if (_actor is null)
        {
            // Its producer failed: there is nothing to resume.
            return BeginRestartAsync();
        }

        Mailbox.IsSuspended = false;
        if (_escalated is not null)
        {
            ResumeChildren(_escalated);
            _escalated = null;
        }

        return Task.CompletedTask;
    }
}
