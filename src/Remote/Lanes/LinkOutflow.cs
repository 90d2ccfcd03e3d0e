using System.Diagnostics;

namespace Remote;

/// <summary>
/// The sending side of a link, and the ledger of all that goes out: numbers, batches retained until they are acknowledged, credit, and the
/// meaning of a handshake for all of them. Towards a peer that keeps no link only the ledger is used. Pure and not thread-safe: its owner's
/// lock guards it.
/// </summary>
/// <remarks>
/// <code>
/// number:   1 ... acknowledged | First ...... cursor ........ End
///                  released    | written on   | not yet written
///                              | this stream  | on this stream
/// </code>
/// A life: <see cref="NextAttempt"/>, dial, <see cref="BeginStream"/>, then <see cref="Retain"/>, <see cref="TryNextUnwritten"/>,
/// <see cref="Written"/> and <see cref="Acknowledge"/> until <see cref="StreamEnded"/>, and again; <see cref="Restart"/> when the link
/// ends.
/// </remarks>
/// <param name="pool">Gives the batch that takes the place of a rejected one.</param>
/// <param name="options">How much is retained.</param>
/// <param name="controlReserve">Batches beyond that which hold no user message.</param>
internal sealed class LinkOutflow(BatchPool pool, LinkOptions options, int controlReserve = 64)
{
    private readonly RetainedBatches _retained = new(options.MaxRetainedBatches + controlReserve);
    private LinkCredit _credit;
    private LinkCredit _sent;
    private LinkCredit? _priority;
    private LinkCredit _prioritySent;
    private Batch? _writing;
    private ulong _cursor = 1;
    private ulong _highestWritten;
    private ulong _attempt;
    private bool _isEstablished;
    private ulong _verdictEnd;
    private ulong _suspect;

    /// <summary>Counts the fate of every message; this side and the lanes count in it.</summary>
    public EndpointLedger Ledger { get; private set; } = new();

    public LinkId Id { get; private set; } = LinkId.Create();

    /// <summary>The system that answered first; the link leads to no other.</summary>
    public string? SystemId { get; private set; }

    /// <summary>Whether the present stream carries the link, so that batches on it are numbered and retained.</summary>
    public bool IsOnStream { get; private set; }

    /// <summary>Whether the present or last stream brought a new acknowledgement: that, not a handshake, is progress.</summary>
    public bool MadeProgress { get; private set; }

    /// <summary>The number of the next batch that is encoded.</summary>
    public ulong NextSequence => _retained.End;

    public int RetainedCount => _retained.Count;

    /// <summary>Bytes of their frames.</summary>
    public long RetainedBytes => _retained.Bytes;

    /// <summary>Whether another batch with user messages may be retained. It may pass the limit of bytes by its own size.</summary>
    public bool HasRoom => RetainedCount < options.MaxRetainedBatches && _retained.Bytes < options.MaxRetainedBytes;

    /// <summary>Whether another batch without user messages may be retained: watches must not wait behind a slow actor.</summary>
    public bool HasControlRoom => RetainedCount < options.MaxRetainedBatches + controlReserve;

    public bool MayWriteControl => !IsOnStream || HasControlRoom;

    /// <summary>
    /// Credit for priority messages that is not used up, which needs no room for batches with user messages; zero when they go by user
    /// credit. They may use half of the batches reserved for control: a flood of them must not hold that up.
    /// </summary>
    public LinkCredit PriorityCredit => IsOnStream && HasPriorityRoom && _priority is { } credit ? credit - _prioritySent : default;

    private bool HasPriorityRoom => RetainedCount < options.MaxRetainedBatches + (controlReserve / 2);

    /// <summary>Credit for the present stream that is not used up. Without a link the stream itself is the bound.</summary>
    public LinkCredit Credit => IsOnStream ? _credit - _sent : new LinkCredit(int.MaxValue, long.MaxValue);

    public bool HasUnwritten => IsOnStream && _cursor < _retained.End;

    /// <summary>Whether the batch that is being written is acknowledged, so that its memory only waits for the end of the write.</summary>
    public bool IsAcknowledgedWhileWritten => _writing is { } batch && batch.Sequence < _retained.First;

    /// <summary>Whether a batch with user messages may be written now.</summary>
    /// <param name="bytes">Credit without which the next message cannot go.</param>
    public bool MayWriteUser(int bytes) => MayRetainUser && Credit.Covers(bytes);

    /// <summary>Whether a batch with user messages may be made now, as far as what is retained goes. Without a link nothing is.</summary>
    public bool MayRetainUser => !IsOnStream || HasRoom;

    /// <summary>The offer for the next handshake.</summary>
    public LinkOffer NextAttempt(LinkLimits limits) => new(Id, ++_attempt, _isEstablished, SystemId, limits);

    /// <summary>Takes a finished batch, which was encoded with the number <see cref="NextSequence"/>.</summary>
    public void Retain(Batch batch)
    {
        _retained.Add(batch);
        Ledger.Retain(batch.UserMessages);
        Charge(batch.IsPriority, new LinkCredit(batch.UserMessages, batch.UserBytes));

        // Control needs none: a handshake may have answered with less than was sent before.
        Debug.Assert(batch.UserMessages == 0 || batch.IsPriority || !_sent.Exceeds(_credit), "The sender never exceeds credit.");
        Debug.Assert(batch.UserMessages == 0 || !batch.IsPriority || !_prioritySent.Exceeds(_priority!.Value), "The sender never exceeds credit.");
    }

