namespace Remote;

/// <summary>A connection to a peer stands for the first time since its endpoint began. Published on the event stream.</summary>
/// <param name="Address">The peer's address.</param>
/// <param name="SystemId">The incarnation that answered.</param>
public sealed record EndpointConnected(string Address, string SystemId);

/// <summary>An attempt failed or the connection was lost; the next attempt starts after a delay. Published on the event stream.</summary>
/// <param name="Address">The peer's address.</param>
/// <param name="Attempt">The number of the retry, from 1.</param>
/// <param name="Delay">How long the endpoint waits before it dials, or how long it waits for a node without a listener.</param>
/// <param name="Error">The failure.</param>
public sealed record EndpointReconnecting(string Address, int Attempt, TimeSpan Delay, Exception Error);

/// <summary>A lost connection stands again. Published on the event stream.</summary>
/// <param name="Address">The peer's address.</param>
/// <param name="SystemId">The incarnation that answered.</param>
/// <param name="Attempts">How many retries it took.</param>
/// <param name="Outage">How long there was no connection.</param>
public sealed record EndpointReconnected(string Address, string SystemId, int Attempts, TimeSpan Outage);

/// <summary>
/// All attempts are used up, or a node without a listener did not come back in time; <see cref="EndpointTerminated"/> follows. Published on
/// the event stream.
/// </summary>
/// <param name="Address">The peer's address.</param>
/// <param name="Attempts">How many retries were made.</param>
/// <param name="Error">The failure of the last one.</param>
public sealed record EndpointReconnectFailed(string Address, int Attempts, Exception Error);

/// <summary>An endpoint is closed: its queued messages are dead letters, its watchers were told. Published on the event stream.</summary>
/// <param name="Address">The peer's address.</param>
/// <param name="Reason">The reason.</param>
public sealed record EndpointTerminated(string Address, EndpointTerminatedReason Reason);

/// <summary>
/// A peer was blocked: by this node, when an entry was made, or this node by a peer, when that answered the handshake so. One event when it
/// begins, not one for each attempt. Published on the event stream.
/// </summary>
/// <param name="Address">The peer's address; <see langword="null"/> when this node blocks a system id.</param>
/// <param name="SystemId">The peer's incarnation; <see langword="null"/> when this node blocks an address.</param>
/// <param name="By">The side that blocks the other.</param>
/// <param name="Reason">The reason, as far as this node knows it.</param>
public sealed record EndpointBlocked(string? Address, string? SystemId, BlockedBy By, string Reason);

/// <summary>
/// A peer is blocked no more: this node took the entry out or its time was up, or a peer that blocked this node has accepted it. Published
/// on the event stream.
/// </summary>
/// <param name="Address">The peer's address; <see langword="null"/> when this node blocked a system id.</param>
/// <param name="SystemId">The peer's incarnation; <see langword="null"/> when this node blocked an address.</param>
/// <param name="By">The side that blocked the other.</param>
public sealed record EndpointUnblocked(string? Address, string? SystemId, BlockedBy By);

/// <summary>
/// A connection broke towards a peer that acknowledges nothing: the fate of messages written on it is unknown. Published on the event
/// stream.
/// </summary>
/// <param name="Address">The peer's address.</param>
/// <param name="Count">How many messages may or may not have arrived.</param>
public sealed record EndpointUnconfirmed(string Address, long Count);

/// <summary>
/// The user lane of an endpoint crossed a level: one event per change, in order. Published on the event stream. The level is that of the
/// lane, or that of the half of it that messages for slow actors may fill (<see cref="SlowTargetPolicy.Park"/>), whichever is higher.
/// </summary>
/// <param name="Address">The peer's address.</param>
/// <param name="Level">The level now.</param>
/// <param name="Previous">The level before.</param>
/// <param name="Length">How many messages waited when it changed.</param>
/// <param name="Capacity">How many may wait.</param>
/// <param name="Time">When it changed.</param>
public sealed record EndpointThrottled(
    string Address, BackpressureLevel Level, BackpressureLevel Previous, int Length, int Capacity, DateTimeOffset Time);

/// <summary>Why an endpoint was closed.</summary>
public enum EndpointTerminatedReason
{
    /// <summary>The attempts to connect are used up.</summary>
    Unreachable = 0,

    /// <summary>The peer said goodbye.</summary>
    PeerLeft = 1,

    /// <summary>This node shuts down.</summary>
    Shutdown = 2,

    /// <summary>This node has the peer on its block list, or the peer this node; <see cref="EndpointBlocked"/> says which.</summary>
    Blocked = 3,

    /// <summary>The control lane was full; see <see cref="DeadLetterReason"/> <c>ControlOverflow</c>.</summary>
    ControlOverflow = 4,

    /// <summary>
    /// The address answers with this node's own id but is none of its addresses: a configuration fault. Add it to
    /// <see cref="RemoteOptions.Aliases"/> if it is meant to be this node.
    /// </summary>
    OwnAddress = 5,

    /// <summary>A peer without a listener lost its connection.</summary>
    ClientLost = 6,

    /// <summary>Another address of the same peer carries its messages from now on; nothing was lost.</summary>
    Merged = 7,

    /// <summary>This node was told to leave the peer (<see cref="ReliableRemote.DisconnectAsync"/>).</summary>
    Disconnected = 9,

    /// <summary>The peer was replaced by a new incarnation on the same address.</summary>
    IncarnationEnded = 8,

    /// <summary>
    /// The peer refused the handshake for good: this node may not connect, or the address serves something else. The log has its words.
    /// </summary>
    Refused = 10,

    /// <summary>
    /// Nothing went to the peer for <see cref="EndpointOptions.IdleTimeout"/>. Nothing was lost: the next message begins a new endpoint.
    /// </summary>
    Idle = 11,
}
