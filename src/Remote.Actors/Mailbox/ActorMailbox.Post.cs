namespace Remote.Actors;

/// <summary>Posting to a mailbox that is bounded, of the user's own making, or listened to.</summary>
internal sealed partial class ActorMailbox
{
    private SendWaiters? _waiters;

    /// <summary>Takes the message as soon as there is room; completes synchronously when there is room now.</summary>
    public ValueTask PostUserMessageAsync(PID target, in MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (_queue is not null)
        {
            PostUserMessage(in envelope);
            return ValueTask.CompletedTask;
        }

        if (Volatile.Read(ref _waiters) is null or { IsWaitedFor: false } && TryPost(in envelope))
        {
            return ValueTask.CompletedTask;
        }

        return EnsureWaiters().WaitAsync(target, in envelope, cancellationToken);
    }

    /// <summary>Takes the message in if there is room, and sees to it that a turn follows.</summary>
    public bool TryPost(in MessageEnvelope envelope)
    {
        if (!_user.TryPost(in envelope))
        {
            return false;
        }

        AfterPost(envelope.Message);
        return true;
    }

    private void PostCore(in MessageEnvelope envelope)
    {
        // Whoever waits was here first, also when a place has just become free. A pill is no traffic and does not queue up.
        var isWaitedFor = Volatile.Read(ref _waiters) is { IsWaitedFor: true } && !ReferenceEquals(envelope.Message, PoisonPill.Instance);
        if (!isWaitedFor && TryPost(in envelope))
        {
            return;
        }

        MessageEnvelope? displaced = null;
        if (!isWaitedFor && _user.TryDisplace(in envelope, out displaced))
        {
            AfterPost(envelope.Message);
        }
        else
        {
            _actor.ActorSystem.DeadLetters.Publish(_actor.Self, in envelope, DeadLetterReason.MailboxFull);
        }

        if (displaced is { } victim)
        {
            _actor.ActorSystem.DeadLetters.Publish(_actor.Self, in victim, DeadLetterReason.MailboxFull);
        }
    }

    private void AfterPost(object message)
    {
        if (_statistics is not null)
        {
            foreach (var statistics in _statistics)
            {
                statistics.MessagePosted(message);
            }
        }

        // A mailbox of the user's own need not have a fence between taking the message in and returning.
        Interlocked.MemoryBarrier();
        ScheduleIfIdle();
    }

    private SendWaiters EnsureWaiters() =>
        Volatile.Read(ref _waiters) ?? Interlocked.CompareExchange(ref _waiters, new SendWaiters(this, _actor.ActorSystem), null) ?? _waiters!;

    /// <summary>A place has become free. Pairs with the waiter, who makes itself known before it looks for room a last time.</summary>
    private void AdmitWaiters()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiters) is { IsWaitedFor: true } waiters)
        {
            waiters.Admit();
        }
    }
}
