using System.Runtime.CompilerServices;

namespace Remote;

/// <summary>
/// Drains an endpoint's lanes into one stream: takes, encodes, writes, one batch at a time. Lives as long as its stream.
/// </summary>
/// <remarks>
/// The holder of the mailbox's writer role calls <see cref="Run"/>. A lone message is encoded and its write started on the sender's own
/// thread, which saves a request two thread hops; a sender in full flow hands the role to the pool, where batches form.
/// </remarks>
internal sealed class EndpointWriter : IThreadPoolWorkItem
{
    // Two writes closer together than this are flow, not lone messages: a batch forms instead. About a third of a round trip on loopback.
    private static readonly TimeSpan FlowGap = TimeSpan.FromMicroseconds(20);

    private readonly EndpointWriterMailbox _mailbox;
    private readonly BatchFiller _batches;
    private readonly FrameWriter _frames;
    private readonly TimeProvider _time;
    private readonly WriterHold _hold;
    private readonly TaskCompletionSource<Exception?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandoned = new();
    private long _lastWrite = long.MinValue / 2;
    private OutboundTranslation _translation;

    /// <summary>The caller holds the role.</summary>
    /// <param name="mailbox">The lanes to drain. It holds the link, if the stream carries one.</param>
    /// <param name="encoder">Makes the batches.</param>
    /// <param name="translation">How PIDs are written towards the peer.</param>
    /// <param name="frames">Where they go.</param>
    /// <param name="owner">Is told of messages that cannot be sent.</param>
    /// <param name="batchSize">Messages in one batch at the most.</param>
    /// <param name="time">For the gap between writes.</param>
    public EndpointWriter(
        EndpointWriterMailbox mailbox,
        BatchEncoder encoder,
        OutboundTranslation translation,
        FrameWriter frames,
        IEndpointWriterOwner owner,
        int batchSize,
        TimeProvider time)
    {
        _mailbox = mailbox;
        _translation = translation;
        _frames = frames;
        _time = time;
        _hold = new WriterHold(batchSize);
        _batches = new BatchFiller(mailbox, _hold, encoder, owner);
        mailbox.BeginStream(_hold);
    }

    /// <summary>
    /// Completes when the writer has stopped for good: with the failure of its stream, or with <see langword="null"/> when it handed its
    /// role over to a detach. The role then belongs to the one that awaits this.
    /// </summary>
    public Task<Exception?> Stopped => _stopped.Task;

    /// <summary>The dialect of the peer is known now; the next batch is written in it.</summary>
    public void UseDialect(bool pidTargets) => Volatile.Write(ref _translation, Volatile.Read(ref _translation) with { PidTargets = pidTargets });

    /// <summary>
    /// Drains on this thread if the message is a lone one, else on the pool. The caller holds the role and gives it away.
    /// </summary>
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

    /// <summary>Drains on the pool: a reader that learned of credit must not run serializers.</summary>
    public void RunOnPool() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => Ignore(DrainAsync(onSender: false));

    /// <summary>
    /// Gives up a write that is under way. Resetting the stream is not enough: behind a peer that takes nothing in, a write waits for the
    /// whole connection.
    /// </summary>
    public void Abandon() => _abandoned.Cancel();

    /// <summary>Gives back the messages taken and not encoded. Only after <see cref="Stopped"/>, by the new holder of the role.</summary>
    /// <param name="byVerdict">See <see cref="LinkOutflow.StreamEnded"/>.</param>
    public void End(bool byVerdict)
    {
        _batches.Dispose();
        _mailbox.EndStream(byVerdict);
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
            // 1. A message that was handed over with the role is written alone by its sender; on the pool others have come and go along.
            var isHanded = _hold.IsHanded && onSender;
            _hold.IsHanded = false;
            while (TryNext(isHanded, out var frame))
            {
                // 2. After a write that waited, this method goes on on the pool.
                _lastWrite = _time.GetTimestamp();
                var write = _frames.WriteAsync(frame, _abandoned.Token);
                onSender &= write.IsCompleted;
                await write.ConfigureAwait(false);
                _batches.Release();

                // 3. Nearly always after a lone message: nothing has come meanwhile, and the lanes need not be asked.
                if (_hold.IsEmpty && _mailbox.TryRelease())
                {
                    return;
                }

                if (onSender)
                {
                    // The sender's own thread has done its share.
                    RunOnPool();
                    return;
                }

                isHanded = false;
            }
        }
        catch (Exception exception)
        {
            // Any exception while writing is the end of this stream and of nothing else.
            _batches.Release();
            _stopped.TrySetResult(exception);
        }
    }

    /// <summary>The next frame to write: a batch that has to be sent again, or a new one.</summary>
    private bool TryNext(bool isHanded, out ReadOnlyMemory<byte> frame)
    {
        while (isHanded || TryTake())
        {
            isHanded = false;
            if (_hold.Again is { } again)
            {
                _hold.Again = null;
                frame = again.Memory;
                return true;
            }

            if (_batches.TryFill(Volatile.Read(ref _translation), out frame))
            {
                return true;
            }
        }

        frame = default;
        return false;
    }

    private bool TryTake()
    {
        var state = _mailbox.Take();
        if (state == TakeState.Detached)
        {
            _stopped.TrySetResult(null);
        }

        return state == TakeState.Taken;
    }
}
