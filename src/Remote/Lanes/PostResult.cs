namespace Remote;

/// <summary>What became of a delivery that was offered to an <see cref="EndpointWriterMailbox"/>.</summary>
internal enum PostResult
{
    /// <summary>In the lane; whoever drains it is at work.</summary>
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
