using System.Globalization;
using Proto;

namespace Remote.Testing;

/// <summary>
/// Keeps account of numbered messages, apart from anything the product says of itself: each is to be delivered once, in order, or to become
/// one dead letter. Cheap enough for millions of messages: a few bits for each.
/// </summary>
/// <remarks>
/// <para>A sender opens a flow per target, and puts the stamp that <see cref="MessageFlow.Next"/> gives into each message, however it
/// likes: it is one 64-bit number. The target tells <see cref="Deliver"/> the stamp; <see cref="Watch"/> does the same for dead
/// letters.</para>
/// <para>Thread safe.</para>
/// </remarks>
public sealed class MessageLedger
{
    private readonly Lock _gate = new();
    private readonly ConditionWaiters _waiters;
    private readonly HashSet<string> _uncertain;
    private MessageFlow[] _flows = [];
    private long _settled;
    private long _foreign;
    private int _waiting;

    /// <summary>Makes an empty ledger.</summary>
    /// <param name="uncertain">
    /// Names of reasons that leave open whether a message was delivered: such a dead letter may also arrive. <c>DeliveryUnknown</c> is
    /// always one.
    /// </param>
    public MessageLedger(params IEnumerable<string> uncertain)
    {
        ArgumentNullException.ThrowIfNull(uncertain);
        _waiters = new ConditionWaiters(_gate);
        _uncertain = new HashSet<string>(uncertain, StringComparer.Ordinal) { "DeliveryUnknown" };
    }

    /// <summary>Messages that were delivered, became dead letters or were withdrawn, each counted once.</summary>
    public long Settled => Interlocked.Read(ref _settled);

    /// <summary>Messages that were sent and are neither delivered, nor dead, nor withdrawn: under way, waiting, or lost.</summary>
    public long Outstanding => Volatile.Read(ref _flows).Sum(static flow => flow.Sent) - Settled;

    /// <summary>Begins to count the messages of one sender to one target.</summary>
    /// <param name="sender">For the report.</param>
    /// <param name="target">For the report.</param>
    public MessageFlow Open(string sender, string target)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(target);
        lock (_gate)
        {
            // From 1: a message without a stamp, which reads as 0, belongs to no flow.
            var flow = new MessageFlow(_flows.Length + 1, sender, target);
            Volatile.Write(ref _flows, [.. _flows, flow]);
            return flow;
        }
    }

    /// <summary>A message arrived.</summary>
    /// <param name="stamp">The stamp that it carried.</param>
    public void Deliver(long stamp)
    {
        if (Find(stamp) is { } flow && flow.Deliver(stamp))
        {
            Settle();
        }
    }

    /// <summary>A message became a dead letter. <see cref="Watch"/> calls this for all of an event stream.</summary>
    /// <param name="stamp">The stamp that it carried.</param>
    /// <param name="reason">The reason.</param>
    public void Bury(long stamp, DeadLetterReason reason)
    {
        if (Find(stamp) is { } flow && flow.Bury(stamp, reason.Name, _uncertain.Contains(reason.Name)))
        {
            Settle();
        }
    }

    /// <summary>A message was not sent after all: its sender was told so, for instance by the cancellation of a <c>SendAsync</c>.</summary>
    /// <param name="stamp">The stamp that it would have carried.</param>
    public void Withdraw(long stamp)
    {
        if (Find(stamp) is { } flow && flow.Withdraw(stamp))
        {
            Settle();
        }
    }

    /// <summary>Counts the dead letters of a system.</summary>
    /// <param name="events">The event stream of the system that sends.</param>
    /// <param name="stampOf">The stamp of a message; <see langword="null"/> for one that is none of the ledger's.</param>
    /// <returns>Ends the counting when it is disposed.</returns>
    public IDisposable Watch(EventStream events, Func<object, long?> stampOf)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(stampOf);
        return new Watching(events.Subscribe<DeadLetterEvent>(letter =>
        {
            if (stampOf(letter.Message) is { } stamp)
            {
                // Proto.Actor's own dead letters have no reason: theirs is always that there is no such actor, or no longer.
                Bury(stamp, letter is RemoteDeadLetterEvent { Reason: var reason } ? reason : DeadLetterReason.NoSuchProcess);
            }
        }));
    }

    /// <summary>Whether a message has arrived.</summary>
    /// <param name="stamp">The message.</param>
    public bool IsDelivered(long stamp) => Find(stamp)?.IsDelivered(stamp) ?? false;

    /// <summary>Whether a message is delivered, a dead letter or withdrawn.</summary>
    /// <param name="stamp">The message.</param>
    public bool IsSettled(long stamp) => Find(stamp)?.IsSettled(stamp) ?? false;

    /// <summary>Waits until a message is delivered or a dead letter.</summary>
    /// <param name="stamp">The message.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It is neither; the message says what became of the others.</exception>
    public Task WaitForAsync(long stamp, TimeSpan? ceiling = null)
    {
        var flow = Find(stamp) ?? throw new ArgumentException("This ledger gave out no such stamp.", nameof(stamp));
        return WaitAsync(() => flow.IsSettled(stamp), $"a message from {flow.Sender} to {flow.Target}", ceiling);
    }

    /// <summary>Waits until so many messages are delivered or dead letters.</summary>
    /// <param name="count">How many, each counted once; at least 0.</param>
    /// <param name="ceiling">How long to wait in real time; 30 s if left out.</param>
    /// <exception cref="TimeoutException">It did not come to that; the message says what became of all.</exception>
    public Task WaitForSettledAsync(long count, TimeSpan? ceiling = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return WaitAsync(() => Settled >= count, string.Create(CultureInfo.InvariantCulture, $"{count} messages to be delivered or dead"), ceiling);
    }

    /// <summary>Says what became of every message. Messages under way count as lost: ask when there are none.</summary>
    public LedgerVerdict Judge() => new([.. Volatile.Read(ref _flows).Select(static flow => flow.Judge())], Interlocked.Read(ref _foreign));

    private MessageFlow? Find(long stamp)
    {
        var flows = Volatile.Read(ref _flows);
        var index = MessageFlow.FlowOf(stamp) - 1;
        if (index >= 0 && index < flows.Length && flows[index].Knows(stamp))
        {
            return flows[index];
        }

        Interlocked.Increment(ref _foreign);
        return null;
    }

    private void Settle()
    {
        // This counts before it looks for a waiter, and a waiter registers before it looks at the count: one of the two sees the other.
        Interlocked.Increment(ref _settled);
        if (Volatile.Read(ref _waiting) > 0)
        {
            lock (_gate)
            {
                _waiters.Signal();
            }
        }
    }

    private async Task WaitAsync(Func<bool> condition, string expected, TimeSpan? ceiling)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _waiters.WaitAsync(condition, expected, () => Judge().ToString(), ceiling).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private sealed class Watching(EventStreamSubscription<object> subscription) : IDisposable
    {
        public void Dispose() => subscription.Unsubscribe();
    }
}
