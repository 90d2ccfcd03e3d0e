namespace Remote;

/// <summary>
/// What is remembered of one address over all lives of its endpoint, and for a while after the last one. Thread-safe.
/// </summary>
internal sealed class EndpointRecord(string address)
{
    private long _bytesIn;
    private long _received;
    private long _lastSeenTicks;
    private long _connectedSinceTicks;
    private int _reconnects;
    private int _blockedByPeer;
    private volatile string? _lastError;
    private volatile string? _systemId;

    public string Address { get; } = address;

    public EndpointLedger Ledger { get; } = new();

    /// <summary>When the last life ended, by the clock's timestamp; 0 while one is.</summary>
    public long ClosedAt { get; set; }

    public void Seen(int messages, long bytes, DateTimeOffset now)
    {
        Interlocked.Add(ref _received, messages);
        Interlocked.Add(ref _bytesIn, bytes);
        Interlocked.Exchange(ref _lastSeenTicks, now.UtcTicks);
    }

    public void Connected(string systemId, bool again, DateTimeOffset now)
    {
        _systemId = systemId;
        Interlocked.Exchange(ref _connectedSinceTicks, now.UtcTicks);
        Interlocked.Exchange(ref _lastSeenTicks, now.UtcTicks);
        if (again)
        {
            Interlocked.Increment(ref _reconnects);
        }
    }

    public void Disconnected(string? error)
    {
        Interlocked.Exchange(ref _connectedSinceTicks, 0);
        _lastError = error ?? _lastError;
    }

    /// <summary>Remembers whether the peer blocks this node.</summary>
    /// <returns>Whether that was otherwise before.</returns>
    public bool SetBlockedByPeer(bool blocked) => Interlocked.Exchange(ref _blockedByPeer, blocked ? 1 : 0) != (blocked ? 1 : 0);

    /// <summary>The counters of the lanes, completed by what is kept here.</summary>
    public EndpointStatistics Complete(EndpointStatistics lanes) => lanes with
    {
        BytesIn = Interlocked.Read(ref _bytesIn),
        Received = Interlocked.Read(ref _received),
        Reconnects = Volatile.Read(ref _reconnects),
        ConnectedSince = At(ref _connectedSinceTicks),
        LastSeen = At(ref _lastSeenTicks),
        LastError = _lastError,
        SystemId = _systemId,
    };

    private static DateTimeOffset? At(ref long ticks)
    {
        var value = Interlocked.Read(ref ticks);
        return value == 0 ? null : new DateTimeOffset(value, TimeSpan.Zero);
    }
}
