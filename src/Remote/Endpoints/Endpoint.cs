using Proto;

namespace Remote;

/// <summary>
/// The way to one peer, for one life: its mailbox, its watches, its state. <see cref="EndpointDialler"/> connects that of a peer with a
/// listener, <see cref="EndpointReader"/> that of a client.
/// </summary>
/// <remarks>Posting is thread-safe; attaching, detaching and closing belong to the one loop that connects it.</remarks>
internal sealed partial class Endpoint
{
    // Control messages have about a hundred bytes; when more than this wait, the peer takes nothing in any more.
    public const int ControlCapacity = 100_000;

    private readonly NodeContext _context;
    private readonly InboundLinks _links;
    private readonly EndpointWriterMailbox _mailbox;
    private readonly WatchTable _watches;
    private readonly EndpointStateCell _state = new();
    private readonly Action<Endpoint>? _start;
    private readonly BatchPool _batches;
    private readonly BatchMeter _meter;
    private readonly bool _keepsLink;
    private EndpointWriter? _writer;
    private volatile string? _trouble;
    private Endpoint? _movedTo;
    private (double Warning, double Critical) _levels;
    private TimeSpan _quarantine;
    private int _timesHeard;

    /// <param name="context">The node.</param>
    /// <param name="links">Gives the messages that come in on the same streams their share of the node's credit.</param>
    /// <param name="record">The history of the address.</param>
    /// <param name="start">Called once, by the first thread that posts; <see langword="null"/> for a client, which dials itself.</param>
    /// <param name="resumes">Whether a link leads there, if the peer can keep one.</param>
    public Endpoint(NodeContext context, InboundLinks links, EndpointRecord record, Action<Endpoint>? start, bool resumes)
    {
        var options = context.Options;
        var throttled = new ThrottlePublisher(context.Time, Throttled, record.Address, options.Endpoint.QueueCapacity);
        (_context, _links, _start) = (context, links, start);
        Record = record;
        _watches = new WatchTable(record.Address, context.Address);
        ProcessId = EndpointProcess.IdPrefix + record.Address;
        _batches = new BatchPool(context.BatchArrays);
        _meter = new BatchMeter(context.Histograms, record.Tag, context.Time);
        var link = new LinkOutflow(_batches, options.Link);
        _mailbox = new EndpointWriterMailbox(options.Endpoint, ControlCapacity, options.Backpressure, link, record, throttled.Add);
        _levels = (options.Backpressure.Warning, options.Backpressure.Critical);
        _keepsLink = resumes;
    }

    /// <summary>The endpoint's own name, <c>$endpoint/address</c>.</summary>
    public string ProcessId { get; }

    public EndpointRecord Record { get; }

    public string Address => Record.Address;

    /// <summary>The incarnation that answered last; <see langword="null"/> before the first connection.</summary>
    public string? PeerSystemId { get; set; }

    public EndpointState State => _state.Value;

    /// <summary>Why there is no connection, in words for people; <see langword="null"/> while there is one, or the first attempt is under way.</summary>
    public string? Trouble
    {
        get => _trouble;
        set => _trouble = value;
    }

    /// <summary>Where its address came from.</summary>
    public DialOrigin Origin { get; set; }

    /// <summary>The address that the peer says it has, in its answer to our dial; <see langword="null"/> when it does not say.</summary>
    public string? Advertised { get; set; }

    /// <summary>Whether it has reached its peer, or is about to. Another endpoint that reaches the same peer merges into it.</summary>
    public bool HasPeer { get; set; }

    public int WatchCount => _watches.Count;

    /// <summary>Why it was closed.</summary>
    public EndpointTerminatedReason ClosedBecause { get; private set; }

    /// <summary>The endpoint that has taken over the messages of this one.</summary>
    public Endpoint? MovedTo => Volatile.Read(ref _movedTo);

    /// <summary>Whether this node ended it because its peer is blocked. Set before it is closed.</summary>
    public bool IsBlockedHere { get; set; }

    /// <summary>Whether it is closed and its quarantine is over, so that a new life may begin at the address.</summary>
    public bool IsRested => State == EndpointState.Closed && _context.Time.GetElapsedTime(Record.ClosedAt) >= _quarantine;

    /// <summary>Whether a peer that dialled us with this address may be the one that this endpoint leads to.</summary>
    public bool MayBe(string address) => address == Address || Advertised is null || Advertised == address;

    /// <summary>
    /// Whether a life that ends here is that of a peer which dialled us with this address. Anybody whom this node dials can say one system's id now and
    /// another one's later: that ends nothing of what speaks for another address, unless the application has named this one. What a client is has
    /// never answered a dial.
    /// </summary>
    public bool KnowsLifeAt(string address) =>
        address == Address || (Origin == DialOrigin.Program && !ClientAddress.IsClient(address) && MayBe(address));

