using Remote.Actors;

namespace Remote;

/// <summary>
/// What comes in on one link, whichever stream carries it: accepts batches in order, counts what waits in mailboxes, and says when the sender
/// should hear of it.
/// </summary>
/// <remarks>
/// <see cref="Taken"/> is called by any mailbox at any time, also after the link has ended; the rest by the read loop of the stream that owns
/// the link. Acknowledgements go out after 64 batches, a quarter of the credit or 5 ms, whichever is first: one that goes with every message
/// of a slow conversation would double its cost.
/// </remarks>
internal sealed class LinkInflow : IInboundFlow, ILeftover, IDisposable
{
    private static readonly TimeSpan AckDelay = TimeSpan.FromMilliseconds(5);

    private readonly CreditWindow _window;
    private readonly TargetMeter _targets;
    private readonly ITimer _timer;
    private readonly Lock _saying = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameWriter? _frames;
    private int _timerSet;
    private long _sinceAck;
    private CreditPool? _leftTo;
    private LinkCredit _granted;

    /// <param name="receiver">The numbers of the link.</param>
    /// <param name="window">Its credit.</param>
    /// <param name="time">The clock.</param>
    public LinkInflow(LinkReceiver receiver, CreditWindow window, TimeProvider time)
    {
        Receiver = receiver;
        _window = window;
        _targets = new TargetMeter(window, this, Ask);
        _timer = time.CreateTimer(static inflow => ((LinkInflow)inflow!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public LinkReceiver Receiver { get; }

    /// <summary>The window in bytes, as it was rented.</summary>
    public long WindowBytes => _window.Max.Bytes;

    /// <inheritdoc/>
    public (long Messages, long Bytes) Outstanding => (_window.Outstanding.Messages, _window.Outstanding.Bytes);

    /// <inheritdoc/>
    public long Counted { get; set; }

    /// <summary>The peer has said that nothing comes any more: the link ends with its stream.</summary>
    public bool HasLeft => _left.Task.IsCompleted;

    /// <summary>Completes when the peer has said so.</summary>
    public Task Left => _left.Task;

    /// <inheritdoc/>
    /// <remarks>Credit holds the peer back, not the read loop.</remarks>
    public bool IsExceeded => false;

    /// <inheritdoc/>
    public Task WaitAsync() => Task.CompletedTask;

    /// <summary>A stream carries the link from here on; acknowledgements go out on it.</summary>
    public void Attach(FrameWriter frames)
    {
        bool isNoticeDue;
        lock (_saying)
        {
            isNoticeDue = _targets.BeginStream();
            Volatile.Write(ref _frames, frames);
        }

        // What mailboxes took since the handshake was answered had nobody to say it; without another message nobody would ask again.
        SetTimer();
        if (isNoticeDue)
        {
            Ask();
        }
    }

    /// <summary>The stream is over. What mailboxes take meanwhile is said by the next handshake.</summary>
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
    /// What to say now; false for the writer of a former stream. It may have been asked, or come out of a write, long after its stream was lost: what it took
    /// then would count as said, and the peer would wait for it until something else happens.
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
            ack = new LinkAck(Receiver.TakeAck(), _window.Announce());
            return true;
        }
    }

    /// <inheritdoc cref="CreditWindow.AnnounceInHandshake"/>
    public LinkCredit AnnounceInHandshake() => _window.AnnounceInHandshake();

    /// <inheritdoc/>
    public bool Accept(in BatchInfo batch)
    {
        if (_window.IsOverdrawn)
        {
            // Cut off once and back on a new stream: not another batch until the mailboxes have caught up.
            throw new CreditExceededException(_window.Max);
        }

        switch (Receiver.Judge(batch.Sequence))
        {
            case LinkJudgement.Accept:
                _granted = _window.Granted;
                _targets.BeginBatch(new LinkCredit(batch.Count, batch.Bytes));
                return true;
            case LinkJudgement.Duplicate:
                Ask();
                return false;
            default:
                throw new MalformedFrameException($"Batch {batch.Sequence} came when {Receiver.NextExpected} was expected.");
        }
    }

    /// <inheritdoc/>
    public IMessageOrigin Charge(string targetId, int size) => _targets.Charge(targetId, size);

    /// <summary>The next thing to tell the sender of one target; nothing for the writer of a former stream.</summary>
    public bool TryTakeNotice(FrameWriter frames, out TargetNotice notice)
    {
        lock (_saying)
        {
            notice = default;
            return _frames == frames && _targets.TryTakeNotice(out notice);
        }
    }

    /// <inheritdoc/>
    public void Settle(int messages, long bytes)
    {
        Receiver.Delivered();
        _targets.EndBatch();
        var paid = _window.Charge(messages, bytes, _granted);
        Volatile.Read(ref _leftTo)?.Count(this);
        _sinceAck += messages;
        if (Receiver.IsAckDue || _sinceAck >= _window.Max.Messages / 4)
        {
            Ask();
        }
        else
        {
            SetTimer();
        }

        if (!paid)
        {
            throw new CreditExceededException(_window.Max);
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

        // First, so that whoever ends the stream after this finds the acknowledgement on its way.
        Ask();
        _left.TrySetResult();
    }

    /// <inheritdoc/>
    public void Taken(int messages, long bytes)
    {
        switch (_window.Return(messages, bytes))
        {
            case CreditDue.Now:
                Ask();
                break;
            case CreditDue.Soon:
                SetTimer();
                break;
        }

        Volatile.Read(ref _leftTo)?.Count(this);
    }

    /// <summary>The link is over: its share of the pool is free, but for what mailboxes still hold. Idempotent.</summary>
    public void End(CreditPool pool)
    {
        // Before it is counted: a mailbox that takes something from here on counts again.
        if (Interlocked.CompareExchange(ref _leftTo, pool, null) is null)
        {
            pool.Return(WindowBytes);
            pool.Count(this);
            Dispose();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Ask() => Volatile.Read(ref _frames)?.Acknowledge();

    private void SetTimer()
    {
        if (Volatile.Read(ref _timerSet) == 0 && Interlocked.Exchange(ref _timerSet, 1) == 0)
        {
            _timer.Change(AckDelay, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        // First, so that what comes after the acknowledgement sets it again.
        Interlocked.Exchange(ref _timerSet, 0);
        if (Receiver.HasUnacknowledged || _window.HasUnannounced)
        {
            Ask();
        }
    }
}

/// <summary>A peer sent more than it was granted.</summary>
internal sealed class CreditExceededException(LinkCredit window)
    : Exception($"The peer passed its credit: the window is {window.Messages} messages and {window.Bytes} bytes.");
