using System.Collections.Immutable;

namespace Remote.Actors;

/// <summary>An actor from inside: its instance, its life, its children and the message it works on.</summary>
/// <remarks>Touched by one turn at a time, except where a member says otherwise.</remarks>
internal sealed partial class ActorContext : IContext
{
    private readonly Props _props;
    private readonly ActorContext? _parent;
    private readonly GuardianProcess? _guardian;
    private readonly Receiver? _receiverChain;
    private readonly Sender? _senderChain;

    private IActor? _actor;
    private PID _self = null!;
    private object? _message;
    private PID? _sender;
    private MessageHeaders? _headers;

    public ActorContext(ActorSystem actorSystem, Props props, ActorContext? parent, GuardianProcess? guardian)
    {
        ActorSystem = actorSystem;
        _props = props;
        _parent = parent;
        _guardian = guardian;
        _senderChain = MessageSending.Chain(props.SenderMiddleware);
        _receiverChain = ReceiverChain(props.ReceiverMiddleware);
        var statistics = props.MailboxStatistics.Length == 0 ? null : props.MailboxStatistics.Select(make => make()).ToArray();
        Mailbox = new ActorMailbox(this, props.Dispatcher, props.Mailbox?.Invoke() ?? new UnboundedMailbox(), statistics);
        Process = new ActorProcess(this, Mailbox);
    }

    public ActorSystem ActorSystem { get; }

    public ActorMailbox Mailbox { get; }

    public ActorProcess Process { get; }

    public PID Self => _self;

    public PID? Parent => _parent?.Self;

    public IReadOnlyCollection<PID> Children => _children;

    public object Message => _message ?? throw new InvalidOperationException("The actor is not handling a message.");

    public PID? Sender => _sender;

    public MessageHeaders Headers => _headers ?? MessageHeaders.Empty;

    public IActor Actor => _actor ?? throw new InvalidOperationException("The actor has no instance: its producer failed.");

    /// <summary>Makes an instance. Throws what the producer throws.</summary>
    public void CreateActor() => _actor = _props.Producer(ActorSystem) ?? throw new ActorException("The producer of the actor returned null.");

    public void Begin(PID self) => _self = self;

    /// <summary>Gives up an actor that never lived.</summary>
    public void Abandon()
    {
        _life = Life.Stopped;
        Process.End();
        ActorSystem.Processes.Remove(_self, Process);
        Mailbox.IsClosed = true;
        Mailbox.IsSuspended = true;
        Mailbox.Start();
    }

    /// <summary>Between turns nothing of the last message is kept alive.</summary>
    public void ForgetMessage()
    {
        _message = null;
        _sender = null;
        _headers = null;
    }

    private Receiver? ReceiverChain(ImmutableArray<Func<Receiver, Receiver>> middleware)
    {
        if (middleware.IsEmpty)
        {
            return null;
        }

        Receiver chain = (_, envelope) => Receive(in envelope);
        for (var i = middleware.Length - 1; i >= 0; i--)
        {
            chain = middleware[i](chain);
        }

        return chain;
    }

    private void SetCurrent(in MessageEnvelope envelope)
    {
        _message = envelope.Message;
        _sender = envelope.Sender;
        _headers = envelope.Headers;
    }
}
