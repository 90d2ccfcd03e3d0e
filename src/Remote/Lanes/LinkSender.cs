using System.Diagnostics;

namespace Remote;

/// <summary>
/// The sending side of a link: numbers, what is retained until it is acknowledged, credit, and what a handshake means for all of it.
/// Pure and not thread-safe: the owner calls it under the lock of the endpoint.
/// </summary>
/// <remarks>
/// <code>
/// number:   1 ... acknowledged | First ...... cursor ........ End
///                  released    | written on   | not yet written
///                              | this stream  | on this stream
/// </code>
/// A life: <see cref="NextAttempt"/>, dial, <see cref="BeginStream"/>, then <see cref="Retain"/>, <see cref="TryNextUnwritten"/>,
/// <see cref="Written"/> and <see cref="Acknowledge"/> until <see cref="StreamEnded"/>, and again; <see cref="Restart"/> or
/// <see cref="TakeAll"/> when the link ends.
/// </remarks>
internal sealed class LinkSender
{
    private readonly LinkSenderLimits _limits;
    private readonly RetainedBatchPool _pool = new();
    private readonly RetainedBatches _retained = new();
    private LinkCredit _credit;
    private LinkCredit _sent;
    private RetainedBatch? _writing;
    private ulong _cursor = 1;
    private ulong _highestWritten;
    private bool _onStream;
    private ulong _verdictEnd;
    private ulong _suspect;

    public LinkSender(LinkSenderLimits? limits = null) => _limits = limits ?? new LinkSenderLimits();

    public LinkId Id { get; private set; } = LinkId.Create();

    /// <summary>Dials so far.</summary>
    public ulong Attempt { get; private set; }

    /// <summary>Whether an answer for this link was received.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Who answered first; the link leads to nobody else.</summary>
    public string? SystemId { get; private set; }

    /// <summary>The number of the next batch that is encoded. The one writer may read it without the lock.</summary>
    public ulong NextSequence => _retained.End;

    /// <summary>The last batch that the peer has accepted.</summary>
    public ulong Acknowledged => _retained.First - 1;

    public int RetainedCount => _retained.Count;

    public long RetainedBytes => _retained.Bytes;

    public long RetainedUserMessages => _retained.UserMessages;

    /// <summary>Whether the present or last stream brought a new acknowledgement: that, not a handshake, is progress.</summary>
    public bool MadeProgress { get; private set; }

    /// <summary>Whether another batch with user messages may be retained. It may pass the limit of bytes by its own size.</summary>
    public bool HasRoom => _retained.Count < _limits.MaxBatches && _retained.Bytes < _limits.MaxBytes;

    /// <summary>Whether another batch without user messages may be retained: watches and answers must not wait behind a slow actor.</summary>
    public bool HasControlRoom => _retained.Count < _limits.MaxBatches + _limits.ControlReserve;

    /// <summary>What may be sent beyond what was sent.</summary>
    public LinkCredit Available => new(_credit.Messages - _sent.Messages, _credit.Bytes - _sent.Bytes);

    /// <summary>Whether there is something to write on this stream.</summary>
    public bool HasUnwritten => _onStream && _cursor < _retained.End;

    /// <summary>An object to collect the next batch in; give it to <see cref="Retain"/>, or release it.</summary>
    public RetainedBatch Rent() => _pool.Rent();

    /// <summary>What to say in the next handshake.</summary>
    public LinkOffer NextAttempt(LinkLimits limits) => new(Id, ++Attempt, IsEstablished, SystemId, limits);

    /// <summary>Takes a finished batch, which was encoded with the number <see cref="NextSequence"/>.</summary>
    public void Retain(RetainedBatch batch, EncodedBatch frame)
    {
        Debug.Assert(batch.Count == frame.Count, "The deliveries are those of the frame.");
        batch.Seal(NextSequence, frame);
        _retained.Add(batch);
        _sent = new LinkCredit(_sent.Messages + batch.UserMessages, _sent.Bytes + batch.UserBytes);
        Debug.Assert(_sent.Messages <= _credit.Messages && _sent.Bytes <= _credit.Bytes, "The sender never exceeds credit.");
    }

