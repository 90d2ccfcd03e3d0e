namespace Remote;

/// <summary>What <see cref="EndpointWriterMailbox.Take"/> found.</summary>
internal enum TakeState
{
    /// <summary>There is something to write, taken now or held from before.</summary>
    Taken,

    /// <summary>Nothing can be written now: both lanes are empty, or the link lets nothing through. The role is free again.</summary>
    Empty,

    /// <summary>The connection is being taken down: the role has passed to whoever does that.</summary>
    Detached,
}

/// <summary>How many messages a take moved, and what the taker may do next.</summary>
/// <param name="Control">Control messages taken.</param>
/// <param name="User">User messages taken.</param>
/// <param name="State">What to do.</param>
internal readonly record struct TakeResult(int Control, int User, TakeState State)
{
    /// <summary>What the link lets through now: user messages, those held included, and bytes of their envelopes.</summary>
    public LinkCredit Credit { get; init; }

    /// <summary>User messages that were refused instead of taken, and counted: their target is slow. Nearly always <see langword="null"/>.</summary>
    public List<RemoteDelivery>? Refused { get; init; }

    /// <summary>A batch of the link that has to be written on this stream before anything new.</summary>
    public RetainedBatch? Again { get; init; }
}
