using Remote.Actors;

namespace Remote;

/// <summary>
/// The history of one address over all lives of its endpoint, and for a while after the last one. Thread-safe.
/// </summary>
internal sealed class EndpointRecord(string address)
{
    private readonly Lock _inboundGate = new();
    private readonly Dictionary<DeadLetterReason, long> _rejected = [];
    private long _bytesIn;
    private long _received;
    private long _delivered;
    private long _unmatched;
    private long _lastSeenTicks;
    private long _connectedSinceTicks;
    private int _reconnects;
    private int _blockedByPeer;
    private volatile string? _lastError;
    private volatile string? _systemId;

    public string Address { get; } = address;

    /// <summary>The counters of the former lives.</summary>
    public LedgerArchive FormerLives { get; } = new();

    /// <summary>When the last life ended, by the clock's timestamp; 0 while one is.</summary>
    public long ClosedAt { get; set; }

    /// <summary>The peer gave a sign of life.</summary>
    public void Seen(DateTimeOffset now) => Interlocked.Exchange(ref _lastSeenTicks, now.UtcTicks);

    /// <summary>A batch was read to its end: its outcome is counted in one step, so that every snapshot adds up.</summary>
    public void Received(InboundTally batch, long bytes, DateTimeOffset now)
    {
        Seen(now);
        lock (_inboundGate)
        {
            _received += batch.Received;
            _bytesIn += bytes;
            _delivered += batch.Delivered;
            _unmatched += batch.UnmatchedTerminated;
            foreach (var (reason, rejected) in batch.Rejected)
            {
                _rejected[reason] = _rejected.GetValueOrDefault(reason) + rejected;
            }
        }
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

    /// <summary>The counters of the lanes, completed by those kept here.</summary>
    public EndpointStatistics Complete(EndpointStatistics lanes)
    {
        lock (_inboundGate)
        {
            return lanes with
            {
                BytesIn = _bytesIn,
                Received = _received,
                Delivered = _delivered,
                UnmatchedTerminated = _unmatched,
                Rejected = _rejected.ToDictionary(entry => entry.Key.Name, entry => entry.Value, StringComparer.Ordinal),
                Reconnects = Volatile.Read(ref _reconnects),
                ConnectedSince = At(ref _connectedSinceTicks),
                LastSeen = At(ref _lastSeenTicks),
                LastError = _lastError,
                SystemId = _systemId,
            };
        }
    }

    private static DateTimeOffset? At(ref long ticks)
    {
        var value = Interlocked.Read(ref ticks);
        return value == 0 ? null : new DateTimeOffset(value, TimeSpan.Zero);
    }
}
