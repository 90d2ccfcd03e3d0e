namespace Remote.Actors;

internal sealed partial class ActorMailbox
{
    private enum TurnResult
    {
        /// <summary>Nothing left to do.</summary>
        Empty,

        /// <summary>The actor waits for a task: the turn goes on when that has completed.</summary>
        Awaiting,

        /// <summary>Others get their turn first.</summary>
        Yield,
    }

    /// <summary>One turn: finish what was awaited, then system messages, then user messages up to the throughput.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (_awaited is not null)
        {
            FinishAwaited();
        }

        var budget = _dispatcher.Throughput;
        while (true)
        {
            var result = RunSystemMessages();
            if (result == TurnResult.Empty)
            {
                result = IsClosed ? Drain() : RunUserMessages(ref budget);
            }

            _tally.Report();
            if (result == TurnResult.Awaiting)
            {
                AwaitCurrent();
                return;
            }

            if (result == TurnResult.Yield)
            {
                _dispatcher.Schedule(this);
                return;
            }

            if (TryGoIdle())
            {
                return;
            }
        }
    }

    private TurnResult RunSystemMessages()
    {
        while (_system.TryDequeue() is { } message)
        {
            if (IsClosed)
            {
                _actor.RefuseSystemMessage(message);
                continue;
            }

            var task = _actor.InvokeSystemMessage(message);
            if (!task.IsCompletedSuccessfully && !TryFinish(task))
            {
                return TurnResult.Awaiting;
            }
        }

        return TurnResult.Empty;
    }

    private TurnResult RunUserMessages(ref int budget)
    {
        while (!IsSuspended)
        {
            if (budget == 0)
            {
                return _user.IsEmpty && _front is not { Count: > 0 } ? TurnResult.Empty : TurnResult.Yield;
            }

            Task task;
            if (_front is { Count: > 0 })
            {
                task = _actor.InvokeDeferred(_front.Dequeue());
            }
            else if (TryTake(out var envelope))
            {
                task = _actor.InvokeUserMessage(in envelope);
            }
            else
            {
                // A producer may have claimed its place and been interrupted before it wrote: come back instead of spinning.
                return _user.IsEmpty ? TurnResult.Empty : TurnResult.Yield;
            }

            budget--;
            if (!task.IsCompletedSuccessfully && !TryFinish(task))
            {
                return TurnResult.Awaiting;
            }

            if (!_system.IsEmpty)
            {
                var result = RunSystemMessages();
                if (result != TurnResult.Empty)
                {
                    return result;
                }
            }
        }

        return IsClosed ? Drain() : TurnResult.Empty;
    }

    private bool TryTake(out MessageEnvelope envelope)
    {
        if (_queue is not null)
        {
            if (_queue.TryDequeue(out envelope) != DequeueResult.Taken)
            {
                return false;
            }
        }
        else if (_user.TryTake(out envelope))
        {
            AdmitWaiters();
        }
        else
        {
            return false;
        }

        if (envelope.Origin is not null)
        {
            _tally.Add(envelope.Origin, envelope.Size);
        }

        if (_statistics is not null)
        {
            TellReceived(envelope.Message);
        }

        return true;
    }

    /// <summary>Everything that is still queued after the end becomes dead letters; each tells its origin itself.</summary>
    private TurnResult Drain()
    {
        while (_front is { Count: > 0 })
        {
            _actor.RefuseUserMessage(_front.Dequeue());
        }

        while (_user.TryTake(out var envelope))
        {
            if (_statistics is not null)
            {
                TellReceived(envelope.Message);
            }

            _actor.RefuseUserMessage(in envelope);
        }

        // Now there is room, so whoever comes from here on does not wait; whoever found none before is seen here.
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _waiters)?.Close(_actor.EndReason);
        return _user.IsEmpty ? TurnResult.Empty : TurnResult.Yield;
    }

    private bool TryGoIdle()
    {
        if (_statistics is not null && !IsSuspended)
        {
            foreach (var statistics in _statistics)
            {
                statistics.MailboxEmpty();
            }
        }

        _actor.ForgetMessage();
        Volatile.Write(ref _state, Idle);
        Interlocked.MemoryBarrier();
        var isDone = _system.IsEmpty && ((IsSuspended && !IsClosed) || _user.IsEmpty);
        return isDone || Interlocked.CompareExchange(ref _state, Busy, Idle) != Idle;
    }

    /// <summary>True when the task has completed, with or without failure.</summary>
    private bool TryFinish(Task task)
    {
        _awaited = task;
        if (!task.IsCompleted)
        {
            return false;
        }

        FinishAwaited();
        return true;
    }

    private void FinishAwaited()
    {
        var task = _awaited!;
        _awaited = null;
        _actor.FinishMessage(task);
    }

    /// <summary>The state stays busy meanwhile, so nobody else schedules a turn; the completed task does.</summary>
    private void AwaitCurrent()
    {
        _resume ??= () => _dispatcher.Schedule(this);
        _awaited!.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_resume);
    }

    private void TellReceived(object message)
    {
        foreach (var statistics in _statistics!)
        {
            statistics.MessageReceived(message);
        }
    }
}
