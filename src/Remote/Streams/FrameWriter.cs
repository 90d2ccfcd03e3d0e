using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Remote;

/// <summary>
/// Writes everything that goes out on one stream: batches, and the small frames that are due, which go before the next batch. One write
/// at a time, first come first served.
/// </summary>
/// <remarks>
/// <para>Small frames that wait are bounded by their number of kinds: asking twice for the same is asking once, and the numbers of an
/// acknowledgement, which is that of the link that comes in on the stream, are looked up when it is written.</para>
/// <para>They do not go through the lanes. A lane that waits for an acknowledgement of the peer would hold up ours, and with both ends
/// waiting neither would ever go on.</para>
/// <para>Thread-safe. The writer of a frame that finds another write under way waits for its turn; a request for a small frame leaves it
/// to the one that has the turn, which looks for such requests again after it has given the turn back.</para>
/// </remarks>
internal sealed class FrameWriter(IGrpcStream stream, LinkInflow? inflow = null, HeartbeatMeter? heartbeats = null)
{
    private const int HeartbeatDue = 1;
    private const int DisconnectDue = 2;
    private const int AckDue = 4;
    private const int EchoDue = 8;

    private static readonly byte[] HeartbeatFrame = Handshake.Heartbeat();
    private static readonly byte[] DisconnectFrame = Handshake.Disconnect();

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly byte[] _ackFrame = inflow is null ? [] : new byte[LinkFrames.MaxAckBytes];
    private int _due;
    private ulong _echo;
    private long _sent;
    private bool _isCompleted;
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Grows with each frame that was written; the heartbeat looks at it.</summary>
    public long SentCount => Volatile.Read(ref _sent);

    /// <summary>Completes when a heartbeat or another small frame could not be written: the stream is over.</summary>
    public Task Broken => _broken.Task;

    /// <summary>Measures the heartbeats that go out; <see langword="null"/> when nobody does.</summary>
    public HeartbeatMeter? Heartbeats => heartbeats;

    /// <summary>Sends a heartbeat, unless something else goes out anyway and nobody wants to know how long it takes.</summary>
    public void SendHeartbeat() => Ask(HeartbeatDue);

    /// <summary>Sends a heartbeat back. Of several that wait for that, the last one counts.</summary>
    public void SendEcho(ulong number)
    {
        Volatile.Write(ref _echo, number);
        Ask(EchoDue);
    }

    /// <summary>Asks the peer to leave.</summary>
    public void Disconnect() => Ask(DisconnectDue);

    /// <summary>Tells the peer which batches were accepted, and its credit.</summary>
    public void Acknowledge() => Ask(AckDue);

    /// <summary>Writes a frame in its turn, behind the small frames that are due. Await the result once: its source is pooled.</summary>
    /// <exception cref="RpcException">The stream is over.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; a write that had begun has reset the stream.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        var turn = _turn.WaitAsync(cancellationToken);
        if (!turn.IsCompletedSuccessfully || Volatile.Read(ref _due) != 0)
        {
            return WriteInTurnAsync(turn, frame, cancellationToken);
        }

        // The usual case: a lone writer pays for two uncontended locks and no task.
        var write = Begin(frame, cancellationToken);
        if (!write.IsCompletedSuccessfully)
        {
            return CompleteWriteAsync(write);
        }

        write.GetAwaiter().GetResult();
        Count();
        EndTurn();
        return ValueTask.CompletedTask;
    }

    /// <summary>Acknowledges all that came. The frame is on the stream when this completes, for it cannot follow the end.</summary>
    public ValueTask AcknowledgeAsync(CancellationToken cancellationToken) => InTurnAsync(WriteAckAsync, cancellationToken);

    /// <summary>Half-closes the stream in its turn. Later writes fail.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => InTurnAsync(
        token =>
        {
            _isCompleted = true;
            return stream.CompleteAsync(token);
        },
        cancellationToken);

    private void Ask(int kind)
    {
        Interlocked.Or(ref _due, kind);
        _ = WriteDueAsync();
    }

    private async ValueTask InTurnAsync(Func<CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await write(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            EndTurn();
        }
    }

    private async Task WriteDueAsync()
    {
        while (Volatile.Read(ref _due) != 0 && !Broken.IsCompleted && _turn.Wait(0))
        {
            try
            {
                await WriteDueInTurnAsync(withBatch: false, CancellationToken.None).ConfigureAwait(false);
            }
            catch (RpcException)
            {
                // The stream is over; its reader learns it too and says so, unless it does not read.
                _broken.TrySetResult();
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteInTurnAsync(Task turn, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        await turn.ConfigureAwait(false);
        try
        {
            await WriteDueInTurnAsync(withBatch: true, cancellationToken).ConfigureAwait(false);
            await Begin(frame, cancellationToken).ConfigureAwait(false);
            Count();
        }
        finally
        {
            EndTurn();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CompleteWriteAsync(ValueTask write)
    {
        try
        {
            await write.ConfigureAwait(false);
            Count();
        }
        finally
        {
            EndTurn();
        }
    }

    private async ValueTask WriteDueInTurnAsync(bool withBatch, CancellationToken cancellationToken)
    {
        var due = Interlocked.Exchange(ref _due, 0);
        if ((due & AckDue) != 0)
        {
            await WriteAckAsync(cancellationToken).ConfigureAwait(false);
        }

        if ((due & EchoDue) != 0)
        {
            await Begin(Handshake.HeartbeatEcho(Volatile.Read(ref _echo)), cancellationToken).ConfigureAwait(false);
            Count();
        }

        var isTimed = heartbeats is { IsOn: true };
        if ((due & HeartbeatDue) != 0 && (isTimed || !withBatch))
        {
            await Begin(isTimed ? Handshake.Heartbeat(heartbeats!.Sending()) : HeartbeatFrame, cancellationToken).ConfigureAwait(false);
            Count();
        }

        if ((due & DisconnectDue) != 0)
        {
            await Begin(DisconnectFrame, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WriteAckAsync(CancellationToken cancellationToken)
    {
        // Taken before the notices and written after them: credit that is lent because a target is paused must not come before its pause.
        var hasAck = inflow!.TryTakeAck(this, out var ack);
        while (inflow.TryTakeNotice(this, out var notice))
        {
            await Begin(LinkFrames.TargetPause(notice.TargetId, notice.IsPaused), cancellationToken).ConfigureAwait(false);
        }

        if (hasAck)
        {
            await Begin(_ackFrame.AsMemory(0, LinkFrames.WriteAck(_ackFrame, ack)), cancellationToken).ConfigureAwait(false);
            Count();
        }
    }

    /// <summary>Fails by its result only: the holder of the turn must be able to give it back.</summary>
    private ValueTask Begin(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (_isCompleted)
        {
            return ValueTask.FromException(CallFailure.Of(StatusCode.Cancelled, "The stream was completed by this side."));
        }

        try
        {
            return stream.WriteAsync(frame, cancellationToken);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException(exception);
        }
    }

    // Only the holder of the turn counts.
    private void Count() => Volatile.Write(ref _sent, _sent + 1);

    private void EndTurn()
    {
        _turn.Release();
        if (Volatile.Read(ref _due) != 0)
        {
            _ = WriteDueAsync();
        }
    }
}
