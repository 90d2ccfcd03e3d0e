using System.Diagnostics;

namespace Remote;

/// <summary>The judgement on a numbered batch.</summary>
internal enum LinkJudgement
{
    /// <summary>Deliver all of it before anything else of the link, then <see cref="LinkReceiver.Delivered"/>.</summary>
    Accept,

    /// <summary>It was accepted before: drop it and acknowledge again.</summary>
    Duplicate,

    /// <summary>A batch is missing, or this one has no number: a protocol error, the stream ends.</summary>
    Gap,
}

/// <summary>
/// The receiving side of a link: the batch that is accepted next. Called by the read loop of the one stream that owns the link; other
/// threads may read the numbers.
/// </summary>
internal sealed class LinkReceiver
{
    // Batches after which an acknowledgement is due at any time: half of them may be under way and half retained.
    private const int BatchesPerAck = 64;

    private ulong _nextExpected = 1;
    private ulong _delivered;
    private ulong _acknowledged;
    private int _askedAgain;

    /// <summary>The number of the batch that is accepted next.</summary>
    public ulong NextExpected => Volatile.Read(ref _nextExpected);

    /// <summary>The last batch that was handed to its mailboxes.</summary>
    public ulong Accepted => Volatile.Read(ref _delivered);

    /// <summary>Whether an acknowledgement would tell the peer anything.</summary>
    public bool HasUnacknowledged => Accepted != Volatile.Read(ref _acknowledged) || Volatile.Read(ref _askedAgain) != 0;

    /// <summary>Whether an acknowledgement should go out without waiting for the timer.</summary>
    public bool IsAckDue => Accepted - Volatile.Read(ref _acknowledged) >= BatchesPerAck || Volatile.Read(ref _askedAgain) != 0;

    /// <summary>Looks at the number of a batch; accepting advances.</summary>
    public LinkJudgement Judge(ulong sequence)
    {
        var next = _nextExpected;
        if (sequence == next)
        {
            Volatile.Write(ref _nextExpected, next + 1);
            return LinkJudgement.Accept;
        }

        if (sequence == 0 || sequence > next)
        {
            return LinkJudgement.Gap;
        }

        Volatile.Write(ref _askedAgain, 1);
        return LinkJudgement.Duplicate;
    }

    /// <summary>All of the accepted batch is in its mailboxes: it may be acknowledged.</summary>
    public void Delivered() => Volatile.Write(ref _delivered, _nextExpected - 1);

    /// <summary>The number for the acknowledgement that is written now. One writer at a time.</summary>
    public ulong TakeAck()
    {
        // The flag is reset first: a duplicate that comes while this is written asks for another acknowledgement.
        Volatile.Write(ref _askedAgain, 0);
        var accepted = Accepted;
        Volatile.Write(ref _acknowledged, accepted);
        return accepted;
    }

    /// <summary>Whether a leave names the end: nothing is missing and nothing comes after it.</summary>
    public bool IsFinal(ulong finalSequence) => finalSequence == NextExpected - 1;

    /// <summary>A new stream owns the link; its handshake has acknowledged in place of the former one.</summary>
    public void BeginStream()
    {
        Debug.Assert(_delivered == _nextExpected - 1, "A reader ends between batches.");
        Delivered();
        TakeAck();
    }
}
