using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>One peer of one node, as a line of the list.</summary>
/// <param name="NodeNumber">Of its node, from 1.</param>
/// <param name="Node">The address of its node.</param>
/// <param name="Info">What the node says of it.</param>
/// <param name="Rates">How much goes to and fro.</param>
internal sealed record PeerRow(int NodeNumber, string Node, Wire.EndpointInfo Info, PeerRates Rates)
{
    public (string Node, string Peer) Key => (Node, Info.Address);

    public string State => Info.Blocked ? "Blocked" : Info.State.ToString();

    /// <summary>The peers of all nodes, in the order that was chosen. Pure.</summary>
    public static IReadOnlyList<PeerRow> Of(IReadOnlyList<NodeView> nodes, TopState state)
    {
        var rows = nodes.SelectMany((node, i) => (node.Update?.Endpoints ?? []).Select(
            peer => new PeerRow(i + 1, node.Address, peer, node.Failure is null ? node.Rates.GetValueOrDefault(peer.Address) : default)));
        if (!state.ShowsClosed)
        {
            rows = rows.Where(static row => row.Info.State != Wire.ConnectionState.Closed);
        }

        var sorted = state.Sort switch
        {
            TopSort.Lost => rows.OrderByDescending(static row => EndpointTables.Lost(row.Info)),
            TopSort.Out => rows.OrderByDescending(static row => row.Rates.Out),
            TopSort.In => rows.OrderByDescending(static row => row.Rates.In),
            TopSort.Waiting => rows.OrderByDescending(static row => row.Info.UserLane?.Length ?? 0),
            TopSort.Credit => rows.OrderBy(static row => row.Info.Credit?.Messages ?? long.MaxValue),
            TopSort.State => rows.OrderByDescending(static row => (int)row.Info.State),
            _ => rows.OrderBy(static row => row.Info.Address, StringComparer.Ordinal),
        };

        // Rows that are alike keep their places from one update to the next.
        PeerRow[] all = [.. sorted.ThenBy(static row => row.Info.Address, StringComparer.Ordinal).ThenBy(static row => row.NodeNumber)];
        if (state.IsReversed)
        {
            Array.Reverse(all);
        }

        return all;
    }
}
