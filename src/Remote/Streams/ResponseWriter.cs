using Remote.Transport;

namespace Remote;

/// <summary>
/// Writes the few small frames that an acceptor sends towards a dialler with a listener: acknowledgements, heartbeats, and the request to
/// leave. One write at a time; frames that wait are bounded by their number of kinds, for asking twice for the same is asking once, and what
/// an acknowledgement says is looked up when it is written.
/// </summary>
internal sealed class ResponseWriter(IGrpcStream stream, LinkInflow? inflow = null) : IStreamSender
{
    private const int HeartbeatDue = 1;
    private const int DisconnectDue = 2;
    private const int AckDue = 4;
    private const int Writing = 8;

    private static readonly byte[] HeartbeatFrame = Handshake.Heartbeat();
    private static readonly byte[] DisconnectFrame = Handshake.Disconnect();

    private readonly byte[] _ackFrame = inflow is null ? [] : new byte[LinkFrames.MaxAckBytes];
    private int _due;
    private long _sent;

    public long SentCount => Volatile.Read(ref _sent);

    public void SendHeartbeat() => Ask(HeartbeatDue);

    public void Disconnect() => Ask(DisconnectDue);

    public void Acknowledge() => Ask(AckDue);

    /// <summary>Acknowledges all that came, beside what may be under way on a stream that gives each write its turn.</summary>
    public async ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
    {
        if (inflow!.TryTakeAck(this, out var ack))
        {
            var frame = new byte[LinkFrames.MaxAckBytes];
            await stream.WriteFrameAsync(frame.AsMemory(0, LinkFrames.WriteAck(frame, ack)), cancellationToken).ConfigureAwait(false);
        }
    }

    private void Ask(int kind)
    {
        var before = Interlocked.Or(ref _due, kind | Writing);
        if ((before & Writing) == 0)
        {
            _ = WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                var due = Interlocked.And(ref _due, Writing);
                if ((due & AckDue) != 0)
                {
                    await WriteAckAsync(inflow!).ConfigureAwait(false);
                }

                if ((due & HeartbeatDue) != 0)
                {
                    await stream.WriteFrameAsync(HeartbeatFrame).ConfigureAwait(false);
                    Volatile.Write(ref _sent, _sent + 1);
                }

                if ((due & DisconnectDue) != 0)
                {
                    await stream.WriteFrameAsync(DisconnectFrame).ConfigureAwait(false);
                }

                if (Interlocked.CompareExchange(ref _due, 0, Writing) == Writing)
                {
                    return;
                }
            }
        }
        catch (GrpcException)
        {
            // The stream is over; its reader learns it too and says so. The role stays taken: nothing is written any more.
        }
    }

    private async ValueTask WriteAckAsync(LinkInflow inflow)
    {
        while (inflow.TryTakeNotice(this, out var notice))
        {
            await stream.WriteFrameAsync(LinkFrames.Notice(notice)).ConfigureAwait(false);
        }

        if (inflow.TryTakeAck(this, out var ack))
        {
            var length = LinkFrames.WriteAck(_ackFrame, ack);
            await stream.WriteFrameAsync(_ackFrame.AsMemory(0, length)).ConfigureAwait(false);
            Volatile.Write(ref _sent, _sent + 1);
        }
    }
}
