using System.Runtime.InteropServices;

namespace Remote.Testing;

/// <summary>
/// The messages of one sender to one target, in a <see cref="MessageLedger"/>. Thread safe; order is judged only where the sender itself
/// sends in the order in which it took the stamps.
/// </summary>
public sealed class MessageFlow
{
    private const int NumberBits = 40;
    private const long NumberMask = (1L << NumberBits) - 1;

    private readonly int _id;
    private readonly MessageBits _delivered = new();
    private readonly MessageBits _dead = new();
    private readonly MessageBits _uncertain = new();
    private readonly MessageBits _withdrawn = new();
    private readonly MessageBits _settled = new();
    private readonly Dictionary<string, long> _reasons = new(StringComparer.Ordinal);
    private long _sent;
    private long _highest = -1;
    private long _duplicated;
    private long _reordered;
    private long _deadTwice;

    internal MessageFlow(int id, string sender, string target)
    {
        _id = id;
        Sender = sender;
        Target = target;
    }

    /// <summary>The name of the sender.</summary>
    public string Sender { get; }

    /// <summary>The name of the target.</summary>
    public string Target { get; }

    /// <summary>How many stamps were taken.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Counts a message as sent and gives the stamp that it must carry: the flow and the message's number in one.</summary>
    public long Next()
    {
        var number = Interlocked.Increment(ref _sent) - 1;
        return number <= NumberMask
            ? ((long)_id << NumberBits) | number
            : throw new InvalidOperationException("A flow ends after 2^40 messages.");
    }

    internal static int FlowOf(long stamp) => (int)(stamp >> NumberBits);

    /// <summary><see langword="false"/> when the stamp was never given out.</summary>
    internal bool Knows(long stamp) => (stamp & NumberMask) < Sent;

    /// <summary><see langword="true"/> when the message is settled by this.</summary>
    internal bool Deliver(long stamp)
    {
        var number = stamp & NumberMask;
        if (!_delivered.Add(number))
        {
            Interlocked.Increment(ref _duplicated);
            return false;
        }

        if (!Raise(number))
        {
            Interlocked.Increment(ref _reordered);
        }

        return _settled.Add(number);
    }

    /// <summary><see langword="true"/> when the message is settled by this.</summary>
    internal bool Bury(long stamp, string reason, bool isUncertain)
    {
        var number = stamp & NumberMask;
        if (!_dead.Add(number))
        {
            Interlocked.Increment(ref _deadTwice);
            return false;
        }

        if (isUncertain)
        {
            _uncertain.Add(number);
        }

        lock (_reasons)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_reasons, reason, out _)++;
        }

        return _settled.Add(number);
    }

    /// <summary><see langword="true"/> when the message is settled by this.</summary>
    internal bool Withdraw(long stamp) => _withdrawn.Add(stamp & NumberMask) && _settled.Add(stamp & NumberMask);

    internal bool IsDelivered(long stamp) => _delivered.Contains(stamp & NumberMask);

    internal bool IsSettled(long stamp) => _settled.Contains(stamp & NumberMask);

    internal FlowVerdict Judge()
    {
        var sent = Sent;
        long contradicted = 0;
        long doubtful = 0;
        var lost = new List<long>();
        for (long number = 0; number < sent; number++)
        {
            var delivered = _delivered.Contains(number);
            var dead = _dead.Contains(number);
            var withdrawn = _withdrawn.Contains(number);
            var uncertain = delivered && dead && _uncertain.Contains(number);
            doubtful += uncertain ? 1 : 0;
            contradicted += (delivered && dead && !uncertain) || (withdrawn && (delivered || dead)) ? 1 : 0;
            if (!delivered && !dead && !withdrawn)
            {
                lost.Add(number);
            }
        }

        lock (_reasons)
        {
            return new FlowVerdict(Sender, Target, sent, _delivered.Count, lost.ToArray(), new Dictionary<string, long>(_reasons, StringComparer.Ordinal))
            {
                Withdrawn = _withdrawn.Count,
                Duplicated = Interlocked.Read(ref _duplicated),
                Reordered = Interlocked.Read(ref _reordered),
                DeadTwice = Interlocked.Read(ref _deadTwice),
                Contradicted = contradicted,
                Doubtful = doubtful,
            };
        }
    }

    /// <summary>Notes the highest number; <see langword="false"/> when a higher one was there before.</summary>
    private bool Raise(long number)
    {
        var highest = Interlocked.Read(ref _highest);
        while (number > highest)
        {
            var seen = Interlocked.CompareExchange(ref _highest, number, highest);
            if (seen == highest)
            {
                return true;
            }

            highest = seen;
        }

        return false;
    }
}
