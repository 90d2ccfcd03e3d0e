namespace Remote;

/// <summary>
/// The receiving side of one link, whichever stream carries it: accepts batches in order, counts the messages that wait in mailboxes, and
/// asks for an acknowledgement when the sender should hear of them.
/// </summary>
/// <remarks>
/// <see cref="Taken"/> is called by any mailbox at any time, also after the link has ended; the rest by the read loop of the stream that
/// owns the link. Acknowledgements go out after 64 batches, a quarter of the credit or 5 ms, whichever is first: an acknowledgement with
/// every message of a slow conversation would double its cost.
/// </remarks>
internal sealed class LinkInflow : InboundFlow
{
    private static readonly TimeSpan AckDelay = TimeSpan.FromMilliseconds(5);

    private readonly CreditWindow _window;
    private readonly PriorityInflow _priority;
    private readonly TargetMeter _targets;
    private readonly ITimer _timer;

    // Guards what is to be said: the writer of the present stream takes it, that of a former stream must not.
    private readonly Lock _saying = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameWriter? _frames;
    private int _timerSet;
    private long _sinceAck;

    // What the present batch is paid with, and how much of that there was when it came.
    private CreditWindow _paying;
    private LinkCredit _granted;

    public LinkInflow(LinkReceiver receiver, CreditWindow window, TimeProvider time)
    {
        Receiver = receiver;
        _window = _paying = window;
        _priority = new PriorityInflow(this);
        _targets = new TargetMeter(window, this, Ask);
        _timer = Detached.Timer(time, static inflow => ((LinkInflow)inflow!).OnTimer(), this);
    }

    public LinkReceiver Receiver { get; }

    public override LinkCredit Outstanding => _window.Outstanding + _priority.Window.Outstanding + new LinkCredit(0, ControlBytes);

    // User messages are held back by credit. Control needs none and may take as much again.
    public override bool IsExceeded => ControlBytes > MaxBytes;

    public override IMessageOrigin Origin => IsPriority ? _priority : this;

    protected override long MaxBytes => _window.Max.Bytes;

    protected override bool IsLow => !IsFullOfControl;

    private bool IsPriority => _paying == _priority.Window;

    /// <summary>Completes when the peer has said that nothing comes any more: the link ends with its stream.</summary>
    public Task Left => _left.Task;

    /// <summary>A stream carries the link from here on; acknowledgements go out on it.</summary>
    public void Attach(FrameWriter frames)
    {
        bool isNoticeDue;
        lock (_saying)
        {
            isNoticeDue = _targets.BeginStream();
            Volatile.Write(ref _frames, frames);
        }

        // No stream could say what mailboxes took since the handshake was answered, and without another message nothing would ask again.
        SetTimer();
        if (isNoticeDue)
        {
            Ask();
        }
    }

    /// <summary>The stream is over. The next handshake says what mailboxes take meanwhile.</summary>
    public void Detach(FrameWriter frames)
    {
        lock (_saying)
        {
            if (_frames == frames)
            {
                Volatile.Write(ref _frames, null);
            }
        }
    }

    /// <summary>
    /// Takes the acknowledgement to write now. False for the writer of a former stream, which may have been asked, or come out of a write,
    /// long after its stream was lost: what it took would count as said, and the peer would wait for it until something else happens.
    /// </summary>
    public bool TryTakeAck(FrameWriter frames, out LinkAck ack)
    {
        lock (_saying)
        {
            if (_frames != frames)
            {
                ack = default;
                return false;
            }

            Volatile.Write(ref _sinceAck, 0);
            ack = new LinkAck(Receiver.TakeAck(), _window.Announce()) { Priority = _priority.Announce() };
            return true;
        }
    }

    /// <inheritdoc cref="CreditWindow.AnnounceInHandshake"/>
    public LinkCredit AnnounceInHandshake() => _window.AnnounceInHandshake();

    /// <summary>
    /// The credit for priority messages to say in a handshake, to a peer that uses it; <see langword="null"/> to another one.
    /// </summary>
    public LinkCredit? AnnouncePriorityInHandshake(bool isUsed)
    {
        _priority.IsUsed = isUsed;
        return isUsed ? _priority.Window.AnnounceInHandshake() : null;
    }

