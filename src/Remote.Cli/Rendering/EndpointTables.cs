using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>The peers of a node as a table that fits 80 columns; what does not fit stands below it.</summary>
internal static class EndpointTables
{
    public static void Write(ToolOutput output, Wire.GetEndpointsResponse all, DateTimeOffset now)
    {
        var node = all.Node;
        output.Line($"{SafeText.Of(node.Address)}  version {SafeText.Of(node.Version)}  system id {SafeText.Of(node.SystemId)}{(node.Stopping ? "  STOPPING" : "")}");
        output.Line(
            $"up {Numbers.Span(node.Time.ToDateTimeOffset() - node.Started.ToDateTimeOffset())}  memory {Numbers.Bytes(node.Process?.WorkingSetBytes ?? 0)}  "
            + $"peers {Numbers.Count(all.Total)}  streams in {Numbers.Count(node.IncomingStreams)}  blocked {Numbers.Count(all.BlockedTotal)}");
        if (all.Endpoints.Count > 0)
        {
            output.Line();
            output.Table(Peers(all.Endpoints));
            WriteErrors(output, all.Endpoints);
        }

        if (all.Endpoints.Count < all.Total)
        {
            output.Note($"These are {Numbers.Count(all.Endpoints.Count)} of {Numbers.Count(all.Total)}: --peer PART shows fewer.");
        }

        if (all.Blocked.Count > 0)
        {
            output.Line();
            output.Table(Blocked(all.Blocked, now));
        }
    }

    /// <summary>Messages that a peer will not get any more, whoever says so.</summary>
    public static long Lost(Wire.EndpointInfo peer) => (peer.Outgoing?.Refused.Values.Sum() ?? 0) + (peer.Outgoing?.DeadLetters.Values.Sum() ?? 0);

    private static Spectre.Console.Table Peers(IEnumerable<Wire.EndpointInfo> peers)
    {
        var table = Tables.New("PEER", "STATE", "LEVEL", ">WAITING", ">CREDIT", ">SENT", ">IN", ">LOST");
        foreach (var peer in peers)
        {
            table.Row(
                peer.Address, peer.Blocked ? "Blocked" : peer.State.ToString(), peer.Level.ToString(), Numbers.Short(peer.UserLane?.Length ?? 0),
                peer.Credit is { } credit ? Numbers.Short(credit.Messages) : "-",
                Numbers.Short((peer.Outgoing?.Acknowledged ?? 0) + (peer.Outgoing?.Written ?? 0)), Numbers.Short(peer.Incoming?.Received ?? 0),
                Numbers.Short(Lost(peer)));
        }

        return table;
    }

    private static void WriteErrors(ToolOutput output, IEnumerable<Wire.EndpointInfo> peers)
    {
        foreach (var peer in peers.Where(static peer => peer.State != Wire.ConnectionState.Connected))
        {
            string[] parts =
            [
                .. peer.CloseReason.Length > 0 ? [$"closed because: {peer.CloseReason}"] : Array.Empty<string>(),
                .. peer.MovedTo.Length > 0 ? [$"now {peer.MovedTo}"] : Array.Empty<string>(),
                .. peer.LastError.Length > 0 ? [$"last error: {peer.LastError}"] : Array.Empty<string>(),
            ];
            if (parts.Length > 0)
            {
                output.Line($"{SafeText.Of(peer.Address)}: {SafeText.Of(string.Join("; ", parts))}");
            }
        }
    }

    private static Spectre.Console.Table Blocked(IEnumerable<Wire.BlockedPeerInfo> entries, DateTimeOffset now)
    {
        var table = Tables.New("BLOCKED", "FOR ANOTHER", ">REFUSED", "REASON");
        foreach (var entry in entries)
        {
            table.Row(
                entry.SystemId.Length > 0 ? entry.SystemId : entry.Address,
                entry.Until is null ? "until unblocked" : Numbers.Span(entry.Until.ToDateTimeOffset() - now),
                Numbers.Short(entry.Refusals),
                entry.Reason);
        }

        return table;
    }
}
