using System.Diagnostics;

namespace Remote;

/// <summary>
/// The history of one address over all lives of its endpoint, and for a while after the last one. Thread-safe. Its lock is taken inside
/// that of a mailbox, never around it.
/// </summary>
/// <param name="address">The address.</param>
/// <param name="tag">The value of the tag that metrics count it under; the address if left out.</param>
internal sealed class EndpointRecord(string address, string? tag = null)
{
    private readonly Lock _gate = new();
    private readonly EndpointLedger _formerLives = new();
    private readonly Dictionary<DeadLetterReason, long> _rejected = [];
    private long _bytesIn;
    private long _received;
    private long _delivered;
    private long _unmatched;
    private long _lastSeenTicks;
    private long _connectedSinceTicks;
    private int _reconnects;
    private long _denied;
    private long _deniedByPeer;
    private bool _isBlockedByPeer;
    private volatile string? _lastError;
    private volatile string? _systemId;
    private EndpointRecord? _heir;

    public string Address { get; } = address;

    /// <summary>The value of the tag that metrics count it under.</summary>
    public string Tag { get; } = tag ?? address;

    /// <summary>The tags of spans of its messages: one list for all of them.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> SpanTags { get; } = [new(RemoteTelemetry.PeerTag, tag ?? address)];

    /// <summary>Whether it was forgotten: nobody finds it any more, but a stream or an endpoint that ended may still have it.</summary>
    public bool IsForgotten => Volatile.Read(ref _heir) is not null;

    /// <summary>
    /// What the last failed attempt or lost connection said, which the peer may have chosen: at most <see cref="LogText.MaxDetail"/>
    /// characters. <see langword="null"/> when there was none.
    /// </summary>
    public string? LastError => _lastError;

    /// <summary>When the last life ended, by the clock's timestamp; 0 while one is.</summary>
    public long ClosedAt { get; set; }

    /// <summary>A life is over: from here on its counters count here and nowhere else.</summary>
    public void Fold(EndpointLedger life)
    {
        using var scope = _gate.EnterScope();
        _formerLives.Add(life);
        _heir?.Fold(life);
    }

    /// <summary>A message was offered to an endpoint that has ended.</summary>
    public void Refuse(DeadLetterReason reason)
    {
        using var scope = _gate.EnterScope();
        _formerLives.Refuse(reason);
        _heir?.Refuse(reason);
    }

    /// <summary>The peer gave a sign of life.</summary>
    public void Seen(DateTimeOffset now) => Interlocked.Exchange(ref _lastSeenTicks, now.UtcTicks);

    /// <summary>A batch was read to its end: its outcome is counted in one step, so that every snapshot adds up.</summary>
    public void Received(InboundTally batch, long bytes, DateTimeOffset now)
    {
        Seen(now);
        using var scope = _gate.EnterScope();
        _received += batch.Received;
        _bytesIn += bytes;
        _delivered += batch.Delivered;
        _unmatched += batch.UnmatchedTerminated;
        EndpointLedger.Add(_rejected, batch.Rejected);
        _heir?.Received(batch, bytes, now);
    }

    /// <summary>This one is forgotten. All that it has counted counts in another one too, and so does what it counts from now on.</summary>
    public void Bequeath(EndpointRecord heir)
    {
        using var scope = _gate.EnterScope();
        Debug.Assert(_heir is null && !heir.IsForgotten, "It is forgotten once, and its heir never: the locks are taken in one order.");
        Volatile.Write(ref _heir, heir);
        heir.Inherit(this);
    }

    public void Connected(string systemId, bool again, DateTimeOffset now)
    {
        _systemId = systemId;
        Interlocked.Exchange(ref _connectedSinceTicks, now.UtcTicks);
        Seen(now);
        if (again)
        {
            using var scope = _gate.EnterScope();
            _reconnects++;
            _heir?.Connected(systemId, again, now);
        }
    }

    public void Disconnected(string? error)
    {
        Interlocked.Exchange(ref _connectedSinceTicks, 0);
        _lastError = error is null ? _lastError : LogText.Detail(error);
    }

    /// <summary>This node did not allow a handshake or an operation of the peer.</summary>
    public void Denied()
    {
        using var scope = _gate.EnterScope();
        _denied++;
        _heir?.Denied();
    }

    /// <summary>The peer did not allow a handshake or an operation of this node.</summary>
    public void DeniedByPeer()
    {
        using var scope = _gate.EnterScope();
        _deniedByPeer++;
        _heir?.DeniedByPeer();
    }

    /// <summary>Remembers whether the peer blocks this node.</summary>
    /// <returns>Whether that was otherwise before.</returns>
    public bool SetBlockedByPeer(bool blocked) => Interlocked.Exchange(ref _isBlockedByPeer, blocked) != blocked;

    /// <summary>Adds the counters of the present life and all that is kept here to the statistics of the lanes.</summary>
    public EndpointStatistics Complete(EndpointLedger life, EndpointStatistics lanes)
    {
        using var scope = _gate.EnterScope();
        var ledger = new EndpointLedger();
        ledger.Add(_formerLives);
        ledger.Add(life);
        return ledger.Complete(lanes) with
        {
            BytesIn = _bytesIn,
            Received = _received,
            Delivered = _delivered,
            UnmatchedTerminated = _unmatched,
            Rejected = EndpointLedger.Named(_rejected),
            Reconnects = _reconnects,
            Denied = _denied,
            DeniedByPeer = _deniedByPeer,
            ConnectedSince = At(ref _connectedSinceTicks),
            LastSeen = At(ref _lastSeenTicks),
            LastError = _lastError,
            SystemId = _systemId,
        };
    }

    private void Inherit(EndpointRecord other)
    {
        using var scope = _gate.EnterScope();
        _formerLives.Add(other._formerLives);
        _received += other._received;
        _bytesIn += other._bytesIn;
        _delivered += other._delivered;
        _unmatched += other._unmatched;
        _reconnects += other._reconnects;
        _denied += other._denied;
        _deniedByPeer += other._deniedByPeer;
        EndpointLedger.Add(_rejected, other._rejected);
    }

    private static DateTimeOffset? At(ref long ticks) =>
        Interlocked.Read(ref ticks) is > 0 and var value ? new DateTimeOffset(value, TimeSpan.Zero) : null;
}
