namespace Remote.Actors;

internal sealed partial class ActorContext
{
    public void Send(PID target, object message) => SendCore(target, new MessageEnvelope(message));

    public void Send(PID target, in MessageEnvelope envelope) => SendCore(target, in envelope);

    public ValueTask SendAsync(PID target, object message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var envelope = new MessageEnvelope(message);
        return cancellationToken.CanBeCanceled
            ? SendLinkedAsync(target, envelope, cancellationToken)
            : SendAsyncCore(target, in envelope, CancellationToken);
    }

    public void Request(PID target, object message) => SendCore(target, new MessageEnvelope(message, Self));

    public void Request(PID target, object message, PID sender) => SendCore(target, new MessageEnvelope(message, sender));

    public Task<T> RequestAsync<T>(PID target, object message, TimeSpan timeout) =>
        MessageSending.RequestAsync<T>(this, _senderChain, target, message, null, timeout, CancellationToken.None);

    public Task<T> RequestAsync<T>(PID target, object message, CancellationToken cancellationToken = default) =>
        MessageSending.RequestAsync<T>(this, _senderChain, target, message, null, Timeout.InfiniteTimeSpan, cancellationToken);

    public void Respond(object message) => RespondCore(new MessageEnvelope(message));

    public void Respond(object message, MessageHeaders headers) => RespondCore(new MessageEnvelope(message, null, headers));

    public void Forward(PID target) => SendCore(target, new MessageEnvelope(Message, _sender, _headers));

    public void Stop(PID pid) => ActorSystem.Root.Stop(pid);

    public void Poison(PID pid) => ActorSystem.Root.Poison(pid);

    public Task StopAsync(PID pid) => MessageSending.EndAsync(ActorSystem, pid, afterQueued: false);

    public Task PoisonAsync(PID pid) => MessageSending.EndAsync(ActorSystem, pid, afterQueued: true);

    public PID Spawn(Props props) => SpawnNamed(props, ActorSystem.Processes.NextId());

    public PID SpawnPrefix(Props props, string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return SpawnNamed(props, prefix + ActorSystem.Processes.NextId());
    }

    public PID SpawnNamed(Props props, string name)
    {
        ArgumentNullException.ThrowIfNull(props);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_life != Life.Alive)
        {
            throw new ActorException($"Actor {Self} cannot spawn '{name}': it is ending.");
        }

        return ActorSpawner.Spawn(ActorSystem, props, $"{Self.Id}/{name}", name, this, guardian: null);
    }

    private void SendCore(PID target, in MessageEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_senderChain is null)
        {
            ActorSystem.Processes.Get(target).SendUserMessage(target, in envelope);
        }
        else
        {
            MessageSending.SendThrough(_senderChain, this, target, in envelope);
        }
    }

    private void RespondCore(in MessageEnvelope envelope)
    {
        if (_sender is not null)
        {
            SendCore(_sender, in envelope);
        }
        else
        {
            ActorSystem.DeadLetters.Publish(ActorSystem.DeadLetters.Pid, in envelope, DeadLetterReason.NoSuchProcess);
        }
    }

    private ValueTask SendAsyncCore(PID target, in MessageEnvelope envelope, CancellationToken cancellationToken) => _senderChain is null
        ? ActorSystem.Processes.Get(target).SendUserMessageAsync(target, envelope, cancellationToken)
        : new ValueTask(MessageSending.SendThroughAsync(_props.SenderMiddleware, this, target, in envelope, cancellationToken));

    private async ValueTask SendLinkedAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CancellationToken);
        try
        {
            await SendAsyncCore(target, in envelope, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The caller knows its own token, not the linked one.
            throw new OperationCanceledException(cancellationToken);
        }
    }
}
