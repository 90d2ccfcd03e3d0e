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

    /// <summary>
    /// How many connections may be open on a listener of the node's own, 1 or more; further ones are closed at once, and counted in
    /// <see cref="LimitStatistics.Refused"/>. Default 20,000: each of <see cref="RemoteOptions.MaxEndpoints"/> peers twice, since one that
    /// comes back may still have its former one. <see langword="null"/>: no limit.
    /// </summary>
    public long? MaxConnections { get; set; } = 20_000;

    /// <summary>
    /// How many of them may come from one IP address (of IPv6: from one network of 64 bits), 1 or more; further ones are closed at once.
    /// Default 2,000. Raise it where all peers come through one proxy or sidecar. <see langword="null"/>: no limit.
    /// </summary>
    public int? MaxConnectionsPerAddress { get; set; } = 2_000;

    /// <summary>
    /// How many calls may be open on one connection at a time, on a listener of the node's own, 1 to 10,000. Default 100, which HTTP/2
    /// recommends as the least; a node opens one. Further ones are refused (REFUSED_STREAM).
    /// </summary>
    public int MaxStreamsPerConnection { get; set; } = 100;

    /// <summary>
    /// How many calls one connection may open within a second, on a listener of the node's own, 1 to 1,000,000. Default 100. Further ones
    /// are refused with RESOURCE_EXHAUSTED, and a connection that goes on regardless, ten times as many, is closed.
    /// </summary>
    public int MaxOpensPerSecond { get; set; } = 100;

    /// <summary>
    /// How many bytes the headers of one call may have, on a listener of the node's own, 1 KiB to 1 MiB. Default 32 KiB, as in any other
    /// web server of ASP.NET Core. A call with more fails; the connection is closed when it goes on.
    /// </summary>
    public int MaxRequestHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>How many headers one call may have, on a listener of the node's own, 10 to 10,000. Default 100.</summary>
    public int MaxRequestHeaders { get; set; } = 100;
}