    /// <summary>
    /// Whether messages for another endpoint, which has reached the same system, may go this way. Anybody can say a system's id: the
    /// application must have named the address of this one, or both must have said that this is the address of that system.
    /// </summary>
    public bool MayStandFor(Endpoint other) => Origin == DialOrigin.Program || (Advertised == Address && other.Advertised == Address);

    public void SetState(EndpointState state)
    {
        HasPeer = state == EndpointState.Connected;
        if (HasPeer)
        {
            // Before the state is published: a subscriber that hears of the connection may send at once.
            _mailbox.EndOutage();
            _trouble = null;
        }

        _state.Set(state);
    }

    public Task WhenLeftAsync(EndpointState state) => _state.WhenLeftAsync(state);

    /// <summary>Completes when the endpoint is connected or closed.</summary>
    public Task<EndpointState> WhenSettledAsync() => _state.WhenSettledAsync();

    public EndpointStatistics Snapshot() => _mailbox.Snapshot(State);

    /// <summary>Connects without a message to send, unless that was done before.</summary>
    public void Start()
    {
        if (_start is not null && Volatile.Read(ref _writer) is null && TryClaim())
        {
            // The dialler is not called directly: since the look above, a connection may have drained the lanes and freed the role.
            RunRole();
        }
    }

    /// <summary>Takes the writer role if it is free, as a first message would.</summary>
    public bool TryClaim() => _mailbox.TryClaim();

    /// <summary>Lets a stream drain the lanes. The caller holds the writer role, which passes to the writer.</summary>
    public EndpointWriter Attach(FrameWriter frames, OutboundTranslation translation, LinkAnswer? answer)
    {
        var options = _context.Options;
        var limits = new EncodeLimits(options.Endpoint.BatchSize, options.Endpoint.MaxBatchBytes, options.MaxMessageBytes);
        var encoder = new BatchEncoder(_context.Serializers, answer?.Limits.Bound(limits) ?? limits, _batches);
        var unsent = new UnsentMessages(_context, Address);
        var hold = _mailbox.BeginStream(options.Endpoint.BatchSize);
        var writer = new EndpointWriter(_mailbox, hold, encoder, translation, frames, unsent, _context.Time, _meter);
        Volatile.Write(ref _writer, writer);
        SetState(EndpointState.Connected);
        writer.Run();
        return writer;
    }

    /// <summary>Takes the lanes away from a stream that is at its end. The writer role passes to the caller.</summary>
    public async Task DetachAsync(EndpointWriter writer, bool byVerdict = false)
    {
        var claimed = _mailbox.BeginDetach();
        writer.Abandon();
        if (!claimed)
        {
            await writer.Stopped.ConfigureAwait(false);
        }

        Volatile.Write(ref _writer, null);
        writer.End(byVerdict);
        _meter.StreamEnded();
    }

    /// <summary>Lets no user message wait until the next <see cref="Attach"/>: those that do, and new ones, become dead letters.</summary>
    public void BeginOutage()
    {
        var reason = DeadLetterReason.NotConnected;
        var remainder = _mailbox.BeginOutage(reason);
        var repeated = new RepeatedRequests(_context.DeadLetters.IsInCluster);
        repeated.Add(remainder);
        DeadLetter(remainder, reason, repeated);
    }

    /// <summary>Refuses new messages, for a reason, and completes when those queued are written.</summary>
    public Task DrainAsync(DeadLetterReason later) => _mailbox.BeginDrain(later);

    public void UseDialect(bool pidTargets) => Volatile.Read(ref _writer)?.UseDialect(pidTargets);

    /// <summary>
    /// Ends this life: queued messages become dead letters, waiting senders fail, watchers get their Terminated. For the time of the
    /// quarantine no new life begins. The caller holds the role and no writer is attached. Idempotent.
    /// </summary>
    public void Close(EndpointTerminatedReason why, DeadLetterReason reason, TimeSpan quarantine)
    {
        if (State == EndpointState.Closed)
        {
            return;
        }

        ClosedBecause = why;
        _trouble = EndpointTrouble.AfterEnd(Address, why, Record.LastError);
        var retained = TakeRetained();
        var later = quarantine > TimeSpan.Zero && reason != DeadLetterReason.Blocked ? DeadLetterReason.Quarantined : reason;
        var remainder = _mailbox.Close(reason, later);
        var repeated = Repeated(retained);
        repeated.Add(remainder);

        // Unacknowledged messages are older than any in the lanes, so their dead letters come first.
        GiveUp(retained, DeadLetterReason.DeliveryUnknown, repeated);

        // The mailbox closes before the state says so: from then on there may be a new life, which knows nothing of this lane.
        End(quarantine);
        DeadLetter(remainder, reason, repeated);
        foreach (var pair in _watches.TakeAll())
        {
            Tell(pair, TerminatedReason.AddressTerminated);
        }

        RemoteLog.EndpointClosed(_context.Log, Address, why, remainder.Accepted);
        _context.Events.Publish(new EndpointTerminated(Address, why));
    }

