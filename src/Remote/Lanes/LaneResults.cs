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

/// <summary>The content of the lanes of an endpoint when they were emptied.</summary>
/// <param name="Control">Control messages, oldest first.</param>
/// <param name="User">User messages, oldest first.</param>
/// <param name="Waiters">Callers that waited for room.</param>
internal readonly record struct LaneRemainder(RemoteDelivery[] Control, RemoteDelivery[] User, LaneWaiter[] Waiters)
{
    public static LaneRemainder None => new([], [], []);
}

/// <summary>One change of the level, with the length that made it.</summary>
internal readonly record struct LevelChange(BackpressureLevel Previous, BackpressureLevel Level, int Length);
