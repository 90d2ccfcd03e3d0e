using System.Diagnostics;
using Remote.Actors;

namespace Remote;

/// <summary>
/// Counts the fate of every user message that was offered to an endpoint. Each term is a counter of its own; they change together with the
/// lanes, under one lock, so that every snapshot adds up:
/// <c>offered = accepted + refused</c> and <c>accepted = acknowledged + written + dead letters + moved + queued + retained</c>.
/// </summary>
/// <remarks>Not thread-safe: its owner's lock guards it. Nothing but <see cref="Retained"/> ever decreases during a life.</remarks>
internal sealed class EndpointLedger
{
    private readonly Dictionary<DeadLetterReason, long> _refused = [];
    private readonly Dictionary<DeadLetterReason, long> _deadLetters = [];
    private long _writtenOnStream;

    public long Offered { get; private set; }

    public long Accepted { get; private set; }

    /// <summary>Handed to the transport. Messages that were under way when a stream broke count here too: they may have arrived.</summary>
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
        _writtenOnStream += outcome.Written;
        Batches += outcome.Batches;
        BytesOut += outcome.Bytes;
        Add(_deadLetters, RemoteDeadLetterReasons.NotSerializable, outcome.NotSerializable);
        Add(_deadLetters, RemoteDeadLetterReasons.InternalError, outcome.Faulted);
        Add(_deadLetters, RemoteDeadLetterReasons.TooLarge, outcome.TooLarge);
        Add(_deadLetters, DeadLetterReason.Expired, outcome.Expired);
    }

    /// <summary>Messages were put into a batch that is kept until it is acknowledged.</summary>
    public void Retain(int count) => Retained += count;

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

    /// <summary>A stream begins: messages written before are settled.</summary>
    public void BeginStream() => _writtenOnStream = 0;

    /// <summary>The stream broke: messages written on it may or may not have arrived.</summary>
    public long BreakStream()
    {
        var count = _writtenOnStream;
        _writtenOnStream = 0;
        Unconfirmed += count;
        Debug.Assert(Unconfirmed <= Written, "Only what was written can be unconfirmed.");
        return count;
    }

    /// <summary>Adds the counters of another ledger.</summary>
    public void Add(EndpointLedger other)
    {
        Offered += other.Offered;
        Accepted += other.Accepted;
        Written += other.Written;
        Unconfirmed += other.Unconfirmed;
        Acknowledged += other.Acknowledged;
        Retained += other.Retained;
        Moved += other.Moved;
        Batches += other.Batches;
        BytesOut += other.BytesOut;
        foreach (var (reason, count) in other._refused)
        {
            Add(_refused, reason, count);
        }

        foreach (var (reason, count) in other._deadLetters)
        {
            Add(_deadLetters, reason, count);
        }
    }

    /// <summary>Fills the counters in.</summary>
    public EndpointStatistics Complete(EndpointStatistics lanes) => lanes with
    {
        Offered = Offered,
        Accepted = Accepted,
        Written = Written,
        Acknowledged = Acknowledged,
        Retained = Retained,
        Unconfirmed = Unconfirmed,
        Moved = Moved,
        Refused = Named(_refused),
        DeadLetters = Named(_deadLetters),
        Batches = Batches,
        BytesOut = BytesOut,
    };

    private static Dictionary<string, long> Named(Dictionary<DeadLetterReason, long> counters) =>
        counters.ToDictionary(entry => entry.Key.Name, entry => entry.Value, StringComparer.Ordinal);

    private static void Add(Dictionary<DeadLetterReason, long> counters, DeadLetterReason reason, long count)
    {
        if (count > 0)
        {
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counters, reason, out _) += count;
        }
    }
}
