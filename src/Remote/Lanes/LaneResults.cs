namespace Remote;

/// <summary>The answer to a delivery that is offered to an <see cref="EndpointWriterMailbox"/>.</summary>
internal enum PostResult
{
    /// <summary>In the lane; its writer is at work.</summary>
    Accepted,

    /// <summary>In the lane, and the caller now holds the writer role: it must drain or hand the role on.</summary>
    AcceptedTakeRole,

    /// <summary>The lane is full.</summary>
    Full,

    /// <summary>The endpoint is closed.</summary>
    Closed,

    /// <summary>The endpoint was merged into another one: offer the delivery there.</summary>
    Moved,
}

/// <summary>The answer of <see cref="EndpointWriterMailbox.Take"/>.</summary>
internal enum TakeState
{
    /// <summary>There is something to write, taken now or held from before.</summary>
    Taken,

    /// <summary>Nothing can be written now: both lanes are empty, or the link lets nothing through. The role is free again.</summary>
    Empty,

    /// <summary>The connection is being taken down: the role has passed to its owner.</summary>
    Detached,
}

/// <summary>The work of a writer since it took messages last. Messages are user messages; control is not in the ledger.</summary>
internal struct WriterOutcome
{
    public int Written;
    public int Retained;
    public int Batches;
    public long Bytes;

    /// <summary>Of those in the other figures: messages of the priority lane.</summary>
    public int Priority;

    /// <summary>The targets of priority messages that were in the user lane. Nearly always <see langword="null"/>.</summary>
    public List<string>? PriorityElsewhere;

    /// <summary>The reason of each message that became a dead letter. Nearly always <see langword="null"/>.</summary>
    public List<DeadLetterReason>? GivenUp;

    /// <summary>Messages that no longer wait.</summary>
    public readonly int Settled => Written + Retained + (GivenUp?.Count ?? 0);
}

/// <summary>The content of the lanes of an endpoint when they were emptied, oldest first, and the callers that waited for room.</summary>
internal readonly record struct LaneRemainder(
    RemoteDelivery[] Control, RemoteDelivery[] Priority, RemoteDelivery[] User, LaneWaiter[] Waiters)
{
    public static LaneRemainder None => new([], [], [], []);

    /// <summary>Messages that the ledger counts as accepted.</summary>
    public int Accepted => Priority.Length + User.Length;
}

/// <summary>One change of the level, with the length that made it.</summary>
internal readonly record struct LevelChange(BackpressureLevel Previous, BackpressureLevel Level, int Length);