    /// <summary>Hands everything to the endpoint that leads to the same peer by another address. The caller holds the role.</summary>
    public void MoveTo(Endpoint other)
    {
        EndLink();
        Volatile.Write(ref _movedTo, other);
        var watches = _watches.TakeAll();
        var role = _mailbox.MoveTo(other._mailbox, out var late);
        End(TimeSpan.Zero);
        if (role)
        {
            other.RunRole();
        }

        // The other endpoint may have ended meanwhile; messages that it did not take share the fate of its own.
        DeadLetter(late, DeadLetterReason.EndpointClosed);
        other.TakeOver(watches);
        RemoteLog.EndpointsMerged(_context.Log, Address, other.Address, PeerSystemId ?? "");
        _context.Events.Publish(new EndpointTerminated(Address, EndpointTerminatedReason.Merged));
    }

    /// <summary>
    /// A system that is not blocked speaks for the address: the incarnation last seen there, or another one in the place of a blocked
    /// one. The quarantine ends, or answers to the peer would be refused while it talks to us (decision page 0016).
    /// </summary>
    public void Heard(string systemId)
    {
        // In this order: who closes the endpoint meanwhile finds it counted, or is overwritten.
        if (PeerSystemId is null || PeerSystemId == systemId)
        {
            Interlocked.Increment(ref _timesHeard);
        }

        if (IsBlockedHere || PeerSystemId == systemId)
        {
            EndQuarantine();
        }
    }

    /// <summary>A new life may begin at once.</summary>
    public void EndQuarantine() => _quarantine = TimeSpan.Zero;

    /// <summary>Changes whenever the peer came to this node and was let in.</summary>
    public int TimesHeard => Volatile.Read(ref _timesHeard);

    /// <summary>Turns an unused endpoint into one that refuses everything, because its address is blocked.</summary>
    public void RefuseFromStart()
    {
        IsBlockedHere = true;
        ClosedBecause = EndpointTerminatedReason.Blocked;
        _trouble = $"{Address} is on the block list of this node (PeerBlockList).";
        _mailbox.Close(DeadLetterReason.Blocked, DeadLetterReason.Blocked);
        Record.ClosedAt = _context.Time.GetTimestamp();
        SetState(EndpointState.Closed);
    }

    /// <summary>A level is told as it comes; the log has where messages are about to be lost, and where that is over.</summary>
    private void Throttled(EndpointThrottled change)
    {
        if (change.Level == BackpressureLevel.Critical)
        {
            RemoteLog.LaneCritical(_context.Log, Address, change.Length, change.Capacity);
        }
        else if (change.Previous == BackpressureLevel.Critical)
        {
            RemoteLog.LaneRelieved(_context.Log, Address, change.Length, change.Capacity);
        }

        _context.Events.Publish(change);
    }

    private void End(TimeSpan quarantine)
    {
        _quarantine = quarantine;
        ReleaseInflow();
        Record.ClosedAt = _context.Time.GetTimestamp();

        // The name is free before the state says so: a new life of the same address takes it.
        ForgetProcess();
        SetState(EndpointState.Closed);
    }

    /// <summary>Takes its process off the list, unless that of a later life of the address has the name.</summary>
    public void ForgetProcess()
    {
        var pid = new PID(_context.ActorSystem.Address, ProcessId);
        if (_context.ActorSystem.ProcessRegistry.Get(pid) is EndpointProcess process && process.Endpoint == this)
        {
            _context.ActorSystem.ProcessRegistry.Remove(pid);
        }
    }

    private void DeadLetter(in LaneRemainder remainder, DeadLetterReason reason, RepeatedRequests? repeated = null)
    {
        DeadLetter(remainder.Control, reason, repeated);
        DeadLetter(remainder.Priority, reason, repeated);
        DeadLetter(remainder.User, reason, repeated);

        foreach (var waiter in remainder.Waiters)
        {
            _context.DeadLetters.Publish(waiter.Delivery, reason, detail: _trouble);
            waiter.TrySetException(Closed(waiter.Delivery, reason));
        }
    }

    private void DeadLetter(ReadOnlySpan<RemoteDelivery> deliveries, DeadLetterReason reason, RepeatedRequests? repeated = null)
    {
        foreach (ref readonly var delivery in deliveries)
        {
            DeadLetter(delivery, reason, isAnswered: repeated?.Contains(delivery) != true);
        }
    }

    private void DeadLetter(in RemoteDelivery delivery, DeadLetterReason reason, bool isAnswered = true)
    {
        // A Watch is answered from the watch table.
        if (delivery.Message is not Proto.Watch)
        {
            _context.DeadLetters.Publish(delivery, reason, isAnswered, _trouble);
        }
    }

    private void RunRole()
    {
        if (Volatile.Read(ref _writer) is { } writer)
        {
            writer.Run();
        }
        else
        {
            _start!(this);
        }
    }
}
