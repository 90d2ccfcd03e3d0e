using System.Diagnostics;

namespace Remote;

/// <summary>The link in the lanes: while a stream carries one, it says what may be written, and keeps what was until it is acknowledged.</summary>
internal sealed partial class EndpointWriterMailbox
{
    private LinkSender? _link;
    private WriterHeld _writerHeld;
    private TaskCompletionSource? _acknowledged;

    // Without a link the stream itself is the bound.
    private LinkCredit Credit => _link is null ? new LinkCredit(int.MaxValue, long.MaxValue) : _link.Available;

    private bool MayWriteControl => _link is null || _link.HasControlRoom;

    private bool MayWriteUser =>
        _link is null || (_link.HasRoom && _link.Available is { Messages: > 0, Bytes: var bytes } && bytes >= Math.Max(1, _writerHeld.CreditNeeded));

    /// <summary>A stream that carries the link begins. The caller holds the role.</summary>
    public void UseLink(LinkSender link)
    {
        lock (_gate)
        {
            Debug.Assert(!_roleFree && _link is null, "The owner of the connection holds the role, and one stream carries a link.");
            _link = link;
        }
    }

    /// <summary>The stream is over. The caller holds the role.</summary>
    /// <param name="byVerdict">See <see cref="LinkSender.StreamEnded"/>.</param>
    public void ReleaseLink(bool byVerdict)
    {
        lock (_gate)
        {
            Debug.Assert(!_roleFree, "The owner of the connection holds the role.");
            _link?.StreamEnded(byVerdict);
            _link = null;
            _acknowledged?.TrySetCanceled();
            _acknowledged = null;
        }
    }

    /// <summary>The holder of the role has finished a batch: it is retained, and is to be written now.</summary>
    /// <param name="batch">The messages.</param>
    /// <param name="frame">Their bytes.</param>
    /// <param name="outcome">What became of the messages taken earlier.</param>
    public void Retain(RetainedBatch batch, EncodedBatch frame, in WriterOutcome outcome)
    {
        LaneWaiter[] admitted;
        lock (_gate)
        {
            _link!.Retain(batch, frame);
            var isNext = _link.TryNextUnwritten(out var next);
            Debug.Assert(isNext && next == batch, "What was retained earlier was written earlier.");
            admitted = Settle(outcome);
        }

        Complete(admitted);
    }

    /// <summary>The peer says what it has accepted, and how much more it takes.</summary>
    /// <param name="ack">What it says.</param>
    /// <param name="takeRole">Whether the caller now holds the role: there is something to write that had to wait.</param>
    public LinkAckStatus Acknowledge(in LinkAck ack, out bool takeRole)
    {
        lock (_gate)
        {
            takeRole = false;
            if (_link is null)
            {
                return LinkAckStatus.Stale;
            }

            var result = _link.Acknowledge(ack);
            _ledger.Acknowledge(result.UserMessages);
            if (_link.RetainedCount == 0)
            {
                _acknowledged?.TrySetResult();
            }

            takeRole = _roleFree && !_detaching && IsWritable && TakeRole() == PostResult.AcceptedTakeRole;
            return result.Status;
        }
    }

    /// <summary>Completes when the peer has accepted everything that was written; cancelled when the stream ends before.</summary>
    public Task WhenAcknowledgedAsync()
    {
        lock (_gate)
        {
            if (_link is null || _link.RetainedCount == 0)
            {
                return Task.CompletedTask;
            }

            _acknowledged ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _acknowledged.Task;
        }
    }
}