    public override bool Accept(in BatchInfo batch)
    {
        // The peer was cut off for it and is back on a new stream: it may send no other batch until the mailboxes have caught up.
        ThrowIfOverdrawn(_window);
        ThrowIfOverdrawn(_priority.Window);
        switch (Receiver.Judge(batch.Sequence))
        {
            case LinkJudgement.Accept:
                _paying = batch.IsPriority ? _priority.Window : _window;
                _granted = _paying.Granted;
                _targets.BeginBatch(batch.IsPriority ? default : new LinkCredit(batch.Count, batch.Bytes));
                return true;
            case LinkJudgement.Duplicate:
                Ask();
                return false;
            default:
                throw new MalformedFrameException($"Batch {batch.Sequence} came when {Receiver.NextExpected} was expected.");
        }
    }

    public override IMessageOrigin Charge(string targetId, int size) => IsPriority ? _priority : _targets.Charge(targetId, size);

    /// <summary>Takes the next notice about a target. False when there is none, and for the writer of a former stream.</summary>
    public bool TryTakeNotice(FrameWriter frames, out TargetNotice notice)
    {
        lock (_saying)
        {
            notice = default;
            return _frames == frames && _targets.TryTakeNotice(out notice);
        }
    }

    public override void Settle(int messages, long bytes)
    {
        Receiver.Delivered();
        _targets.EndBatch();
        var paid = _paying.Charge(messages, bytes, _granted);
        CountLeftover();
        _sinceAck += messages;
        Ask(atOnce: Receiver.IsAckDue || _sinceAck >= _window.Max.Messages / 4);
        if (!paid)
        {
            throw new CreditExceededException(_paying.Max);
        }
    }

    /// <summary>The peer is done with the link.</summary>
    /// <exception cref="MalformedFrameException">Batches are missing.</exception>
    public void Leave(ulong finalSequence)
    {
        if (!Receiver.IsFinal(finalSequence))
        {
            throw new MalformedFrameException($"A leave after batch {finalSequence} came when {Receiver.NextExpected} was expected.");
        }

        // Before the peer counts as gone: the acknowledgement must be on its way when the stream is ended because of that.
        Ask();
        _left.TrySetResult();
    }

    public override void Taken(int messages, long bytes) => Returned(_window.Return(messages, bytes));

    /// <summary>Messages of the link were taken, by whichever credit.</summary>
    /// <param name="isMuch">Whether the sender should hear of it at once.</param>
    public void Returned(bool isMuch)
    {
        Ask(atOnce: isMuch);
        CountLeftover();
    }

    protected override void OnEnded(CreditPool pool)
    {
        pool.Return(_window.Max.Bytes);
        _timer.Dispose();
    }

    private void Ask() => Volatile.Read(ref _frames)?.Acknowledge();

    private void Ask(bool atOnce)
    {
        if (atOnce)
        {
            Ask();
        }
        else
        {
            SetTimer();
        }
    }

    private void SetTimer()
    {
        // The exchange is a fence between what there is to say, which was written before, and the flag. A plain read could pass that write:
        // the timer would be found set and yet see nothing.
        if (Interlocked.Exchange(ref _timerSet, 1) == 0)
        {
            _timer.Change(AckDelay, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        // Before anything is asked for: a message that comes after the acknowledgement must set the timer again.
        Interlocked.Exchange(ref _timerSet, 0);
        if (Receiver.HasUnacknowledged || _window.HasUnannounced || (_priority.IsUsed && _priority.Window.HasUnannounced))
        {
            Ask();
        }
    }

    private static void ThrowIfOverdrawn(CreditWindow window)
    {
        if (window.IsOverdrawn)
        {
            throw new CreditExceededException(window.Max);
        }
    }
}

/// <summary>A peer sent more than it was granted. Its stream ends.</summary>
internal sealed class CreditExceededException(LinkCredit window)
    : Exception($"The peer passed its credit: the window is {window.Messages} messages and {window.Bytes} bytes.");
