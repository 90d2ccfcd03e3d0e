namespace Remote;

/// <summary>
/// The messages that the holder of the writer role has taken out of the lanes and not put into a batch yet, with the credit for them.
/// Filled by the mailbox, emptied by <see cref="BatchFiller"/>; guarded by the role.
/// </summary>
/// <param name="batchSize">User messages that are taken at a time.</param>
internal sealed class WriterHold(int batchSize)
{
    // Control messages are small and rare; the rest of a burst goes into the next batches, before any user message.
    private const int ControlPerTake = 256;

    // As with control, and there are fewer.
    private const int PriorityPerTake = 64;

    public TakenMessages Control { get; } = new(ControlPerTake);

    /// <summary>
    /// Whether more control messages stand in their lane. User messages wait for them, whatever room there is beside those that are held: a Watch that was posted first
    /// must not come after the request behind it.
    /// </summary>
    public bool IsControlLeft { get; set; }

    public TakenMessages Priority { get; } = new(PriorityPerTake);

    public TakenMessages User { get; } = new(batchSize);

    /// <summary>User messages that were refused instead of taken, and counted, because their target is slow. Nearly always empty.</summary>
    public List<RemoteDelivery> Refused { get; set; } = [];

    public bool IsEmpty => Control.IsEmpty && User.IsEmpty && Priority.IsEmpty;

    /// <summary>The number of the next batch on its link; 0 on a stream that carries none.</summary>
    public ulong Sequence { get; set; }

    /// <summary>The credit there is now, for the messages held included.</summary>
    public LinkCredit Credit { get; set; }

    /// <summary>The credit for priority messages alone, for those held included.</summary>
    public LinkCredit PriorityCredit { get; set; }

    /// <summary>Whether priority messages may go by <see cref="Credit"/>, and then before user messages.</summary>
    public bool MayPriorityUseCredit { get; set; }

    /// <summary>Whether there may be priority messages among the user messages, which are to be reported when they wait no more.</summary>
    public bool IsPriorityElsewhere { get; set; }

    /// <summary>Whether the one message held came with the role, without a visit to the lanes.</summary>
    public bool IsHanded { get; set; }

    /// <summary>A batch of the link that has to be written on this stream before anything new.</summary>
    public Batch? Again { get; set; }
}

/// <summary>Messages that were taken out of one lane, oldest first.</summary>
internal sealed class TakenMessages(int capacity)
{
    private readonly RemoteDelivery[] _items = new RemoteDelivery[capacity];
    private int _next;
    private int _end;

    public bool IsEmpty => _next == _end;

    /// <summary>The credit in bytes without which the next one cannot go; 0 when that is not known.</summary>
    public int CreditNeeded { get; set; }

    public Span<RemoteDelivery> Items => _items.AsSpan(_next, _end - _next);

    /// <summary>The place for more messages, behind those that are held.</summary>
    public Span<RemoteDelivery> Room => IsEmpty ? _items : _items.AsSpan(_end);

    /// <summary>So many messages were written to <see cref="Room"/>.</summary>
    public void Added(int count) => (_next, _end) = IsEmpty ? (0, count) : (_next, _end + count);

    /// <summary>So many of the first messages are done with. They are not kept alive.</summary>
    public void Drop(int count)
    {
        Items[..count].Clear();
        _next += count;
    }
}
