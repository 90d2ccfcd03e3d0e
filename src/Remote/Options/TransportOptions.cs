namespace Remote;

/// <summary>What HTTP/2 does below the streams of a node.</summary>
/// <remarks>Read once when the node starts. Not thread-safe.</remarks>
public sealed class TransportOptions
{
    /// <summary>How many bytes of one stream may arrive ahead of its reader, 65,535 bytes to 16 MiB. Default 4 MiB.</summary>
    public int InitialStreamWindowBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// How many bytes of all streams of a connection may arrive ahead of their readers, on a listener of the node's own, 65,535 bytes to
    /// 1 GiB. Default 16 MiB.
    /// </summary>
    public int InitialConnectionWindowBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// An HTTP/2 ping is sent after this much silence, at least 1 s. Default <see cref="Timeout.InfiniteTimeSpan"/>: never, for streams have
    /// heartbeats of their own (<see cref="RemoteOptions.Heartbeat"/>); towards peers without them it finds connections that are dead.
    /// </summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>The connection counts as dead when a ping stays unanswered for this long, at least 1 s. Default 20 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How many connections may be open on a listener of the node's own; further ones are closed at once. Default: no limit.</summary>
    public long? MaxConnections { get; set; }
}
