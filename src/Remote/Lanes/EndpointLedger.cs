using System.Diagnostics;
using System.Runtime.InteropServices;
namespace Remote;

/// <summary>
/// Counts the fate of every user message that was offered to an endpoint; <see cref="EndpointStatistics"/> says what each counter means.
/// Each term is a counter of its own; they change together with the lanes, under one lock, so that every snapshot adds up:
/// <c>offered = accepted + refused</c> and <c>accepted = acknowledged + written + dead letters + moved + queued + retained</c>.
/// </summary>
/// <remarks>Not thread-safe: its owner's lock guards it. Nothing but <see cref="Retained"/> ever decreases during a life.</remarks>
internal sealed class EndpointLedger
{
    private readonly Dictionary<DeadLetterReason, long> _refused = [];
    private readonly Dictionary<DeadLetterReason, long> _deadLetters = [];
    private long _offered;
    private long _accepted;
    private long _written;
    private long _writtenOnStream;
    private long _unconfirmed;
    private long _moved;
    private long _batches;
    private long _bytesOut;

    public long Acknowledged { get; private set; }

    public long Retained { get; private set; }

    public void Accept(int count = 1)
    {
        _offered += count;
        _accepted += count;
    }

    public void Refuse(DeadLetterReason reason, int count = 1)
    {
        _offered += count;
        Add(_refused, reason, count);
    }

    public void DeadLetter(DeadLetterReason reason, int count = 1) => Add(_deadLetters, reason, count);

    public void Move(int count) => _moved += count;

    public void Write(in WriterOutcome outcome)
    {
        _written += outcome.Written;
        _writtenOnStream += outcome.Written;
        _batches += outcome.Batches;
        _bytesOut += outcome.Bytes;
        outcome.GivenUp?.ForEach(reason => DeadLetter(reason));
    }

    /// <summary>Messages were put into a batch that is kept until it is acknowledged.</summary>
    public void Retain(int count) => Retained += count;

    public void Acknowledge(int count)
    {
        Retained -= count;
        Acknowledged += count;
        Debug.Assert(Retained >= 0, "Only what was retained can be acknowledged.");
    }

    /// <summary>Retained messages become dead letters.</summary>
    public void GiveUp(DeadLetterReason reason, int count)
    {
        Retained -= count;
        DeadLetter(reason, count);
        Debug.Assert(Retained >= 0, "Only what was retained can be given up.");
    }

    /// <summary>A stream begins: messages written before are settled.</summary>
    public void BeginStream() => _writtenOnStream = 0;

    /// <summary>The stream broke: messages written on it may or may not have arrived. They still count as written.</summary>
    public long BreakStream()
    {
        var count = _writtenOnStream;
        _writtenOnStream = 0;
        _unconfirmed += count;
        Debug.Assert(_unconfirmed <= _written, "Only what was written can be unconfirmed.");
        return count;
    }

    public void Add(EndpointLedger other)
    {
        _offered += other._offered;
        _accepted += other._accepted;
        _written += other._written;
        _unconfirmed += other._unconfirmed;
        Acknowledged += other.Acknowledged;
        Retained += other.Retained;
        _moved += other._moved;
        _batches += other._batches;
        _bytesOut += other._bytesOut;
        Add(_refused, other._refused);
        Add(_deadLetters, other._deadLetters);
    }

    /// <summary>Fills the counters in.</summary>
    public EndpointStatistics Complete(EndpointStatistics lanes) => lanes with
    {
        Offered = _offered,
        Accepted = _accepted,
        Written = _written,
        Acknowledged = Acknowledged,
        Retained = Retained,
        Unconfirmed = _unconfirmed,
        Moved = _moved,
        Refused = Named(_refused),
        DeadLetters = Named(_deadLetters),
        Batches = _batches,
        BytesOut = _bytesOut,
    };

    /// <summary>Counters as the statistics show them.</summary>
    public static Dictionary<string, long> Named(Dictionary<DeadLetterReason, long> counters) =>
        counters.ToDictionary(entry => entry.Key.Name, entry => entry.Value, StringComparer.Ordinal);

    public static void Add(Dictionary<DeadLetterReason, long> counters, IReadOnlyDictionary<DeadLetterReason, long> others)
    {
        foreach (var (reason, count) in others)
        {
            Add(counters, reason, count);
        }
    }

    private static void Add(Dictionary<DeadLetterReason, long> counters, DeadLetterReason reason, long count)
    {
        if (count > 0)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counters, reason, out _) += count;
        }
    }
}
