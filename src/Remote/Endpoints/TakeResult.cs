namespace Remote;

/// <summary>What <see cref="EndpointWriterMailbox.Take"/> found.</summary>
internal enum TakeState
{
    /// <summary>There is something to write, taken now or held from before.</summary>
    Taken,

    /// <summary>Both lanes are empty; the role is free again.</summary>
    Empty,

    /// <summary>The connection is being taken down: the role has passed to whoever does that.</summary>
    Detached,
}

/// <summary>How many messages a take moved, and what the taker may do next.</summary>
internal readonly record struct TakeResult(int Control, int User, TakeState State);
