using System.Runtime.CompilerServices;

namespace Remote;

/// <summary>
/// Drains an endpoint's lanes into one stream: takes, encodes, writes, one batch at a time. Lives as long as its stream.
/// </summary>
/// <remarks>
/// Whoever holds the writer role of the mailbox may call <see cref="Run"/>. A lone message is encoded and its write started on the sender's
/// own thread, which saves a request two thread hops; a sender in full flow hands the role to the pool, where batches form.
/// </remarks>
internal sealed partial class EndpointWriter : IThreadPoolWorkItem
{
    // Control messages are small and rare; the rest of a burst goes into the next batch, before any further user message.
    private const int ControlPerTake = 256;

    // Two writes closer together than this are flow, not lone messages: let a batch form instead. About a third of a round trip on loopback.
    private static readonly TimeSpan FlowGap = TimeSpan.FromMicroseconds(20);

    private readonly EndpointWriterMailbox _mailbox;
    private readonly BatchEncoder _encoder;
    private readonly FrameWriter _frames;
    private readonly IEndpointWriterOwner _owner;
    private readonly TimeProvider _time;
    private readonly LinkSender? _link;
    private readonly RemoteDelivery[] _control = new RemoteDelivery[ControlPerTake];
    private readonly RemoteDelivery[] _user;
    private readonly TaskCompletionSource<Exception?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandoned = new();
    private int _controlNext, _controlEnd;
    private int _userNext, _userEnd;
    private WriterOutcome _outcome;
    private LinkCredit _credit;
    private int _creditNeeded;
    private EncodedBatch _plain;
    private RetainedBatch? _retained;
    private long _lastWrite;
    private OutboundTranslation _translation;

    /// <param name="mailbox">What is drained. It holds the link, if the stream carries one.</param>
    /// <param name="encoder">Makes the batches.</param>
    /// <param name="translation">How PIDs are written towards the peer.</param>
    /// <param name="frames">Where they go.</param>
    /// <param name="owner">Hears what cannot be sent.</param>
    /// <param name="batchSize">Messages in one batch at the most.</param>
    /// <param name="time">For the gap between writes.</param>
    /// <param name="link">The link that the stream carries; <see langword="null"/> towards a peer that does not acknowledge.</param>
    public EndpointWriter(
        EndpointWriterMailbox mailbox, BatchEncoder encoder, OutboundTranslation translation, FrameWriter frames, IEndpointWriterOwner owner, int batchSize, TimeProvider time,
        LinkSender? link = null)
    {
        _link = link;
        _mailbox = mailbox;
        _encoder = encoder;
        _translation = translation;
        _frames = frames;
        _owner = owner;
        _time = time;
        _user = new RemoteDelivery[batchSize];
        _lastWrite = long.MinValue / 2;
    }

    /// <summary>
    /// Completes when the writer has stopped for good: with the failure of its stream, or with <see langword="null"/> when it handed its role
    /// over to a detach. The role then belongs to whoever awaits this.
    /// </summary>
    public Task<Exception?> Stopped => _stopped.Task;

    /// <summary>The dialect of the peer is known now; the next batch is written in it.</summary>
    public void UseDialect(bool pidTargets) => Volatile.Write(ref _translation, Volatile.Read(ref _translation).WithDialect(pidTargets));

    /// <summary>Drains on this thread if the message is a lone one, else on the pool. The caller holds the role and gives it away.</summary>
    public void Run()
    {
        if (_time.GetElapsedTime(_lastWrite) > FlowGap)
        {
            Ignore(DrainAsync(onSender: true));
        }
        else
        {
            RunOnPool();
        }
    }

    /// <summary>Drains on the pool, whoever calls: a reader that learned of credit must not run serializers.</summary>
    public void RunOnPool() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => Ignore(DrainAsync(onSender: false));

    /// <summary>
    /// Gives up a write that is under way. Resetting the stream is not enough: behind a peer that takes nothing in, a write waits for the whole
    /// connection.
    /// </summary>
    public void Abandon() => _abandoned.Cancel();

    /// <summary>
    /// Gives back what was taken and not encoded, and the memory for what would have been next. Only after <see cref="Stopped"/>, by the new holder of
    /// the role.
    /// </summary>
    public void ReturnHeld()
    {
        _encoder.Dispose();
        _mailbox.Return(_control.AsSpan(_controlNext.._controlEnd), _user.AsSpan(_userNext.._userEnd), _outcome);
    }

    // The drain reports its own failures through Stopped.
    private static void Ignore(ValueTask _)
    {
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DrainAsync(bool onSender)
    {
        try
        {
            while (TryNext(out var frame))
            {
                _lastWrite = _time.GetTimestamp();
                var write = _frames.WriteAsync(frame, _abandoned.Token);

                // What goes on after a write that waited is on the pool already.
                onSender &= write.IsCompleted;
                await write.ConfigureAwait(false);
                ReleasePlain();
                if (onSender && HasMore)
                {
                    // The sender's own thread has done its share.
                    RunOnPool();
                    return;
                }
            }
        }
        catch (Exception exception)
        {
            // Whatever it was, an exception while writing is the end of this stream and of nothing else.
            ReleasePlain();
            _stopped.TrySetResult(exception);
        }
    }

    private bool HasMore => _controlNext < _controlEnd || _userNext < _userEnd || _mailbox.HasMessages;

    /// <summary>The next frame to write: a batch that has to be sent again, or a new one.</summary>
    private bool TryNext(out ReadOnlyMemory<byte> frame)
    {
        while (true)
        {
            if (!TryTake(out var again))
            {
                frame = default;
                return false;
            }

            if (again is not null)
            {
                frame = again.Memory;
                return true;
            }

            _encoder.Begin(Volatile.Read(ref _translation));
            EncodeControl();
            EncodeUser();
            if (_encoder.Count > 0)
            {
                frame = Finish();
                return true;
            }
        }
    }

    private bool TryTake(out RetainedBatch? again)
    {
        // Control first, between any two batches: that is what bounds its delay by one batch.
        var control = _controlNext == _controlEnd ? _control.AsSpan() : default;
        var user = _userNext == _userEnd ? _user.AsSpan() : default;
        // Cleared before, not after: when nothing is taken the role is free, and another thread may be in here already.
        var outcome = _outcome;
        _outcome = default;
        var taken = _mailbox.Take(outcome, control, user, new WriterHeld(_controlEnd - _controlNext, _creditNeeded));
        again = taken.Again;
        foreach (var delivery in taken.Refused ?? [])
        {
            _owner.Refuse(delivery, RemoteDeadLetterReasons.QueueFull);
        }

        if (taken.State != TakeState.Taken)
        {
            if (taken.State == TakeState.Detached)
            {
                _stopped.TrySetResult(null);
            }

            return false;
        }

        _credit = taken.Credit;
        if (taken.Control > 0)
        {
            (_controlNext, _controlEnd) = (0, taken.Control);
        }

        if (taken.User > 0)
        {
            (_userNext, _userEnd) = (0, taken.User);
        }

        return true;
    }
}
