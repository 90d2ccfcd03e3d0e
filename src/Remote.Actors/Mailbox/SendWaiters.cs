namespace Remote.Actors;

/// <summary>Those who wait, with <c>SendAsync</c>, for room in one mailbox: first come, first served.</summary>
/// <remarks>
/// At most <see cref="ActorSystemOptions.MaxSendWaiters"/> wait; one more is refused like a message that finds no room. Nobody waits longer than
/// <see cref="ActorSystemOptions.SendTimeout"/>. Since the time is the same for all, the first in line is always the first to give up, and one timer will do.
/// </remarks>
internal sealed class SendWaiters(ActorMailbox mailbox, ActorSystem actorSystem)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<SendWaiter> _line = [];
    private ITimer? _timer;
    private bool _isClosed;
    private int _count;

    /// <summary>Whether anybody waits. From any thread.</summary>
    public bool IsWaitedFor => Volatile.Read(ref _count) > 0;

    public ValueTask WaitAsync(PID target, in MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        var waiter = new SendWaiter(this, target, in envelope, cancellationToken);
        DeadLetterReason refused;
        lock (_lock)
        {
            if (!_isClosed && _count < actorSystem.MaxSendWaiters)
            {
                Join(waiter);

                // A place may have become free before anybody knew of this waiter.
                AdmitCore();
                waiter.Register();
                return new ValueTask(waiter.Task);
            }

            refused = _isClosed ? DeadLetterReason.Stopped : DeadLetterReason.MailboxFull;
        }

        waiter.Refuse(actorSystem, refused);
        return new ValueTask(waiter.Task);
    }

    /// <summary>Lets in as many as there is room for.</summary>
    public void Admit()
    {
        lock (_lock)
        {
            AdmitCore();
        }
    }

    /// <summary>The actor has ended: all that still wait, and all that come, are refused.</summary>
    public void Close(DeadLetterReason reason)
    {
        SendWaiter[] left;
        lock (_lock)
        {
            _isClosed = true;
            left = [.. _line];
            foreach (var waiter in left)
            {
                Leave(waiter);
            }

            _timer?.Dispose();
        }

        Array.ForEach(left, waiter => waiter.Refuse(actorSystem, reason));
    }

    /// <summary>Takes a waiter out of the line. Whoever succeeds decides what becomes of it.</summary>
    public bool TryLeave(SendWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Place is null)
            {
                return false;
            }

            Leave(waiter);
            return true;
        }
    }

    private void AdmitCore()
    {
        while (_line.First?.Value is { } first && mailbox.TryPost(in first.Envelope))
        {
            Leave(first);
            first.Admit();
        }
    }

    private void Join(SendWaiter waiter)
    {
        waiter.Place = _line.AddLast(waiter);
        waiter.Since = actorSystem.TimeProvider.GetTimestamp();
        Volatile.Write(ref _count, _line.Count);
        Interlocked.MemoryBarrier();
        if (_line.Count == 1)
        {
            SetTimer(actorSystem.SendTimeout);
        }
    }

    private void Leave(SendWaiter waiter)
    {
        _line.Remove(waiter.Place!);
        waiter.Place = null;
        Volatile.Write(ref _count, _line.Count);
    }

    private void SetTimer(TimeSpan delay)
    {
        if (delay == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        if (_timer is null)
        {
            using (ExecutionContext.SuppressFlow())
            {
                _timer = actorSystem.TimeProvider.CreateTimer(static state => ((SendWaiters)state!).Expire(), this, delay, Timeout.InfiniteTimeSpan);
            }
        }
        else
        {
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
        }
    }

    private void Expire()
    {
        var expired = new List<SendWaiter>();
        lock (_lock)
        {
            while (!_isClosed && _line.First?.Value is { } first)
            {
                var left = actorSystem.SendTimeout - actorSystem.TimeProvider.GetElapsedTime(first.Since);
                if (left > TimeSpan.Zero)
                {
                    SetTimer(left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left);
                    break;
                }

                Leave(first);
                expired.Add(first);
            }
        }

        expired.ForEach(waiter => waiter.Refuse(actorSystem, DeadLetterReason.MailboxFull));
    }
}
