namespace Remote;

/// <summary>
/// Counts the messages that came in on one link, or on a stream without a link, until actors have taken them. It holds the peer back when
/// its messages come faster than that: the credit of a link does, or the budget of a stream.
/// </summary>
/// <remarks>
/// Control messages need no credit, and are charged in bytes beside it. Above its share the flow is exceeded: its stream is not read until half of that
/// is left. A charge always comes back: mailboxes take system messages in every turn, suspended or not, and those of an actor that has ended go on taking
/// them. So reading waits for handlers that run, and for nothing else. What a handler waits for may lie unread behind that: a Stop by the same peer, or its
/// answer. A peer has to leave tens of thousands of control messages before one actor for that, and it holds up what comes from this peer only; heartbeats go
/// out meanwhile, and silence is not counted while nothing is read (decision page 0010).
/// </remarks>
internal abstract class InboundFlow : IMessageOrigin
{
    private CreditPool? _leftTo;
    private TaskCompletionSource? _waiting;
    private long _controlBytes;

    protected InboundFlow() => Control = new ControlOrigin(ChangeControl);

    /// <summary>The origin of its control messages.</summary>
    public ControlOrigin Control { get; }

    /// <summary>Whether the read loop has to stop for now.</summary>
    public abstract bool IsExceeded { get; }

    /// <summary>Whether control messages have half of the share for themselves, so that it is they for which reading stops.</summary>
    public bool IsFullOfControl => ControlBytes > MaxBytes / 2;

    /// <summary>The messages that wait in mailboxes. Actors that are faster than their batch take it below zero for a moment.</summary>
    public abstract LinkCredit Outstanding { get; }

    /// <summary>The bytes that the pool has counted of it. Guarded by the lock of the pool.</summary>
    public long CountedByPool { get; set; }

    /// <summary>What the control messages that wait are charged with.</summary>
    protected long ControlBytes => Volatile.Read(ref _controlBytes);

    /// <summary>The bytes that may wait.</summary>
    protected abstract long MaxBytes { get; }

    /// <summary>Whether so little waits that reading goes on: at half, or every message would stop it again.</summary>
    protected abstract bool IsLow { get; }

    /// <summary>A batch begins; <see langword="false"/> when it was received before.</summary>
    /// <exception cref="MalformedFrameException">A batch before it is missing.</exception>
    public abstract bool Accept(in BatchInfo batch);

    /// <summary>Is told of the messages of the present batch that end without a target.</summary>
    public virtual IMessageOrigin Origin => this;

    /// <summary>A user message of the batch is about to be delivered. The result is to be told when it was taken.</summary>
    public abstract IMessageOrigin Charge(string targetId, int size);

    /// <summary>The batch is with its mailboxes. <see cref="Taken"/> reports each message of it exactly once, maybe before this.</summary>
    public abstract void Settle(int messages, long bytes);

    public abstract void Taken(int messages, long bytes);

    /// <summary>Completes when reading may go on. Only for the one reader.</summary>
    public Task WaitAsync()
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _waiting, waiting);

        // The last report may have come before the wait was visible.
        if (IsLow)
        {
            waiting.TrySetResult();
        }

        return waiting.Task;
    }

    /// <summary>Nothing comes any more; the messages that mailboxes still hold count in the pool. Idempotent.</summary>
    public void End(CreditPool pool)
    {
        // The pool is set before it counts: a mailbox that takes something from here on makes it count again.
        if (Interlocked.CompareExchange(ref _leftTo, pool, null) is null)
        {
            OnEnded(pool);
            pool.Count(this);
        }
    }

    protected virtual void OnEnded(CreditPool pool)
    {
    }

    /// <summary>Control messages were posted, or with less than nothing were taken.</summary>
    protected virtual void ChangeControl(long bytes)
    {
        Interlocked.Add(ref _controlBytes, bytes);
        if (bytes < 0)
        {
            WakeReader();
            CountLeftover();
        }
    }

    /// <summary>To be called after each fall of what waits.</summary>
    protected void WakeReader()
    {
        if (Volatile.Read(ref _waiting) is not null && IsLow && Interlocked.Exchange(ref _waiting, null) is { } waiting)
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>To be called after each change of <see cref="Outstanding"/>.</summary>
    protected void CountLeftover() => Volatile.Read(ref _leftTo)?.Count(this);
}
