using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// Puts any other mailbox under credit: it sees each message from another node go in and come out. Messages of this node pass through as they are.
/// </summary>
/// <remarks>
/// The mailbox may be anybody's. It may block whoever posts (a bounded one that is full does), so messages from other nodes wait in a queue, which
/// credit bounds, and a pool thread posts them. It may swallow messages without a word: their credit comes back when the mailbox has nothing left to
/// give out, because what went in and did not come out then never will. It may stay suspended when its actor has ended: what is left in it becomes dead letters, and the
/// mailbox is resumed.
/// </remarks>
internal sealed class TrackedMailbox : IMailbox, ICreditedMailbox, IObservedMailbox
{
    private readonly IMailbox _inner;
    private readonly CreditLedger _ledger = new();
    private readonly ControlLedger _control = new();
    private readonly PostingQueue _posting;
    private TrackingInvoker? _invoker;

    public TrackedMailbox(IMailbox inner)
    {
        _inner = inner;
        _posting = new PostingQueue(PostNow);
    }

    public bool IsLocalOnly { get; set; }

    public int UserMessageCount => _inner.UserMessageCount + _posting.Count;

    ObservedActor? IObservedMailbox.Actor => _invoker?.Observed;

    int? IObservedMailbox.SystemMessageCount => null;

    public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher)
    {
        _invoker = new TrackingInvoker(invoker, _inner, _ledger, _control);
        _inner.RegisterHandlers(_invoker, new TurnWatcher(dispatcher, _invoker));
    }

    public void Start() => _inner.Start();

    public void PostSystemMessage(object message)
    {
        if (ControlOrigin.Charge() is { } origin)
        {
            PostControl(message, origin);
        }
        else
        {
            _inner.PostSystemMessage(message);
        }
    }

    public void PostUserMessage(object message)
    {
        if (message is OriginEnvelope envelope && envelope.Claim() is { } origin)
        {
            Post(envelope, origin, envelope.Size);
        }
        else
        {
            _inner.PostUserMessage(message);
        }
    }

    void ICreditedMailbox.Post(object message, IMessageOrigin origin, int size)
    {
        var (content, sender, header) = MessageEnvelope.Unwrap(message);
        var envelope = new OriginEnvelope(content, sender, header, origin, size);
        Post(envelope, envelope.Claim()!, size);
    }

    private void PostControl(object message, ControlOrigin origin)
    {
        _control.Enter(origin);
        try
        {
            _inner.PostSystemMessage(message);
        }
        catch
        {
            _control.Leave();
            throw;
        }

        if (_invoker is { HasEnded: true })
        {
            // It may never come out, and nobody looks again.
            _control.LeaveAll();
        }
    }

    private void Post(OriginEnvelope envelope, IMessageOrigin origin, int size)
    {
        _ledger.Enter(envelope, origin, size);
        _posting.Enqueue(envelope);
    }

    private void PostNow(OriginEnvelope envelope)
    {
        if (_invoker is { HasEnded: true })
        {
            _invoker.Refuse(envelope, DeadLetterReason.Stopped);
            return;
        }

        var turns = _invoker?.Turns;
        try
        {
            _inner.PostUserMessage(envelope);
        }
        catch (Exception exception)
        {
            // A sender of this node would get the exception; a sender elsewhere gets a dead letter.
            RemoteLog.MailboxFailed(_invoker?.Log ?? Log.CreateLogger("Remote"), $"{_invoker?.Self}", envelope.Message.GetType(), envelope.Sender?.Address ?? "a peer", exception);
            _invoker?.Refuse(envelope, DeadLetterReason.MailboxFull);
            return;
        }

        if (_ledger.Posted(envelope) && turns != _invoker?.Turns)
        {
            // A turn has ended meanwhile and has not given it out: it may not have seen it.
            _invoker?.AskForTurn();
        }
    }
}
