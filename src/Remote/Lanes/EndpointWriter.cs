using System.Runtime.CompilerServices;

namespace Remote;

/// <summary>Drains an endpoint's lanes into one stream: takes, encodes, writes, one batch at a time. Lives as long as its stream.</summary>
/// <remarks>
/// The holder of the mailbox's writer role calls <see cref="Run"/>. A lone message is encoded and its write started on the sender's own
/// thread, which saves a request two thread hops; a sender in full flow hands the role to the pool, where batches form. The hold comes from
/// <see cref="EndpointWriterMailbox.BeginStream"/>.
/// </remarks>
internal sealed class EndpointWriter(
    EndpointWriterMailbox mailbox,
    WriterHold hold,
    BatchEncoder encoder,
    OutboundTranslation translation,
    FrameWriter frames,
    UnsentMessages unsent,
    TimeProvider time,
    BatchMeter? meter = null) : IThreadPoolWorkItem
{
    // Two writes closer together than this are flow, not lone messages: a batch forms instead. About a third of a round trip on loopback.
    private static readonly TimeSpan FlowGap = TimeSpan.FromMicroseconds(20);

    // How often a writer lets others go first before it writes a smaller batch than the last one. A look costs less than a tenth of a write.
    private const int MaxLooks = 3;

    private readonly BatchFiller _batches = new(mailbox, hold, encoder, unsent);
    private readonly TaskCompletionSource<Exception?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandoned = new();
    private long _lastWrite = long.MinValue / 2;
    private bool _hasCompany;
    private int _looks;
    private Action? _writeEnded;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _write;
    private bool _isOnSender;
    private volatile OutboundTranslation _translation = translation;

    /// <summary>
    /// Completes when the writer has stopped for good: with the failure of its stream, or with <see langword="null"/> when it handed its
    /// role over to a detach. The role then belongs to the one that awaits this.
    /// </summary>
    public Task<Exception?> Stopped => _stopped.Task;

    /// <summary>The dialect of the peer is known now; the next batch is written in it.</summary>
    public void UseDialect(bool pidTargets) => _translation = _translation with { PidTargets = pidTargets };

    /// <summary>Drains on this thread if the message is a lone one, else on the pool. The caller gives the role away.</summary>
    public void Run()
    {
        if (!_hasCompany && time.GetElapsedTime(_lastWrite) > FlowGap)
        {
            Drain(onSender: true);
        }
        else
        {
            RunOnPool();
        }
    }

    /// <summary>Drains on the pool: a reader that learned of credit must not run serializers.</summary>
    public void RunOnPool() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute()
    {
        if (_hasCompany && _looks < MaxLooks && mailbox.Waiting < _batches.Count)
        {
            // Senders that came together last time are on their way: the answers that wake them came together too.
            _looks++;
            Thread.Yield();
            RunOnPool();
            return;
        }

        _looks = 0;
        Drain(onSender: false);
    }

    /// <summary>Gives up a write that is under way. A reset of the stream is not enough if the connection takes nothing in.</summary>
    public void Abandon() => _abandoned.Cancel();

    /// <summary>Gives back the messages taken and not encoded. Only after <see cref="Stopped"/>, by the new holder of the role.</summary>
    public void End(bool byVerdict)
    {
        _batches.Dispose();
        mailbox.EndStream(byVerdict);
    }

    /// <summary>Writes until nothing is left, or until a write has to wait: then it goes on in <see cref="WriteEnded"/>.</summary>
    /// <remarks>No async method: nobody awaits it, and each wait of one that nobody awaits allocates its state anew, pooled or not.</remarks>
    private void Drain(bool onSender)
    {
        try
        {
            // 1. A message that was handed over with the role is written alone by its sender; on the pool others have come and go along.
            var isHanded = hold.IsHanded && onSender;
            hold.IsHanded = false;
            while (TryNext(isHanded, out var frame))
            {
                _lastWrite = time.GetTimestamp();
                var write = frames.WriteAsync(frame, _abandoned.Token).ConfigureAwait(false).GetAwaiter();
                if (!write.IsCompleted)
                {
                    // 2. Nobody else writes meanwhile: the role is given away only when the write has ended.
                    (_write, _isOnSender) = (write, onSender);
                    write.UnsafeOnCompleted(_writeEnded ??= WriteEnded);
                    return;
                }

                if (!MayGoOn(write, onSender))
                {
                    return;
                }

                isHanded = false;
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void WriteEnded()
    {
        var write = _write;
        _write = default;
        try
        {
            if (!MayGoOn(write, _isOnSender))
            {
                return;
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
            return;
        }

        Drain(onSender: false);
    }

    /// <summary>After a write: whether this thread goes on. It has given the role away otherwise, or handed it to the pool.</summary>
    private bool MayGoOn(ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter write, bool onSender)
    {
        write.GetResult();
        _batches.Release();

        // 3. Nearly always after a lone message: nothing has come meanwhile, and the lanes need not be asked.
        if (hold.IsEmpty && mailbox.TryRelease())
        {
            return false;
        }

        // 4. The sender's own thread, or what went on from it, has done its share.
        if (onSender)
        {
            RunOnPool();
        }

        return !onSender;
    }

    // Any exception while writing is the end of this stream and of nothing else.
    private void Fail(Exception exception)
    {
        _batches.Release();
        _stopped.TrySetResult(exception);
    }

    /// <summary>The next frame to write: a batch that has to be sent again, or a new one.</summary>
    private bool TryNext(bool isHanded, out ReadOnlyMemory<byte> frame)
    {
        while (isHanded || TryTake())
        {
            isHanded = false;
            if (hold.Again is { } again)
            {
                hold.Again = null;
                frame = again.Memory;
                return true;
            }

            if (_batches.TryFill(_translation, out frame))
            {
                // Senders that come together come again together: the first of them must not write its message alone while the others wait.
                _hasCompany = _batches.Count > 1;
                if (meter is { IsOn: true })
                {
                    meter.Sending(_batches.Count, frame.Length, hold.Sequence);
                }

                return true;
            }
        }

        frame = default;
        return false;
    }

    private bool TryTake()
    {
        var state = mailbox.Take();
        if (state == TakeState.Detached)
        {
            _stopped.TrySetResult(null);
        }

        return state == TakeState.Taken;
    }
}
