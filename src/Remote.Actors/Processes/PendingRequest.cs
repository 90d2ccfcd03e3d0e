namespace Remote.Actors;

/// <summary>A request that waits for its answer.</summary>
internal abstract class PendingRequest
{
    private FutureProcess? _process;
    private PID? _pid;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _registration;

    /// <summary>Where the answer goes: the future process with this request's id.</summary>
    public PID Pid => _pid!;

    /// <summary>Who was asked, and what; for the messages of exceptions.</summary>
    public PID? Target { get; init; }

    /// <inheritdoc cref="Target"/>
    public Type? MessageType { get; init; }

    /// <summary>When it times out, in ticks of the system's clock; <see cref="long.MaxValue"/> for never.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>The timeout that was asked for, for the message of the exception.</summary>
    public TimeSpan Timeout { get; set; }

    public void Begin(FutureProcess process, PID pid)
    {
        _process = process;
        _pid = pid;
    }

    public void CancelWith(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static state => ((PendingRequest)state!).Cancel(), this);
    }

    public void Answer(in MessageEnvelope envelope)
    {
        _registration.Unregister();
        Complete(in envelope);
    }

    public void Fail(Exception exception)
    {
        _registration.Unregister();
        CompleteWith(exception);
    }

    /// <summary>The time is over, unless the answer was faster.</summary>
    public void Expire()
    {
        if (_process!.Remove(Pid.RequestId) is not null)
        {
            Fail(new TimeoutException($"{Target} did not answer a {MessageType} within {Timeout} (request {Pid})."));
        }
    }

    protected abstract void Complete(in MessageEnvelope envelope);

    protected abstract void CompleteWith(Exception exception);

    protected abstract void CompleteCanceled(CancellationToken cancellationToken);

    private void Cancel()
    {
        if (_process!.Remove(Pid.RequestId) is not null)
        {
            CompleteCanceled(_cancellationToken);
        }
    }
}

/// <summary>A request whose answer is a <typeparamref name="T"/>.</summary>
internal sealed class PendingRequest<T> : PendingRequest
{
    // Continuations run elsewhere: the answer may come on a connection's read loop or inside another actor's turn.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _completion.Task;

    protected override void Complete(in MessageEnvelope envelope)
    {
        switch (envelope.Message)
        {
            // Before the answer: a request for any object must not take this for one.
            case DeadLetterResponse dead when typeof(T) != typeof(DeadLetterResponse):
                _completion.TrySetException(new DeadLetterException(dead.Target, dead.Reason));
                break;
            case T answer:
                _completion.TrySetResult(answer);
                break;
            default:
                CompleteOther(in envelope);
                break;
        }
    }

    protected override void CompleteWith(Exception exception) => _completion.TrySetException(exception);

    protected override void CompleteCanceled(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    private void CompleteOther(in MessageEnvelope envelope)
    {
        // Asked for with its headers.
        if (typeof(T) == typeof(MessageEnvelope))
        {
            _completion.TrySetResult((T)(object)envelope.WithoutOrigin());
        }
        else
        {
            _completion.TrySetException(new UnexpectedResponseException(typeof(T), envelope.Message, Target));
        }
    }
}
