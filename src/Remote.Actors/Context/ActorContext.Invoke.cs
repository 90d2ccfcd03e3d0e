namespace Remote.Actors;

internal sealed partial class ActorContext
{
    /// <summary>Handles a user message. Never throws: a failure is in the task.</summary>
    public Task InvokeUserMessage(in MessageEnvelope envelope)
    {
        try
        {
            if (ReferenceEquals(envelope.Message, PoisonPill.Instance))
            {
                return BeginStopAsync();
            }

            if (ActorSystem.IsExpired(envelope.Headers))
            {
                // The mailbox tells the origin, as for every message that it hands over.
                ActorSystem.DeadLetters.Publish(Self, envelope.WithoutOrigin(), DeadLetterReason.Expired);
                return Task.CompletedTask;
            }

            if (ReferenceEquals(envelope.Message, Touch.Instance))
            {
                AnswerTouch(in envelope);
            }

            var task = _receiverChain is null ? Receive(in envelope) : ReceiveThrough(_receiverChain, in envelope);
            if (_receiveTimeout is not null)
            {
                _receiveTimeout.NoteActivity(envelope.Message);
            }

            return task;
        }
#pragma warning disable CA1031 // Whatever an actor throws goes to its supervisor.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>Handles what was put before the mailbox: a stashed message, or something that waited until the actor was resumed.</summary>
    public Task InvokeDeferred(in MessageEnvelope envelope) =>
        envelope.Message is SystemMessage message ? InvokeSystemMessage(message) : InvokeUserMessage(in envelope);

    /// <summary>Handles a system message. Never throws: a failure is in the task.</summary>
    public Task InvokeSystemMessage(SystemMessage message)
    {
        try
        {
            return message switch
            {
                Start => ReceiveMessage(Started.Instance),
                Actors.Stop => BeginStopAsync(),
                Terminated terminated => HandleTerminated(terminated),
                ChildStopped stopped => HandleChildStoppedAsync(stopped.Child),
                Restart => BeginRestartAsync(),
                Continuation continuation => HandleContinuation(continuation),
                ReceiveTimeoutTick tick => HandleReceiveTimeout(tick),
                _ => HandleAtOnce(message),
            };
        }
#pragma warning disable CA1031 // Whatever an actor throws goes to its supervisor.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>After the actor has ended: a user message that is still queued or arrives.</summary>
    public void RefuseUserMessage(in MessageEnvelope envelope)
    {
        if (envelope.Message is SystemMessage deferred)
        {
            RefuseSystemMessage(deferred);
            return;
        }

        ActorSystem.DeadLetters.Publish(Self, in envelope, EndReason);
    }

    /// <summary>After the actor has ended: a system message that is still queued or arrives.</summary>
    public void RefuseSystemMessage(SystemMessage message) => ActorSystem.DeadLetters.Publish(Self, message, EndReason);

    /// <summary>A message has been handled, after some waiting or with a failure.</summary>
    public void FinishMessage(Task task)
    {
        _receiveTimeout?.NoteActivity(_message);
        if (!task.IsCompletedSuccessfully)
        {
            HandleFailure(task);
        }
    }

    /// <summary>Why messages become dead letters after the actor has ended.</summary>
    public DeadLetterReason EndReason =>
        ActorSystem.Stopping.IsCancellationRequested ? DeadLetterReason.Shutdown : DeadLetterReason.Stopped;

    private Task Receive(in MessageEnvelope envelope)
    {
        SetCurrent(in envelope);
        return _actor!.ReceiveAsync(this) ?? throw new InvalidOperationException("The actor returned null instead of a task.");
    }

    /// <summary>Lets the actor handle a message of the core's own.</summary>
    private Task ReceiveMessage(object message)
    {
        var envelope = new MessageEnvelope(message);
        return _receiverChain is null ? Receive(in envelope) : ReceiveThrough(_receiverChain, in envelope);
    }

    private Task ReceiveThrough(Receiver chain, in MessageEnvelope envelope)
    {
        SetCurrent(in envelope);
        return chain(this, envelope) ?? throw new InvalidOperationException("Receiver middleware returned null instead of a task.");
    }

    private Task HandleAtOnce(SystemMessage message)
    {
        switch (message)
        {
            case Watch watch:
                HandleWatch(watch.Watcher);
                break;
            case Unwatch unwatch:
                _watchers = _watchers.Remove(unwatch.Watcher);
                break;
            case Failure failure:
                HandleChildFailure(failure);
                break;
            case Resume:
                return HandleResumeAsync();
            default:
                throw new InvalidOperationException($"Unknown system message {message.GetType()}.");
        }

        return Task.CompletedTask;
    }

    private void AnswerTouch(in MessageEnvelope envelope)
    {
        if (envelope.Sender is { } sender)
        {
            Send(sender, new Touched(Self));
        }
    }
}
