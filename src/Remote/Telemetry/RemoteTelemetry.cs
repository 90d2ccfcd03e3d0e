namespace Remote;

/// <summary>
/// The names of what a node measures, and of its spans. <c>docs/operations.md</c> says of each instrument what it means and when to worry.
/// All counts are from the start of
/// the node and never decrease.
/// </summary>
/// <remarks>
/// Most instruments are read when somebody collects, from the statistics that a node keeps anyway, so that messages pay nothing for them.
/// Sizes and times are measured while
/// somebody listens, and cost one check otherwise. Those that tell of peers have <see cref="PeerTag"/>, whose values are bounded.
/// </remarks>
public static class RemoteTelemetry
{
    /// <summary>
    /// The meter of each node. Nodes of one process have a meter each, told apart by <see cref="NodeTag"/>. It is made by
    /// <see cref="RemoteHooks.MeterFactory"/> when the node starts, and ends with the node.
    /// </summary>
    public const string MeterName = "Remote";

    /// <summary>
    /// The source of the spans of messages between nodes: <c>send</c> where one is sent, and <c>receive</c>, its child, where it is given
    /// to its actor. The
    /// context travels in the headers <c>traceparent</c> and <c>tracestate</c> of the message, unless it has one already.
    /// </summary>
    public const string ActivitySourceName = "Remote";

    /// <summary>A tag of the meter itself: the address of the node.</summary>
    public const string NodeTag = "remote.node";

    /// <summary>
    /// The address of a peer, for the first 1,000 addresses in the life of a node, half of which at the most are addresses that other
    /// nodes named;
    /// <see cref="ClientsValue"/> or <see cref="OthersValue"/> for all others together.
    /// </summary>
    public const string PeerTag = "remote.peer";

    /// <summary>The name of a <see cref="DeadLetterReason"/>, or <see cref="OthersValue"/>.</summary>
    public const string ReasonTag = "remote.reason";

    /// <summary>Which way a message went: <see cref="OutValue"/> or <see cref="InValue"/>.</summary>
    public const string DirectionTag = "remote.direction";

    /// <summary>An <see cref="EndpointState"/>.</summary>
    public const string StateTag = "remote.state";

    /// <summary>One of the names in <see cref="LimitStatistics.Refused"/>.</summary>
    public const string LimitTag = "remote.limit";

    /// <summary>What a peer wanted: a <see cref="RemoteOperationKind"/>.</summary>
    public const string OperationTag = "remote.operation";

    /// <summary>
    /// The full name of a .NET type of this process, for the first 100 that fail; <see cref="OthersValue"/> for all others together, and
    /// for messages from other nodes, whose names are
    /// what those nodes say.
    /// </summary>
    public const string TypeTag = "remote.type";

    /// <summary>The name that props were given by <see cref="ActorMetricsExtensions.WithRemoteMetrics"/>.</summary>
    public const string ActorTag = "remote.actor";

    /// <summary>The <see cref="PeerTag"/> of all nodes without a listener together.</summary>
    public const string ClientsValue = "$client";

    /// <summary>Whatever has no value of its own.</summary>
    public const string OthersValue = "$other";

    /// <summary>The <see cref="DirectionTag"/> of messages to other nodes.</summary>
    public const string OutValue = "out";

    /// <summary>The <see cref="DirectionTag"/> of messages from other nodes.</summary>
    public const string InValue = "in";

    /// <summary>User messages that were put into a batch for a peer, each once however often it is sent again.</summary>
    public const string MessagesSent = "remote.messages.sent";

    /// <summary>Of the sent: handed to its mailboxes by a peer that acknowledges.</summary>
    public const string MessagesAcknowledged = "remote.messages.acknowledged";

    /// <summary>Of the sent: on streams that broke, towards a peer that does not acknowledge.</summary>
    public const string MessagesUnconfirmed = "remote.messages.unconfirmed";

    /// <summary>User messages to a peer that were refused or given up, by <see cref="ReasonTag"/>.</summary>
    public const string MessagesFailed = "remote.messages.failed";

    /// <summary>Messages that came from a peer, control messages included.</summary>
    public const string MessagesReceived = "remote.messages.received";

    /// <summary>Of the received: given to the process they were for.</summary>
    public const string MessagesDelivered = "remote.messages.delivered";

    /// <summary>Of the received: given to no process, by <see cref="ReasonTag"/>.</summary>
    public const string MessagesRejected = "remote.messages.rejected";

    /// <summary>Messages that could not be serialized, or not be read, by <see cref="DirectionTag"/>. They are failed or rejected as
    /// well.</summary>
    public const string SerializationFailures = "remote.serialization.failures";

    /// <summary>Batches that were sent to a peer. Sent messages by sent batches are the size of a batch.</summary>
    public const string BatchesSent = "remote.batches.sent";

    /// <summary>Bytes of the batches that were sent to a peer.</summary>
    public const string BytesSent = "remote.bytes.sent";

