namespace Remote.Actors;

internal sealed partial class ActorContext
{
    private Queue<MessageEnvelope>? _stash;
    private ReceiveTimeoutTimer? _receiveTimeout;
    private CancellationTokenSource? _cancellation;
    private volatile bool _stopSignalled;

    public CancellationToken CancellationToken
    {
        get
        {
            var source = Volatile.Read(ref _cancellation);
            if (source is null)
            {
                source = new CancellationTokenSource();
                Volatile.Write(ref _cancellation, source);
                Interlocked.MemoryBarrier();
                if (_stopSignalled || IsEnding)
                {
                    CancelToken();
                }
            }

            return source.Token;
        }
    }

    /// <summary>From any thread: a stop is in the mailbox. Whatever the actor waits for is cancelled before the stop can be handled.</summary>
    public void SignalStop()
    {
        _stopSignalled = true;
        Interlocked.MemoryBarrier();
        CancelToken();
    }

    public void SetReceiveTimeout(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        (_receiveTimeout ??= new ReceiveTimeoutTimer(this, ActorSystem.TimeProvider)).Set(duration);
    }

    public void CancelReceiveTimeout()
    {
        _receiveTimeout?.Dispose();
        _receiveTimeout = null;
    }

    public void ReenterAfter<T>(Task<T> task, Func<Task<T>, Task> action)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(action);
        ReenterCore(task, () => action(task));
    }

    public void ReenterAfter(Task task, Func<Task, Task> action)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(action);
        ReenterCore(task, () => action(task));
    }

    public void ReenterAfter(Task task, Action action)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(action);
        ReenterCore(task, () =>
        {
            action();
            return Task.CompletedTask;
        });
    }

    public void Stash() => (_stash ??= new Queue<MessageEnvelope>()).Enqueue(new MessageEnvelope(Message, _sender, _headers));

    public void UnstashAll()
    {
        while (_stash is { Count: > 0 })
        {
            Mailbox.PostFront(_stash.Dequeue());
        }
    }

    private void RefuseStash()
    {
        while (_stash is { Count: > 0 })
        {
            RefuseUserMessage(_stash.Dequeue());
        }
    }

    private void ReenterCore(Task task, Func<Task> action)
    {
        var continuation = new Continuation(action, _actor, new MessageEnvelope(Message, _sender, _headers));
        _ = task.ContinueWith(
            static (_, state) =>
            {
                var (context, continuation) = ((ActorContext, Continuation))state!;
                context.Process.SendSystemMessage(context.Self, continuation);
            },
            (this, continuation),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private Task HandleContinuation(Continuation continuation)
    {
        // A new instance does not know what the former one was waiting for.
        if (IsEnding || !ReferenceEquals(continuation.Actor, _actor))
        {
            return Task.CompletedTask;
        }

        if (Mailbox.IsSuspended)
        {
            Mailbox.PostFront(new MessageEnvelope(continuation));
            return Task.CompletedTask;
        }

        SetCurrent(continuation.Envelope);
        return continuation.Action();
    }

    private Task HandleReceiveTimeout(ReceiveTimeoutTick tick)
    {
        if (IsEnding || _receiveTimeout is null || !_receiveTimeout.IsDue(tick))
        {
            return Task.CompletedTask;
        }

        return ReceiveMessage(ReceiveTimeout.Instance);
    }

    private void CancelToken()
    {
        // Cancelled on the pool: the callbacks are user code and this may be a connection's read loop.
        _ = Volatile.Read(ref _cancellation)?.CancelAsync();
    }
}
