using System.Diagnostics;
using Remote.Actors;

namespace Remote;

/// <summary>
/// What became of every user message that was offered to one address, over all lives of its endpoint. Each term is a counter of its own; they
/// change together with the lanes, under one lock, so that every snapshot adds up:
/// <c>offered = accepted + refused</c> and <c>accepted = acknowledged + written + dead letters + moved + queued + retained</c>.
/// </summary>
/// <remarks>Everything but <see cref="Gate"/> is guarded by it. Nothing but <see cref="Retained"/> ever decreases.</remarks>
internal sealed class EndpointLedger
{
    private readonly Dictionary<DeadLetterReason, long> _refused = [];
    private readonly Dictionary<DeadLetterReason, long> _deadLetters = [];
    private long _writtenOnStream;

    /// <summary>The one lock of the endpoint: of its lanes and of these counters.</summary>
    public Lock Gate { get; } = new();

    public long Offered { get; private set; }

    public long Accepted { get; private set; }

    /// <summary>Handed to the transport. What was under way when a stream broke counts here too: it may have arrived.</summary>
    public long Written { get; private set; }

    /// <summary>Of <see cref="Written"/>: on streams that broke before the peer said anything about it.</summary>
    public long Unconfirmed { get; private set; }

    /// <summary>Accepted by a peer that acknowledges.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Sent to a peer that acknowledges, and not acknowledged yet. No counter: it goes up and down.</summary>
    public long Retained { get; private set; }

    /// <summary>Given to the endpoint that leads to the same peer by another address.</summary>
    public long Moved { get; private set; }

    public long Batches { get; private set; }

    public long BytesOut { get; private set; }

    public IReadOnlyDictionary<DeadLetterReason, long> Refusals => _refused;

    public IReadOnlyDictionary<DeadLetterReason, long> DeadLetters => _deadLetters;

    public void Accept(int count = 1)
    {
        Offered += count;
        Accepted += count;
    }

    public void Refuse(DeadLetterReason reason, int count = 1)
    {
        Offered += count;
        Add(_refused, reason, count);
    }

    public void DeadLetter(DeadLetterReason reason, int count = 1) => Add(_deadLetters, reason, count);

    public void Move(int count) => Moved += count;

    public void Write(in WriterOutcome outcome)
    {
        Written += outcome.Written;
        Retained += outcome.Retained;
        _writtenOnStream += outcome.Written;
        Batches += outcome.Batches;
        BytesOut += outcome.Bytes;
        Add(_deadLetters, RemoteDeadLetterReasons.NotSerializable, outcome.NotSerializable);
        Add(_deadLetters, RemoteDeadLetterReasons.InternalError, outcome.Faulted);
        Add(_deadLetters, RemoteDeadLetterReasons.TooLarge, outcome.TooLarge);
        Add(_deadLetters, DeadLetterReason.Expired, outcome.Expired);
    }

    /// <summary>Retained messages were accepted.</summary>
    public void Acknowledge(int count)
    {
        Retained -= count;
        Acknowledged += count;
        Debug.Assert(Retained >= 0, "Only what was retained can be acknowledged.");
    }

    /// <summary>Retained messages are given up.</summary>
    public void GiveUp(DeadLetterReason reason, int count)
    {
        Retained -= count;
        DeadLetter(reason, count);
        Debug.Assert(Retained >= 0, "Only what was retained can be given up.");
    }

    /// <summary>A stream begins: what was written before is settled.</summary>
    public void BeginStream() => _writtenOnStream = 0;

    /// <summary>The stream broke: what was written on it may or may not have arrived.</summary>
    public long BreakStream()
    {
        var count = _writtenOnStream;
        _writtenOnStream = 0;
        Unconfirmed += count;
        Debug.Assert(Unconfirmed <= Written, "Only what was written can be unconfirmed.");
        return count;
    }

    private static void Add(Dictionary<DeadLetterReason, long> counters, DeadLetterReason reason, long count)
    {
        if (count > 0)
        {
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counters, reason, out _) += count;
        }
    }
}
