using System.Collections.Immutable;

namespace Remote.Actors;

/// <summary>The context for code outside actors.</summary>
internal sealed class RootContext : IRootContext
{
    private readonly MessageHeaders? _headers;
    private readonly ImmutableArray<Func<Sender, Sender>> _middleware;
    private readonly Sender? _chain;

    public RootContext(ActorSystem actorSystem)
        : this(actorSystem, null, [])
    {
    }

    private RootContext(ActorSystem actorSystem, MessageHeaders? headers, ImmutableArray<Func<Sender, Sender>> middleware)
    {
        ActorSystem = actorSystem;
        _headers = headers;
        _middleware = middleware;
        _chain = MessageSending.Chain(middleware);
    }

    public ActorSystem ActorSystem { get; }

    public MessageHeaders Headers => _headers ?? MessageHeaders.Empty;

    public IRootContext WithHeaders(MessageHeaders headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return new RootContext(ActorSystem, _headers is null ? headers : _headers.With(headers), _middleware);
    }

    public IRootContext WithSenderMiddleware(params Func<Sender, Sender>[] middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        return new RootContext(ActorSystem, _headers, _middleware.AddRange(middleware));
    }

    public void Send(PID target, object message) => SendCore(target, new MessageEnvelope(message, null, _headers));

    public void Send(PID target, in MessageEnvelope envelope)
    {
        var headers = _headers is null || envelope.Headers is null ? envelope.Headers ?? _headers : _headers.With(envelope.Headers);
        SendCore(target, new MessageEnvelope(envelope.Message, envelope.Sender, headers, envelope.Origin, envelope.Size));
    }

    public ValueTask SendAsync(PID target, object message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var envelope = new MessageEnvelope(message, null, _headers);
        return _chain is null
            ? ActorSystem.Processes.Get(target).SendUserMessageAsync(target, envelope, cancellationToken)
            : new ValueTask(MessageSending.SendThroughAsync(_middleware, this, target, in envelope, cancellationToken));
    }

    public void Request(PID target, object message) => Send(target, message);

    public void Request(PID target, object message, PID sender) => SendCore(target, new MessageEnvelope(message, sender, _headers));

    public Task<T> RequestAsync<T>(PID target, object message, TimeSpan timeout) =>
        MessageSending.RequestAsync<T>(this, _chain, target, message, _headers, timeout, CancellationToken.None);

    public Task<T> RequestAsync<T>(PID target, object message, CancellationToken cancellationToken = default) =>
        MessageSending.RequestAsync<T>(this, _chain, target, message, _headers, Timeout.InfiniteTimeSpan, cancellationToken);

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
        var guardian = ActorSystem.Guardian(props.GuardianStrategy ?? SupervisorStrategy.Default);
        return ActorSpawner.Spawn(ActorSystem, props, name, name, parent: null, guardian);
    }

    public void Stop(PID pid)
    {
        ArgumentNullException.ThrowIfNull(pid);
        ActorSystem.SendSystem(pid, Actors.Stop.Instance);
    }

    public void Poison(PID pid)
    {
        ArgumentNullException.ThrowIfNull(pid);
        ActorSystem.Processes.Get(pid).SendUserMessage(pid, new MessageEnvelope(PoisonPill.Instance));
    }

    public Task StopAsync(PID pid) => MessageSending.EndAsync(ActorSystem, pid, afterQueued: false);

    public Task PoisonAsync(PID pid) => MessageSending.EndAsync(ActorSystem, pid, afterQueued: true);

    private void SendCore(PID target, in MessageEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (_chain is null)
        {
            ActorSystem.Processes.Get(target).SendUserMessage(target, in envelope);
        }
        else
        {
            MessageSending.SendThrough(_chain, this, target, in envelope);
        }
    }
}
