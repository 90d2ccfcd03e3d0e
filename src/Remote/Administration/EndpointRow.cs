using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>What is told of one peer.</summary>
internal static class EndpointRow
{
    // The text of an exception may be long, and there may be thousands of rows.
    private const int MaxErrorLength = 1_024;

    /// <summary>A peer that this node sends to, or has sent to.</summary>
    public static Wire.EndpointInfo Of(Endpoint endpoint)
    {
        var row = Of(endpoint.Snapshot());
        row.Watches = endpoint.WatchCount;
        row.MovedTo = endpoint.MovedTo?.Address ?? "";
        row.SystemId = endpoint.PeerSystemId ?? row.SystemId;
        if (row.State == Wire.ConnectionState.Closed && row.MovedTo.Length == 0)
        {
            row.CloseReason = endpoint.ClosedBecause.ToString();
        }

        return row;
    }

    /// <summary>A peer that only sends to this node.</summary>
    public static Wire.EndpointInfo Of(PeerIdentity peer, EndpointTable table)
    {
        var row = Of(table.RecordOf(peer).Complete(new EndpointLedger(), new EndpointStatistics { Address = peer.Address }));
        row.SystemId = peer.SystemId;
        return row;
    }

    /// <summary>Adds what the streams say that the peer has opened.</summary>
    public static void AddStreams(Wire.EndpointInfo row, IEnumerable<InboundStream> streams)
    {
        var waiting = default(LinkCredit);
        foreach (var stream in streams)
        {
            row.Incoming.Streams++;
            waiting += stream.Link?.Inflow?.Outstanding ?? default;
        }

        if (row.Incoming.Streams > 0)
        {
            row.Incoming.Waiting = new Wire.Amount { Messages = waiting.Messages, Bytes = waiting.Bytes };
        }
    }

    private static Wire.EndpointInfo Of(EndpointStatistics statistics) => new()
    {
        Address = statistics.Address,
        SystemId = statistics.SystemId ?? "",
        IsClient = ClientAddress.IsClient(statistics.Address),
        State = StateOf(statistics.State),
        Level = LevelOf(statistics.Level),
        ConnectedSince = statistics.ConnectedSince?.ToTimestamp(),
        LastSeen = statistics.LastSeen?.ToTimestamp(),
        Reconnects = statistics.Reconnects,
        LastError = Short(statistics.LastError),
        Denied = statistics.Denied,
        DeniedByPeer = statistics.DeniedByPeer,
        UserLane = new Wire.LaneInfo
        {
            Length = statistics.QueueLength,
            Capacity = statistics.QueueCapacity,
            InFlight = statistics.InFlight,
            Waiters = statistics.Waiters,
        },
        ControlLane = new Wire.LaneInfo { Length = statistics.ControlQueueLength, Capacity = Endpoint.ControlCapacity },
        Credit = statistics is { CreditMessages: { } messages, CreditBytes: { } bytes } ? new Wire.Amount { Messages = messages, Bytes = bytes } : null,
        Outgoing = Outgoing(statistics),
        Incoming = Incoming(statistics),
    };

    private static Wire.OutgoingInfo Outgoing(EndpointStatistics statistics)
    {
        var info = new Wire.OutgoingInfo
        {
            Offered = statistics.Offered,
            Accepted = statistics.Accepted,
            Acknowledged = statistics.Acknowledged,
            Written = statistics.Written,
            Unconfirmed = statistics.Unconfirmed,
            Retained = statistics.Retained,
            Moved = statistics.Moved,
            Batches = statistics.Batches,
            Bytes = statistics.BytesOut,
        };
        info.Refused.Add(statistics.Refused.ToDictionary());
        info.DeadLetters.Add(statistics.DeadLetters.ToDictionary());
        return info;
    }

    private static Wire.IncomingInfo Incoming(EndpointStatistics statistics)
    {
        var info = new Wire.IncomingInfo
        {
            Received = statistics.Received,
            Delivered = statistics.Delivered,
            UnmatchedTerminated = statistics.UnmatchedTerminated,
            Bytes = statistics.BytesIn,
        };
        info.Rejected.Add(statistics.Rejected.ToDictionary());
        return info;
    }

    private static string Short(string? text) => text is null ? "" : text.Length <= MaxErrorLength ? text : text[..MaxErrorLength];

    public static Wire.ConnectionState StateOf(EndpointState state) => state switch
    {
        EndpointState.Idle => Wire.ConnectionState.Idle,
        EndpointState.Connecting => Wire.ConnectionState.Connecting,
        EndpointState.Connected => Wire.ConnectionState.Connected,
        EndpointState.Backoff => Wire.ConnectionState.Backoff,
        EndpointState.Closed => Wire.ConnectionState.Closed,
        _ => Wire.ConnectionState.Unspecified,
    };

    private static Wire.PressureLevel LevelOf(BackpressureLevel level) => level switch
    {
        BackpressureLevel.Normal => Wire.PressureLevel.Normal,
        BackpressureLevel.Warning => Wire.PressureLevel.Warning,
        BackpressureLevel.Critical => Wire.PressureLevel.Critical,
        _ => Wire.PressureLevel.Unspecified,
    };
}
