using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>What the administration service tells, in the shapes that <c>--json</c> writes (docs/tool.md): fields are added, never renamed.</summary>
internal static class NodeShapes
{
    public static object Of(Wire.NodeInfo node) => new
    {
        node.Address,
        node.SystemId,
        node.Version,
        Time = Time(node.Time),
        Started = Time(node.Started),
        node.Stopping,
        node.Kinds,
        node.Endpoints,
        node.IncomingStreams,
        node.IncomingLinks,
        Denied = new { Peers = node.Denied?.Peers ?? 0, Closed = node.Denied?.Closed ?? 0, Operations = node.Denied?.Operations.ToDictionary() ?? [] },
        Process = new
        {
            Id = node.Process?.Id ?? 0,
            WorkingSetBytes = node.Process?.WorkingSetBytes ?? 0,
            ManagedBytes = node.Process?.ManagedBytes ?? 0,
            CpuSeconds = node.Process?.CpuTime?.ToTimeSpan().TotalSeconds ?? 0,
            PoolThreads = node.Process?.PoolThreads ?? 0,
        },
        node.Watchers,
    };

    public static object Of(Wire.EndpointInfo peer) => new
    {
        peer.Address,
        peer.SystemId,
        peer.IsClient,
        State = peer.State.ToString(),
        Level = peer.Level.ToString(),
        ConnectedSince = Time(peer.ConnectedSince),
        LastSeen = Time(peer.LastSeen),
        peer.Reconnects,
        peer.LastError,
        peer.CloseReason,
        peer.MovedTo,
        peer.Blocked,
        peer.Watches,
        peer.Denied,
        peer.DeniedByPeer,
        UserLane = Of(peer.UserLane ?? new()),
        ControlLane = Of(peer.ControlLane ?? new()),
        Credit = Of(peer.Credit),
        Outgoing = Of(peer.Outgoing ?? new()),
        Incoming = Of(peer.Incoming ?? new()),
    };

    public static object Of(Wire.BlockedPeerInfo entry) => new
    {
        entry.SystemId,
        entry.Address,
        entry.Reason,
        Since = Time(entry.Since),
        Until = Time(entry.Until),
        entry.Share,
        entry.AdvisedBy,
        entry.Refusals,
    };

    public static DateTimeOffset? Time(Timestamp? time) => time?.ToDateTimeOffset();

    private static object Of(Wire.LaneInfo lane) => new { lane.Length, lane.Capacity, lane.InFlight, lane.Waiters };

    private static object? Of(Wire.Amount? amount) => amount is null ? null : new { amount.Messages, amount.Bytes };

    private static object Of(Wire.OutgoingInfo outgoing) => new
    {
        outgoing.Offered,
        outgoing.Accepted,
        outgoing.Acknowledged,
        outgoing.Written,
        outgoing.Unconfirmed,
        outgoing.Retained,
        outgoing.Moved,
        outgoing.Batches,
        outgoing.Bytes,
        Refused = outgoing.Refused.ToDictionary(),
        DeadLetters = outgoing.DeadLetters.ToDictionary(),
    };

    private static object Of(Wire.IncomingInfo incoming) => new
    {
        incoming.Received,
        incoming.Delivered,
        incoming.UnmatchedTerminated,
        incoming.Bytes,
        Rejected = incoming.Rejected.ToDictionary(),
        incoming.Streams,
        Waiting = Of(incoming.Waiting),
    };
}
