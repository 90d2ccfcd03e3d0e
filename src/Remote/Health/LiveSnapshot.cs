namespace Remote;

/// <summary>How the loops of a node turn, at one moment.</summary>
/// <param name="Pool">How long work waits for a thread of the pool, on which all loops turn.</param>
/// <param name="Timers">How long ago a timer of this node last ran; zero while it has none.</param>
/// <param name="Limit">Who is later than this is dead to its peers.</param>
internal readonly record struct LiveSnapshot(TimeSpan Pool, TimeSpan Timers, TimeSpan Limit)
{
    /// <summary>Whether a listener that nobody told to stop has stopped. It does not come back.</summary>
    public bool HasLostListener { get; init; }
}
