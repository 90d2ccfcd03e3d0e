using System.Runtime.CompilerServices;
using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>
/// Drains an endpoint's lanes into one stream: takes, encodes, writes, one batch at a time. Lives as long as its stream.
/// </summary>
/// <remarks>
/// Whoever holds the writer role of the mailbox may call <see cref="Run"/>. A lone message is encoded and its write started on the sender's
/// own thread, which saves a request two thread hops; a sender in full flow hands the role to the pool, where batches form.
/// </remarks>
internal sealed class EndpointWriter : IThreadPoolWorkItem, IStreamSender
{
    // Control messages are small and rare; the rest of a burst goes into the next batch, before any further user message.
    private const int ControlPerTake = 256;

    // Two writes closer together than this are flow, not lone messages: let a batch form instead. About a third of a round trip on loopback.
    private static readonly TimeSpan FlowGap = TimeSpan.FromMicroseconds(20);

    private static readonly byte[] HeartbeatFrame = Handshake.Heartbeat();

    /// <summary>Stands in the control lane for a heartbeat.</summary>
    private static readonly RemoteDelivery HeartbeatMark = new(new PID("", "$heartbeat"), HeartbeatDue.Instance);

    private readonly EndpointWriterMailbox _mailbox;
    private readonly BatchEncoder _encoder;
    private readonly IGrpcStream _stream;
    private readonly IEndpointWriterOwner _owner;
    private readonly TimeProvider _time;
    private readonly RemoteDelivery[] _control = new RemoteDelivery[ControlPerTake];
    private readonly RemoteDelivery[] _user;
    private readonly TaskCompletionSource<Exception?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _abandoned = new();
    private int _controlNext, _controlEnd;
    private int _userNext, _userEnd;
    private WriterOutcome _outcome;
    private bool _heartbeatDue;
    private long _sent;
    private long _lastWrite;
    private OutboundTranslation _translation;

    public EndpointWriter(EndpointWriterMailbox mailbox, BatchEncoder encoder, OutboundTranslation translation, IGrpcStream stream, IEndpointWriterOwner owner, int batchSize, TimeProvider time)
    {
        _mailbox = mailbox;
        _encoder = encoder;
        _translation = translation;
        _stream = stream;
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

    public long SentCount => Volatile.Read(ref _sent);

    /// <summary>Goes through the control lane, so that the one who holds the role writes it; with other messages it is left out.</summary>
    public void SendHeartbeat() => _owner.PostControl(HeartbeatMark);

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
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => Ignore(DrainAsync(onSender: false));

    /// <summary>
    /// Gives up a write that is under way. Resetting the stream is not enough: behind a peer that takes nothing in, a write waits for the whole
    /// connection.
    /// </summary>
    public void Abandon() => _abandoned.Cancel();

    /// <summary>Gives back what was taken and not encoded. Only after <see cref="Stopped"/>, by the new holder of the role.</summary>
    public void ReturnHeld() => _mailbox.Return(_control.AsSpan(_controlNext.._controlEnd), _user.AsSpan(_userNext.._userEnd), _outcome);

    // The drain reports its own failures through Stopped.
    private static void Ignore(ValueTask _)
    {
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask DrainAsync(bool onSender)
    {
        try
        {
            while (TryEncodeNext(out var batch))
            {
                _lastWrite = _time.GetTimestamp();
                using (batch)
                {
                    var write = _stream.WriteFrameAsync(batch is { IsEmpty: true } ? HeartbeatFrame : batch.Memory, _abandoned.Token);

                    // What goes on after a write that waited is on the pool already.
                    onSender &= write.IsCompleted;
                    await write.ConfigureAwait(false);
                }

                Volatile.Write(ref _sent, _sent + 1);
                if (onSender && HasMore)
                {
                    // The sender's own thread has done its share.
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    return;
                }
            }
        }
        catch (Exception exception)
        {
            // Whatever it was, an exception while writing is the end of this stream and of nothing else.
            _stopped.TrySetResult(exception);
        }
    }

    private bool HasMore => _controlNext < _controlEnd || _userNext < _userEnd || _mailbox.HasMessages;

    private bool TryEncodeNext(out EncodedBatch batch)
    {
        while (true)
        {
            if (!TakeMore())
            {
                batch = default!;
                return false;
            }

            _encoder.Begin(Volatile.Read(ref _translation));
            EncodeControl();
            EncodeUser();
            var silent = _encoder.Count == 0;
            if (!silent || _heartbeatDue)
            {
                batch = silent ? default : Finish();
                _heartbeatDue = false;
                return true;
            }
        }
    }

    private EncodedBatch Finish()
    {
        var batch = _encoder.Finish();
        _outcome.Batches++;
        _outcome.Bytes += batch.Memory.Length;
        return batch;
    }

    private bool TakeMore()
    {
        // Control first, between any two batches: that is what bounds its delay by one batch.
        var control = _controlNext == _controlEnd ? _control.AsSpan() : default;
        var user = _userNext == _userEnd ? _user.AsSpan() : default;
        // Cleared before, not after: when nothing is taken the role is free, and another thread may be in here already.
        var outcome = _outcome;
        _outcome = default;
        var taken = _mailbox.Take(outcome, control, user);
        if (taken.Control > 0)
        {
            (_controlNext, _controlEnd) = (0, taken.Control);
        }

        if (taken.User > 0)
        {
            (_userNext, _userEnd) = (0, taken.User);
        }

        if (taken.State == TakeState.Detached)
        {
            _stopped.TrySetResult(null);
        }

        return taken.State == TakeState.Taken;
    }

    private void EncodeControl()
    {
        while (_controlNext < _controlEnd && EncodeControl(ref _control[_controlNext]))
        {
            _controlNext++;
        }
    }

    private bool EncodeControl(ref RemoteDelivery delivery)
    {
        if (delivery.Message is not HeartbeatDue)
        {
            return TryEncode(ref delivery, out _);
        }

        _heartbeatDue = true;
        return true;
    }

    private void EncodeUser()
    {
        // A control message that found no room waits for the next batch, and user messages wait behind it.
        if (_controlNext < _controlEnd)
        {
            return;
        }

        while (_userNext < _userEnd && TryEncode(ref _user[_userNext], out var status))
        {
            _userNext++;
            switch (status)
            {
                case EncodeStatus.Added:
                    _outcome.Written++;
                    break;
                case EncodeStatus.TooLarge:
                    _outcome.TooLarge++;
                    break;
                default:
                    _outcome.NotSerializable++;
                    break;
            }
        }
    }

    /// <summary>Adds one message to the batch, or refuses it for good; <see langword="false"/> when the batch is full.</summary>
    private bool TryEncode(ref RemoteDelivery delivery, out EncodeStatus status)
    {
        var result = _encoder.TryAdd(in delivery);
        status = result.Status;
        if (result.Status == EncodeStatus.BatchFull)
        {
            return false;
        }

        if (result.Status != EncodeStatus.Added)
        {
            _owner.Refuse(in delivery, result);
        }

        delivery = default;
        return true;
    }
}
