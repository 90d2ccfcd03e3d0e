namespace Remote.Actors;

/// <summary>Runs an actor: takes system and user messages from their queues, one at a time, in turns on the dispatcher.</summary>
/// <remarks>
/// At most one turn of an actor exists at any time: <c>_state</c> goes from idle to busy by one compare-exchange, which whoever posts tries.
/// Whoever posts makes its message visible with a full fence before it looks at the state; a turn sets the state to idle with a full fence
/// before it looks at the queues again. So one of the two always sees the other.
/// </remarks>
internal sealed partial class ActorMailbox : IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Busy = 1;

    private readonly ActorContext _actor;
    private readonly Dispatcher _dispatcher;
    private readonly IMailbox _user;

    // The queue of the default mailbox, to reach it without an interface call.
    private readonly MpscQueue<MessageEnvelope, MailboxSlot>? _queue;
    private readonly IMailboxStatistics[]? _statistics;
    private readonly SystemMessageQueue _system = new();

    // Busy until Start: whoever finds the actor's name early may post, but its first message is Started.
    private int _state = Busy;

    // What follows is touched by the turn only.
    private Queue<MessageEnvelope>? _front;
    private Task? _awaited;
    private Action? _resume;
    private OriginTally _tally;

    public ActorMailbox(ActorContext actor, Dispatcher dispatcher, IMailbox user, IMailboxStatistics[]? statistics)
    {
        _actor = actor;
        _dispatcher = dispatcher;
        _user = user;
        _queue = (user as UnboundedMailbox)?.Queue;
        _statistics = statistics;
        _system.Enqueue(Actors.Start.Instance);
    }

    /// <summary>Suspended: user messages wait, system messages do not. Set by the actor in its turn.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Closed: everything that arrives becomes a dead letter. Set by the actor in its last turn.</summary>
    public bool IsClosed { get; set; }

    public int UserMessageCount => _user.Count;

    public int SystemMessageCount => _system.Count;

    /// <summary>Begins the first turn.</summary>
    public void Start()
    {
        if (_statistics is not null)
        {
            foreach (var statistics in _statistics)
            {
                statistics.MailboxStarted();
            }
        }

        _dispatcher.Schedule(this);
    }

    public void PostSystemMessage(SystemMessage message)
    {
        _system.Enqueue(message);
        ScheduleIfIdle();
    }

    public void PostUserMessage(in MessageEnvelope envelope)
    {
        if (_queue is not null && _statistics is null)
        {
            _queue.Enqueue(in envelope);
            ScheduleIfIdle();
        }
        else
        {
            PostCore(in envelope);
        }
    }

    /// <summary>Puts messages before everything else that is queued. Only for the actor itself, in its turn.</summary>
    public void PostFront(in MessageEnvelope envelope) => (_front ??= new Queue<MessageEnvelope>()).Enqueue(envelope);

    private void ScheduleIfIdle()
    {
        if (Volatile.Read(ref _state) == Idle && Interlocked.CompareExchange(ref _state, Busy, Idle) == Idle)
        {
            _dispatcher.Schedule(this);
        }
    }
}