    /// <summary>The next batch to write on this stream: first those to send again. Its memory stays until <see cref="Written"/>.</summary>
    public bool TryNextUnwritten(out Batch batch)
    {
        Debug.Assert(_writing is null, "One write at a time.");
        if (!HasUnwritten)
        {
            batch = null!;
            return false;
        }

        _writing = batch = _retained[_cursor];
        batch.IsBeingWritten = true;
        _highestWritten = Math.Max(_highestWritten, _cursor);
        _cursor++;
        return true;
    }

    /// <summary>The write of the last batch completed.</summary>
    public void Written()
    {
        if (_writing is { } batch)
        {
            _writing = null;
            batch.IsBeingWritten = false;
            if (batch.Sequence < _retained.First)
            {
                // The acknowledgement overtook the end of the write.
                batch.Release();
            }
        }
    }

    /// <summary>
    /// The peer accepted batches and raised credit. Late and repeated ones change nothing; one that the reader finds when the stream has
    /// ended is as good as any.
    /// </summary>
    /// <returns><see langword="false"/> when it names a batch that was not written on this stream: the stream ends.</returns>
    public bool Acknowledge(in LinkAck ack)
    {
        if (ack.Accepted >= _cursor)
        {
            return false;
        }

        _credit = _credit.Max(ack.Credit);
        _priority = _priority?.Max(ack.Priority);
        ReleaseBelow(ack.Accepted + 1);
        return true;
    }

    /// <summary>A handshake was answered: judges the state of the link that the peer names.</summary>
    /// <param name="answer">The state that the peer names; <see langword="null"/> when it cannot resume.</param>
    /// <param name="systemId">The system that answered.</param>
    public LinkBeginning BeginStream(LinkAnswer? answer, string systemId)
    {
        Debug.Assert(!IsOnStream && _writing is null, "The former stream has ended.");
        Debug.Assert(SystemId is null || SystemId == systemId, "Another incarnation ends the endpoint before its link is asked.");
        MadeProgress = false;
        SystemId = systemId;
        return answer switch
        {
            null => new LinkBeginning(LinkBegin.NoLink),
            { Status: LinkStatus.Unknown } => new LinkBeginning(LinkBegin.Unknown),
            { Status: LinkStatus.New } when _isEstablished => new LinkBeginning(LinkBegin.Violation),
            _ => Begin(answer),
        };
    }

    /// <summary>The stream is over, and its writer has stopped.</summary>
    /// <param name="byVerdict">
    /// The peer ended this stream on purpose, with a status or a reset of the stream alone. A connection that broke says nothing about the
    /// batches on it: cuts must never look like a peer that refuses one.
    /// </param>
    public void StreamEnded(bool byVerdict)
    {
        Written();
        IsOnStream = false;
        _verdictEnd = byVerdict ? _cursor : 0;
    }

    /// <summary>
    /// The link is over: the next dial, if there is one, offers a new one to the same peer. Returns the retained batches, oldest first,
    /// which count for <c>DeliveryUnknown</c>, to be released after their messages were made dead letters.
    /// </summary>
    public Batch[] Restart()
    {
        StreamEnded(byVerdict: false);
        Ledger.GiveUp(DeadLetterReason.DeliveryUnknown, (int)Ledger.Retained);
        Id = LinkId.Create();
        _isEstablished = false;
        _credit = _sent = _prioritySent = default;
        _priority = null;
        _cursor = 1;
        _attempt = _highestWritten = _suspect = 0;
        return _retained.TakeAll();
    }

    /// <summary>The endpoint is over: its counters are to be kept elsewhere, and this side counts from zero.</summary>
    public EndpointLedger TakeLedger()
    {
        Debug.Assert(Ledger.Retained == 0, "The link has ended before.");
        var ledger = Ledger;
        Ledger = new EndpointLedger();
        return ledger;
    }

    private LinkBeginning Begin(LinkAnswer answer)
    {
        var next = answer.NextExpected;
        if (next < _retained.First || next > _highestWritten + 1)
        {
            // It has forgotten batches that it acknowledged, or knows some that were never written: it is not the peer of this link.
            return new LinkBeginning(LinkBegin.Violation);
        }

        _isEstablished = true;

        // The answer counts even if it is less than before: lent credit does not outlive the pauses of the former stream (page 0015).
        _credit = answer.Credit;
        _priority = answer.Priority;
        ReleaseBelow(next);
        IsOnStream = true;
        _cursor = next;
        return new LinkBeginning(LinkBegin.Begun, JudgeSuspect());
    }

    /// <summary>
    /// The peer ended the stream before this one on purpose and stands before a batch that it had been sent. The second time it is that
    /// batch that it refuses; an empty one takes its place.
    /// </summary>
    private Batch? JudgeSuspect()
    {
        var refused = _cursor < _verdictEnd;
        _verdictEnd = 0;
        if (!refused || _suspect != _cursor)
        {
            _suspect = refused ? _cursor : _suspect;
            return null;
        }

        var empty = pool.Rent();
        empty.SealEmpty(_cursor);
        var rejected = _retained.Replace(empty);

        // It was never accepted, so the peer has not counted it either.
        Charge(rejected.IsPriority, default(LinkCredit) - new LinkCredit(rejected.UserMessages, rejected.UserBytes));
        Ledger.GiveUp(DeadLetterReason.RejectedByPeer, rejected.UserMessages);
        return rejected;
    }

    private void Charge(bool isPriority, LinkCredit size)
    {
        if (isPriority)
        {
            _prioritySent += size;
        }
        else
        {
            _sent += size;
        }
    }

    private void ReleaseBelow(ulong sequence)
    {
        while (_retained.First < sequence)
        {
            var batch = _retained.RemoveFirst();
            Ledger.Acknowledge(batch.UserMessages);
            MadeProgress = true;
            if (!batch.IsBeingWritten)
            {
                batch.Release();
            }
        }
    }
}