    /// <summary>Bytes of the batches that came from a peer.</summary>
    public const string BytesReceived = "remote.bytes.received";

    /// <summary>How often a lost connection was established again.</summary>
    public const string Reconnects = "remote.reconnects";

    /// <summary>User messages that wait for a peer.</summary>
    public const string QueueLength = "remote.queue.length";

    /// <summary>How many may wait; the sum over all addresses where several have one tag. Closed endpoints have none.</summary>
    public const string QueueCapacity = "remote.queue.capacity";

    /// <summary>Calls of <c>SendAsync</c> that wait for room.</summary>
    public const string QueueWaiters = "remote.queue.waiters";

    /// <summary>A <see cref="BackpressureLevel"/> as a number, 0 to 2; the highest where several addresses have one tag.</summary>
    public const string QueueLevel = "remote.queue.level";

    /// <summary>How many more messages a peer takes; nothing while no link leads there.</summary>
    public const string CreditMessages = "remote.credit.messages";

    /// <summary>How many more bytes a peer takes; nothing while no link leads there.</summary>
    public const string CreditBytes = "remote.credit.bytes";

    /// <summary>Messages that were sent and are kept until the peer acknowledges them.</summary>
    public const string RetainedMessages = "remote.retained.messages";

    /// <summary>Bytes of the batches that are kept until the peer acknowledges them.</summary>
    public const string RetainedBytes = "remote.retained.bytes";

    /// <summary>Whether there is a connection to a peer, 1 or 0; how many where several addresses have one tag.</summary>
    public const string EndpointsConnected = "remote.endpoint.connected";

    /// <summary>Endpoints by <see cref="StateTag"/>, those that closed and are still remembered included.</summary>
    public const string EndpointCount = "remote.endpoint.count";

    /// <summary>Streams of peers that are served.</summary>
    public const string InboundStreams = "remote.inbound.streams";

    /// <summary>Links that lead here, those that wait for their peer included.</summary>
    public const string InboundLinks = "remote.inbound.links";

    /// <summary>
    /// All messages of the node that became a <see cref="RemoteDeadLetterEvent"/>, by <see cref="ReasonTag"/>, those to addresses without
    /// an endpoint included.
    /// </summary>
    public const string DeadLetters = "remote.dead_letters";

    /// <summary>How often a limit has refused something to a peer, by <see cref="LimitTag"/>.</summary>
    public const string LimitRefusals = "remote.limit.refusals";

    /// <summary>The <see cref="SerializationFailures"/> of all peers together by <see cref="TypeTag"/> and
    /// <see cref="DirectionTag"/>.</summary>
    public const string SerializationTypeFailures = "remote.serialization.type_failures";

    /// <summary>As <see cref="AccessStatistics.DeniedPeers"/>.</summary>
    public const string DeniedPeers = "remote.access.denied_peers";

    /// <summary>As <see cref="AccessStatistics.ClosedPeers"/>.</summary>
    public const string ClosedPeers = "remote.access.closed_peers";

    /// <summary>As <see cref="AccessStatistics.DeniedOperations"/>, by <see cref="OperationTag"/>.</summary>
    public const string DeniedOperations = "remote.access.denied_operations";

    /// <summary>
    /// From the write of a batch to its acknowledgement: network both ways, the time in which the peer takes the batch in, and the up to 5
    /// ms for which it
    /// waits for more to acknowledge. One batch at a time is measured. Only towards peers that
    /// acknowledge, only while somebody listens, and not across an outage.
    /// </summary>
    public const string RoundTrip = "remote.round_trip.duration";

    /// <summary>
    /// From the write of a heartbeat to its echo: network both ways and little else, for no mailbox or actor has a part in it. Each
    /// connection is measured once per <see cref="HeartbeatOptions.Interval"/>, whatever else it carries. Only towards Remote nodes that
    /// send heartbeats back, and only while somebody listens.
    /// </summary>
    public const string HeartbeatRoundTrip = "remote.heartbeat.duration";

    /// <summary>Messages in each batch that is sent, control messages included. Only while somebody listens.</summary>
    public const string BatchMessages = "remote.batch.messages";

    /// <summary>Bytes of each batch that is sent. Only while somebody listens.</summary>
    public const string BatchSize = "remote.batch.size";

    /// <summary>Messages that wait for actors with <see cref="ActorMetricsExtensions.WithRemoteMetrics"/>, by
    /// <see cref="ActorTag"/>.</summary>
    public const string MailboxLength = "remote.actor.mailbox.length";

    /// <summary>
    /// How long actors with <see cref="ActorMetricsExtensions.WithRemoteMetrics"/> took over a message of the application, by
    /// <see cref="ActorTag"/>; also when they threw. Only while
    /// somebody listens.
    /// </summary>
    public const string ActorTime = "remote.actor.duration";
}
