namespace Remote;

/// <summary>
/// How a silent connection is told from a dead one. Heartbeats go only between nodes that both know them; towards other peers a dead
/// connection shows when TCP says so. Not thread-safe.
/// </summary>
public sealed class HeartbeatOptions
{
    /// <summary>A side that sent nothing for so long sends a heartbeat. More than zero. Default 5 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A connection on which nothing arrived for so long is dead. At least twice <see cref="Interval"/>, so that one late heartbeat kills
    /// nothing. Default 15 s.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);
}
