using Proto.Mailbox;

namespace Remote;

/// <summary>The turn: what only one thread at a time does.</summary>
internal sealed partial class RemoteMailbox
{
    private ActorLife? _life;
    private bool _suspended;
    private OriginTally _tally;

    // Of the user message that was taken last, on the wire; 0 for one of this node.
    private int _size;

    private bool HasEnded => _life is { HasEnded: true };

    // An actor that has ended takes everything that is left as dead letters, suspended or not.
    private bool TakesUserMessages => !_suspended || HasEnded;

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        var budget = _dispatcher!.Throughput;
        while (budget-- > 0 && TryTake(out var message, out var system))
        {
            try
            {
                var task = system is null ? InvokeUserMessage(message) : InvokeSystemMessage(system);
                if (!task.IsCompletedSuccessfully)
                {
                    // The actor may wait long; what it has taken before is no longer here.
                    _tally.Report();
                    await task.ConfigureAwait(false);
                }

                TellReceived(message);
            }
            catch (Exception exception)
            {
                _actor!.Failed(exception, message);
                _invoker!.EscalateFailure(exception, message);
            }

            if (system is not null)
            {
                _life?.EndedWith(system);
            }
        }

        _tally.Report();
        Rest();
    }

    private bool TryTake(out object message, out SystemMessage? system)
    {
        system = _system.TryDequeue(out var control);
        if (system is not null)
        {
            message = system;
            if (control is not null)
            {
                _tally.Add(control, ControlOrigin.MessageBytes);
            }

            return true;
        }

        // Pending: a sender has claimed its place and was interrupted before it wrote. Rest comes back for it instead of spinning here.
        if (TakesUserMessages && _user.TryDequeue(out var item) == DequeueResult.Taken)
        {
            message = item.Message;
            _size = item.Size;
            if (item.Origin is not null)
            {
                _tally.Add(item.Origin, item.Size);
            }

            return true;
        }

        message = null!;
        return false;
    }

    private Task InvokeUserMessage(object message)
    {
        if (HasEnded)
        {
            _life!.Refuse(message, DeadLetterReason.Stopped, _size);
        }
        else if (_life?.IsExpired(message) == true)
        {
            _life.Refuse(message, DeadLetterReason.Expired, _size);
        }
        else
        {
            return _invoker!.InvokeUserMessageAsync(message);
        }

        return Task.CompletedTask;
    }

    private Task InvokeSystemMessage(SystemMessage message)
    {
        if (message is SuspendMailbox)
        {
            _suspended = true;
        }
        else if (message is ResumeMailbox)
        {
            _suspended = false;
        }

        return _invoker!.InvokeSystemMessageAsync(message);
    }

    private void Rest()
    {
        // Read before the state is given up: afterwards another turn may be running.
        var takesUserMessages = TakesUserMessages;
        Volatile.Write(ref _state, Idle);
        Interlocked.MemoryBarrier();
        if (!_system.IsEmpty || (takesUserMessages && !_user.IsEmpty))
        {
            ScheduleIfIdle();
            return;
        }

        foreach (var statistics in _statistics)
        {
            statistics.MailboxEmpty();
        }
    }

    private void TellReceived(object message)
    {
        foreach (var statistics in _statistics)
        {
            statistics.MessageReceived(message);
        }
    }
}