    /// <summary>The next batch to write on this stream: first what has to be sent again. Its memory stays until <see cref="Written"/>.</summary>
    public bool TryNextUnwritten(out RetainedBatch batch)
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
    /// The peer accepted batches and raised credit. Late and repeated ones change nothing; one that the reader finds when the stream has ended
    /// is as good as any.
    /// </summary>
    public LinkAckResult Acknowledge(in LinkAck ack)
    {
        if (ack.Accepted >= _cursor)
        {
            return new LinkAckResult(LinkAckStatus.Violation, 0, false);
        }

        var rose = Raise(ack.Credit);
        if (ack.Accepted < _retained.First)
        {
            return new LinkAckResult(LinkAckStatus.Stale, 0, rose);
        }

        return new LinkAckResult(LinkAckStatus.Fresh, ReleaseBelow(ack.Accepted + 1), rose);
    }

    /// <summary>A handshake was answered: what that means for the link.</summary>
    /// <param name="answer">What the peer says of the link; <see langword="null"/> when it cannot resume.</param>
    /// <param name="systemId">Who answered.</param>
    public LinkBeginning BeginStream(LinkAnswer? answer, string systemId)
    {
        Debug.Assert(!_onStream && _writing is null, "The former stream has ended.");
        if (SystemId is not null && SystemId != systemId)
        {
            return new LinkBeginning(LinkBegin.NewIncarnation);
        }

        MadeProgress = false;
        SystemId = systemId;
        if (answer is null)
        {
            return new LinkBeginning(LinkBegin.NoLink);
        }

        return answer.Status switch
        {
            LinkStatus.Unknown => new LinkBeginning(LinkBegin.Unknown),
            LinkStatus.New when IsEstablished => new LinkBeginning(LinkBegin.Violation),
            _ => Begin(answer),
        };
    }

    /// <summary>The stream is over and nobody writes on it any more.</summary>
    /// <param name="byVerdict">
    /// The peer ended this stream on purpose, with a status or a reset of the stream alone. A connection that broke says nothing about the
    /// batches on it: cuts must never look like a peer that refuses one.
    /// </param>
    public void StreamEnded(bool byVerdict)
    {
        Written();
        _onStream = false;
        _verdictEnd = byVerdict ? _cursor : 0;
    }

    /// <summary>
    /// The link is over, its endpoint is not: the next dial offers a new one to the same peer. Returns what was retained, oldest first, to
    /// be released after it was made dead letters.
    /// </summary>
    public RetainedBatch[] Restart()
    {
        var all = TakeAll();
        Id = LinkId.Create();
        Attempt = 0;
        IsEstablished = false;
        _credit = default;
        _sent = default;
        _cursor = 1;
        _highestWritten = 0;
        _verdictEnd = 0;
        _suspect = 0;
        return all;
    }

    /// <summary>The end: returns what was retained, oldest first. Nothing can be sent any more.</summary>
    public RetainedBatch[] TakeAll()
    {
        StreamEnded(byVerdict: false);
        return _retained.TakeAll();
    }

    private LinkBeginning Begin(LinkAnswer answer)
    {
        var next = answer.NextExpected;
        if (next < _retained.First || next > _highestWritten + 1)
        {
            // It has forgotten what it acknowledged, or knows what we never wrote: it is not the peer of this link.
            return new LinkBeginning(LinkBegin.Violation);
        }

        IsEstablished = true;
        Raise(answer.Credit);
        var acknowledged = ReleaseBelow(next);
        _onStream = true;
        _cursor = next;
        return new LinkBeginning(answer.Status == LinkStatus.New ? LinkBegin.New : LinkBegin.Resumed, acknowledged, JudgeSuspect());
    }

    /// <summary>
    /// The peer ended the stream before this one on purpose and stands before a batch that it had been sent. The second time it is that
    /// batch that it refuses; an empty one takes its place.
    /// </summary>
    private RetainedBatch? JudgeSuspect()
    {
        var refused = _cursor < _verdictEnd;
        _verdictEnd = 0;
        if (!refused || _suspect != _cursor)
        {
            _suspect = refused ? _cursor : _suspect;
            return null;
        }

        var empty = _pool.Rent();
        empty.SealEmpty(_cursor);
        var rejected = _retained.Replace(empty);

        // It was never accepted, so the peer has not counted it either.
        _sent = new LinkCredit(_sent.Messages - rejected.UserMessages, _sent.Bytes - rejected.UserBytes);
        return rejected;
    }

    private bool Raise(LinkCredit credit)
    {
        var former = _credit;
        _credit = _credit.Max(credit);
        return _credit != former;
    }

    private int ReleaseBelow(ulong sequence)
    {
        var users = 0;
        while (_retained.First < sequence)
        {
            var batch = _retained.RemoveFirst();
            users += batch.UserMessages;
            MadeProgress = true;
            if (!batch.IsBeingWritten)
            {
                batch.Release();
            }
        }

        return users;
    }
}
