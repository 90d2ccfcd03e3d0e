using Microsoft.Extensions.Logging;
using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>Stands between a foreign mailbox and its actor, and sees which messages come out.</summary>
internal sealed class TrackingInvoker(IMessageInvoker actor, IMailbox mailbox, CreditLedger ledger, ControlLedger control) : IMessageInvoker
{
    private readonly ActorLife? _life = ActorLife.Of(actor);

    // Touched by the turn only.
    private HashSet<OriginEnvelope>? _refused;

    // The one that runs, or ran last. A mailbox that does not use the dispatcher stays with the first, whose end nobody is told.
    private MailboxTurn _turn = new();
    private int _turns;
    private CancellationTokenSource? _stop;

    /// <summary>
    /// One of ours, whose only callback cancels the actor's. Proto.Actor's mailbox cancels where a stop is posted, and there the callbacks of the
    /// application would run.
    /// </summary>
    public CancellationTokenSource? CancellationTokenSource => Volatile.Read(ref _stop) ?? MakeStop();

    public ObservedActor Observed { get; } = new(actor);

    /// <summary>For people; null when the actor is not Proto.Actor's.</summary>
    public PID? Self => (actor as IInfoContext)?.Self;

    /// <summary>The log of the node, in which entries about single messages are limited.</summary>
    public ILogger Log => actor is IInfoContext context ? DeadLetters.Of(context.System).Log : Proto.Log.CreateLogger("Remote");

    /// <summary>Whether the actor has ended: what the mailbox has left is refused, and skipped when it comes out after all.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>How many turns have ended. Safe from any thread.</summary>
    public int Turns => Volatile.Read(ref _turns);

    public Task InvokeUserMessageAsync(object message)
    {
        switch (message)
        {
            case OriginEnvelope envelope:
                // One that is not in the ledger was forwarded by another actor: a message like any other.
                if (_refused?.Remove(envelope) == true)
                {
                    return Skip();
                }

                ledger.Leave(envelope);
                message = envelope.Content;
                break;
            case MessageBatch batch:
                TakeBatch(batch.Messages);
                break;
        }

        return Watch(actor.InvokeUserMessageAsync(message));
    }

    public Task InvokeSystemMessageAsync(SystemMessage message)
    {
        if (message is TurnAsked)
        {
            return Skip();
        }

        if (message is Proto.Watch or Unwatch or Stop)
        {
            control.Leave();
        }

        _turn.IsSuspended = message is SuspendMailbox || (_turn.IsSuspended && message is not ResumeMailbox);
        var task = actor.InvokeSystemMessageAsync(message);
        return Watch(_life is null || message is not (Stop or Terminated) ? task : ThenLookForEndAsync(task, message));
    }

    public void EscalateFailure(Exception reason, object? message)
    {
        _turn.HasFailed = true;
        Observed.Failed(reason, message);
        actor.EscalateFailure(reason, message);
    }

    /// <summary>A turn begins. No two run at once.</summary>
    public MailboxTurn BeginTurn() => _turn = new MailboxTurn { IsSuspended = _turn.IsSuspended };

    /// <summary>
    /// Gives the credit of swallowed messages back: a turn that gave out less than it may, neither suspended nor failed, and did not end with a handler
    /// that awaits, found nothing more. The mailbox's own count does not say it: a bounded one of Proto.Actor counts what it has dropped for ever.
    /// </summary>
    /// <remarks>A mailbox that ends its turns for reasons of its own gets credit back early, and nothing ever gets it back twice.</remarks>
    public void EndTurn(MailboxTurn turn, int throughput)
    {
        Interlocked.Increment(ref _turns);
        if (turn.HasFailed || turn.IsSuspended)
        {
            return;
        }

        // A turn that is full, or ends awaiting, says nothing of what is left, and the mailbox takes another one only for what it knows of. After any other
        // what it swallowed is gone, and what it overlooked comes out now.
        var isOver = turn.Invoked + turn.Skipped < throughput && !turn.EndsAwaiting;
        if (isOver)
        {
            control.LeaveAll();
        }

        if (isOver ? ledger.LeavePosted() : !(ledger.IsEmpty && control.IsEmpty))
        {
            AskForTurn();
        }
    }

    /// <summary>Has the mailbox take another turn. Called by loops that must not end with what a mailbox throws.</summary>
    public void AskForTurn()
    {
        try
        {
            mailbox.PostSystemMessage(TurnAsked.Instance);
        }
        catch (Exception exception)
        {
            RemoteLog.TurnNotTaken(Log, $"{Self}", exception);
        }
    }

    /// <summary>One dead letter, if the message has not left before.</summary>
    public void Refuse(OriginEnvelope envelope, DeadLetterReason reason)
    {
        if (ledger.Leave(envelope))
        {
            _life?.Refuse(envelope.Content, reason, envelope.Size);
        }
    }

    private Task Watch(Task handling)
    {
        _turn.Invoked++;
        _turn.EndsAwaiting = !handling.IsCompletedSuccessfully;
        return handling;
    }

    private Task Skip()
    {
        _turn.Skipped++;
        _turn.EndsAwaiting = false;
        return Task.CompletedTask;
    }

    private CancellationTokenSource? MakeStop()
    {
        if (actor.CancellationTokenSource is null)
        {
            return null;
        }

        var stop = new CancellationTokenSource();
        stop.Token.UnsafeRegister(static actor => HandlerCancellation.Request((IMessageInvoker)actor!), actor);
        return Interlocked.CompareExchange(ref _stop, stop, null) ?? stop;
    }

    // Proto.Actor's batching mailbox hands its actor envelopes, so ours may stay among them.
    private void TakeBatch(IList<object> messages)
    {
        foreach (var envelope in messages.OfType<OriginEnvelope>())
        {
            ledger.Leave(envelope);
        }
    }

    private async Task ThenLookForEndAsync(Task task, SystemMessage message)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        finally
        {
            if (_life!.EndedWith(message))
            {
                End();
            }
        }
    }

    private void End()
    {
        HasEnded = true;
        control.LeaveAll();
        _refused = new HashSet<OriginEnvelope>(ledger.Left(), ReferenceEqualityComparer.Instance);
        foreach (var envelope in _refused)
        {
            Refuse(envelope, DeadLetterReason.Stopped);
        }

        // A mailbox that was suspended by a failure would stay so, with the messages of this node, and with a thread that waits for room in it.
        mailbox.PostSystemMessage(ResumeMailbox.Instance);
    }
}
