namespace Remote.Actors;

/// <summary>One sender who waits for room, and the message it has in hand.</summary>
internal sealed class SendWaiter
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SendWaiters _waiters;
    private readonly PID _target;
    private readonly CancellationToken _cancellationToken;
    private readonly MessageEnvelope _envelope;
    private CancellationTokenRegistration _registration;

    public SendWaiter(SendWaiters waiters, PID target, in MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        _waiters = waiters;
        _target = target;
        _envelope = envelope;
        _cancellationToken = cancellationToken;
    }

    public ref readonly MessageEnvelope Envelope => ref _envelope;

    public Task Task => _completion.Task;

    /// <summary>Its place in the line; null when it has left. Guarded by the line's lock.</summary>
    public LinkedListNode<SendWaiter>? Place { get; set; }

    /// <summary>When it joined, in ticks of the system's clock.</summary>
    public long Since { get; set; }

    /// <summary>Under the line's lock, so that nobody can let it in while it registers.</summary>
    public void Register()
    {
        if (Place is not null && _cancellationToken.CanBeCanceled)
        {
            _registration = _cancellationToken.UnsafeRegister(static state => ((SendWaiter)state!).Cancel(), this);
        }
    }

    public void Admit()
    {
        _registration.Unregister();
        _completion.TrySetResult();
    }

    public void Refuse(ActorSystem actorSystem, DeadLetterReason reason)
    {
        _registration.Unregister();
        actorSystem.DeadLetters.Publish(_target, in _envelope, reason);
        _completion.TrySetException(new DeadLetterException(_target, reason));
    }

    /// <summary>Cancelled means not sent: the message stays with the caller and is no dead letter.</summary>
    private void Cancel()
    {
        if (_waiters.TryLeave(this))
        {
            _completion.TrySetCanceled(_cancellationToken);
        }
    }
}
