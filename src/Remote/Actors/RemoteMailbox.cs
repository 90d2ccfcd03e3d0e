using Proto;
using Proto.Mailbox;
using Items = Remote.MpscQueue<Remote.MailboxItem, Remote.MailboxItem.Slot>;

namespace Remote;

/// <summary>
/// The mailbox of actors whose props name none: unbounded, system messages before user messages, first in first out. It gives the credit of
/// messages from other nodes back, once per turn and origin.
/// </summary>
/// <remarks>
/// Messages of this node have no bound here, as in Proto.Actor; those of other nodes are bounded by credit, their system messages by a charge. What is left when the actor has ended
/// becomes dead letters, one for each message, also after a failure.
/// At most one turn exists at any time: the state goes from idle to busy by one compare-exchange, which every post tries after its message is visible;
/// a turn sets the state to idle with a full fence before it looks at the queues again. So one of the two always sees the other.
/// </remarks>
internal sealed partial class RemoteMailbox : IMailbox, ICreditedMailbox, IObservedMailbox, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Busy = 1;

    private readonly IMailboxStatistics[] _statistics;
    private readonly Items _user = new();
    private readonly SystemMessages _system = new();
    private IMessageInvoker? _invoker;
    private IDispatcher? _dispatcher;
    private ObservedActor? _actor;

    // Busy until Start: the name of an actor is known before the actor is there, but its first message is Started.
    private int _state = Busy;

    public RemoteMailbox(params IMailboxStatistics[] statistics) => _statistics = statistics;

    public int UserMessageCount => _user.Count;

    public bool IsLocalOnly { get; set; }

    ObservedActor? IObservedMailbox.Actor => _actor;

    int? IObservedMailbox.SystemMessageCount => _system.Count;

    public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher)
    {
        _invoker = invoker;
        _dispatcher = dispatcher;
        _life = ActorLife.Of(invoker);
        _actor = new ObservedActor(invoker);
    }

    public void Start()
    {
        foreach (var statistics in _statistics)
        {
            statistics.MailboxStarted();
        }

        Schedule();
    }

    public void PostSystemMessage(object message)
    {
        _system.Enqueue((SystemMessage)message, ControlOrigin.Charge());
        if (message is Stop)
        {
            CancelHandler();
        }

        TellPosted(message);
        ScheduleIfIdle();
    }

    public void PostUserMessage(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message is OriginEnvelope envelope && envelope.Claim() is { } origin)
        {
            Post(envelope.Content, origin, envelope.Size);
        }
        else
        {
            Post(message, null, 0);
        }
    }

    void ICreditedMailbox.Post(object message, IMessageOrigin origin, int size) => Post(message, origin, size);

    private void Post(object message, IMessageOrigin? origin, int size)
    {
        if (message is IMessageBatch or MessageEnvelope { Message: IMessageBatch })
        {
            PostBatch(message, origin, size);
        }
        else
        {
            _user.Enqueue(new MailboxItem(message, origin, size));
        }

        TellPosted(message);
        ScheduleIfIdle();
    }

    // The content is posted and not the batch, as in Proto.Actor; a batch that answers by itself follows its content. The last carries the credit.
    private void PostBatch(object message, IMessageOrigin? origin, int size)
    {
        var batch = (IMessageBatch)MessageEnvelope.UnwrapMessage(message)!;
        var contents = ContentsOf(batch, origin, size);
        var answers = batch is IAutoRespond;
        var left = contents.Length;
        foreach (var content in contents)
        {
            left--;
            _user.Enqueue(left == 0 && !answers ? new MailboxItem(content, origin, size) : new MailboxItem(content, null, 0));
            TellPosted(content);
        }

        if (answers)
        {
            _user.Enqueue(new MailboxItem(message, origin, size));
        }
        else if (contents.Length == 0)
        {
            origin?.Taken(1, size);
        }
    }

    // The list is the application's own, and may throw; then none of it is posted, and no credit is lost. A place with nothing in it is no message: in the
    // queue it would stand for one that is still being written.
    private static object[] ContentsOf(IMessageBatch batch, IMessageOrigin? origin, int size)
    {
        try
        {
            return [.. batch.GetMessages().Where(static content => content is not null)];
        }
        catch
        {
            origin?.Taken(1, size);
            throw;
        }
    }

    // A handler that runs may wait for this.
    private void CancelHandler() => HandlerCancellation.Request(_invoker);

    private void TellPosted(object message)
    {
        foreach (var statistics in _statistics)
        {
            statistics.MessagePosted(message);
        }
    }

    private void ScheduleIfIdle()
    {
        // The queues publish with a release only; the fence of the compare-exchange comes too late when the state is still busy.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _state) == Idle && Interlocked.CompareExchange(ref _state, Busy, Idle) == Idle)
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        if (ReferenceEquals(_dispatcher, Dispatchers.DefaultDispatcher))
        {
            // Unsafe: the context of the sender that happened to come first is none of the actor's business.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            _dispatcher!.Schedule(RunAsync);
        }
    }
}
