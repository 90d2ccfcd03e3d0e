namespace Remote;

/// <summary>
/// Counts the messages that came in on one link, or on a stream without a link, until actors have taken them. It holds the peer back when
/// its messages come faster than that: the credit of a link does, or the budget of a stream.
/// </summary>
internal abstract class InboundFlow : IMessageOrigin
{
    private CreditPool? _leftTo;

    /// <summary>The messages that wait in mailboxes. Actors that are faster than their batch take it below zero for a moment.</summary>
    public abstract LinkCredit Outstanding { get; }

    /// <summary>The bytes that the pool has counted of it. Guarded by the lock of the pool.</summary>
    public long CountedByPool { get; set; }

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

    /// <summary>To be called after each change of <see cref="Outstanding"/>.</summary>
    protected void CountLeftover() => Volatile.Read(ref _leftTo)?.Count(this);
}
