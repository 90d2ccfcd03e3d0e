namespace Remote;

/// <summary>What <see cref="EndpointWriterMailbox.Take"/> found.</summary>
internal enum TakeState
{
    /// <summary>There is something to write, taken now or held from before.</summary>
    Taken,

    /// <summary>Nothing can be written now: both lanes are empty, or the link lets nothing through. The role is free again.</summary>
    Empty,

    /// <summary>The connection is being taken down: the role has passed to its owner.</summary>
    Detached,
}
