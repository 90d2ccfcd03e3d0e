namespace Remote;

/// <summary>
/// The counters of the way to one peer, over all lives of its endpoint. Taken at one moment: <c>Offered = Accepted + sum of Refused</c> and
/// <c>Accepted = Acknowledged + Written + sum of DeadLetters + Moved + QueueLength + Retained</c>. Counters never decrease.
/// </summary>
public sealed record EndpointStatistics
{
    /// <summary>The peer's address.</summary>
    public required string Address { get; init; }

    /// <summary>The state of the endpoint.</summary>
    public EndpointState State { get; init; }

    /// <summary>How full the user lane is.</summary>
    public BackpressureLevel Level { get; init; }

    /// <summary>
    /// User messages that wait, those being encoded or written right now included. Priority messages (<c>IRemotePriorityMessage</c>) are
    /// among them, up to 1,000 of which count against no capacity.
    /// </summary>
    public int QueueLength { get; init; }

    /// <summary>How many user messages may wait, without the priority messages that have a lane of their own.</summary>
    public int QueueCapacity { get; init; }

    /// <summary>Control messages that wait: Watch, Unwatch, Terminated, Stop. They are in no other figure.</summary>
    public int ControlQueueLength { get; init; }

    /// <summary>Of <see cref="QueueLength"/>: taken by the writer.</summary>
    public int InFlight { get; init; }

    /// <summary><c>SendAsync</c> calls that wait for room; not offered yet.</summary>
    public int Waiters { get; init; }

    /// <summary>User messages that callers wanted to send.</summary>
    public long Offered { get; init; }

    /// <summary>Of those: taken into the lane.</summary>
    public long Accepted { get; init; }

    /// <summary>Of the offered: refused at once, by reason. Each is one dead letter.</summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();

    /// <summary>Of the accepted: handed to its mailboxes by a peer that acknowledges.</summary>
    public long Acknowledged { get; init; }

    /// <summary>
    /// Of the accepted: sent to a peer that acknowledges, and kept until it does, to be sent again after a cut. Goes up and down.
    /// </summary>
    public long Retained { get; init; }

    /// <summary>Bytes of the batches with those messages, and with control messages that are kept likewise.</summary>
    public long RetainedBytes { get; init; }

    /// <summary>Of the accepted: handed to the transport, towards a peer that does not acknowledge.</summary>
    public long Written { get; init; }

    /// <summary>Of the written: on streams that broke, so that it is not known whether they arrived.</summary>
    public long Unconfirmed { get; init; }

    /// <summary>Of the accepted: given up later, by reason. Each is one dead letter.</summary>
    public IReadOnlyDictionary<string, long> DeadLetters { get; init; } = new Dictionary<string, long>();

    /// <summary>Of the accepted: moved to the endpoint that reaches the same peer by another address, and counted there.</summary>
    public long Moved { get; init; }

    /// <summary>Batches written.</summary>
    public long Batches { get; init; }

    /// <summary>Bytes of those batches.</summary>
    public long BytesOut { get; init; }

    /// <summary>Bytes received from the peer in batches, on its streams to us.</summary>
    public long BytesIn { get; init; }

    /// <summary>
    /// Messages received from the peer, control messages included, each once:
    /// <c>Received = Delivered + sum of Rejected + UnmatchedTerminated</c>.
    /// </summary>
    public long Received { get; init; }

    /// <summary>Of the received: given to the process they were for. A bounded mailbox may still refuse one.</summary>
    public long Delivered { get; init; }

    /// <summary>Of the received: given to no process, by reason. Each is one dead letter here, except a Watch, which is answered.</summary>
    public IReadOnlyDictionary<string, long> Rejected { get; init; } = new Dictionary<string, long>();

    /// <summary>Of the received: about the end of an actor that no actor here watches, or not any more. Dropped.</summary>
    public long UnmatchedTerminated { get; init; }

    /// <summary>How often a lost connection was established again.</summary>
    public int Reconnects { get; init; }

    /// <summary>
    /// Handshakes and operations of the peer that this node did not allow, handshakes by <see cref="RemoteHooks.AuthorizePeer"/> only: who is turned away
    /// by <see cref="RemoteOptions.Access"/> has not said who it is. <see cref="ReliableRemote.GetAccessStatistics"/> has them all.
    /// </summary>
    public long Denied { get; init; }

    /// <summary>How often the peer did not allow this node a handshake, or something that it asked for (dead letters <c>Forbidden</c> there).</summary>
    public long DeniedByPeer { get; init; }

    /// <summary>
    /// How many more messages the peer takes beyond those that were sent; <see langword="null"/> while no link leads there.
    /// </summary>
    public long? CreditMessages { get; init; }

    /// <summary>The same in bytes.</summary>
    public long? CreditBytes { get; init; }

    /// <summary>When the present connection was established; <see langword="null"/> when there is none.</summary>
    public DateTimeOffset? ConnectedSince { get; init; }

    /// <summary>When something was last received from the peer; <see langword="null"/> before that.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>The message of the last failed attempt or lost connection; <see langword="null"/> when there was none.</summary>
    public string? LastError { get; init; }

    /// <summary>The incarnation that answered last; <see langword="null"/> before the first connection.</summary>
    public string? SystemId { get; init; }
}
