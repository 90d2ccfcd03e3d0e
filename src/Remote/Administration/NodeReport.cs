using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>What is told of a node and its peers. Reads live structures: each row is exact, the whole is a picture.</summary>
internal sealed class NodeReport(NodeParts parts, NodeSettings settings, DateTimeOffset made, Watchers watchers)
{
    private static readonly string OwnVersion = typeof(NodeReport).Assembly.GetName().Version?.ToString(3) ?? "";

    public Wire.NodeInfo Node()
    {
        var context = parts.Context;
        var info = new Wire.NodeInfo
        {
            Address = context.Address,
            SystemId = context.ActorSystem.Id,
            Version = OwnVersion,
            Time = context.Time.GetUtcNow().ToTimestamp(),
            Started = made.ToTimestamp(),
            Stopping = parts.Streams.IsStopping,
            Endpoints = parts.Table.Count,
            IncomingStreams = parts.Streams.Count,
            IncomingLinks = parts.Links.Count,
            Denied = Denied(context.Gate.Counters.Snapshot()),
            Process = new Wire.ProcessInfo
            {
                Id = Environment.ProcessId,
                WorkingSetBytes = Environment.WorkingSet,
                ManagedBytes = GC.GetTotalMemory(forceFullCollection: false),
                CpuTime = Environment.CpuUsage.TotalTime.ToDuration(),
                PoolThreads = ThreadPool.ThreadCount,
            },
            Watchers = watchers.Count,
        };
        info.Kinds.Add(settings.Config.RemoteKinds.Keys.Order(StringComparer.Ordinal));
        return info;
    }

    /// <summary>
    /// The peers that a call asks for, in the order of their addresses: those that this node sends to, and those that only send to it. As many as go into one
    /// message.
    /// </summary>
    public EndpointPage Page(EndpointQuery query)
    {
        var streams = parts.Streams.All.ToLookup(static stream => stream.Peer.Address, StringComparer.Ordinal);
        var endpoints = parts.Table.All
            .Where(endpoint => query.Wants(endpoint.Address))
            .ToDictionary(static endpoint => endpoint.Address, StringComparer.Ordinal);
        string[] addresses =
        [
            .. endpoints.Values.Where(endpoint => !query.SkipClosed || endpoint.State != EndpointState.Closed).Select(static endpoint => endpoint.Address),
            .. streams.Select(static group => group.Key).Where(address => query.Wants(address) && !endpoints.ContainsKey(address)),
        ];
        Array.Sort(addresses, StringComparer.Ordinal);

        var room = parts.Context.Options.MaxMessageBytes / 2;
        List<Wire.EndpointInfo> rows = [];
        var next = "";
        foreach (var address in addresses.Where(query.IsBehind))
        {
            if (rows.Count == query.Limit || room <= 0)
            {
                next = rows[^1].Address;
                break;
            }

            var row = endpoints.TryGetValue(address, out var endpoint) ? EndpointRow.Of(endpoint) : EndpointRow.Of(streams[address].First().Peer, parts.Table);
            EndpointRow.AddStreams(row, streams[address]);
            row.Blocked = parts.BlockList.Find(row.SystemId, address) is not null;
            rows.Add(row);
            room -= row.CalculateSize();
        }

        return new EndpointPage(rows, addresses.Length, next);
    }

    private static Wire.DeniedInfo Denied(AccessStatistics statistics)
    {
        var info = new Wire.DeniedInfo { Peers = statistics.DeniedPeers, Closed = statistics.ClosedPeers };
        info.Operations.Add(statistics.DeniedOperations.ToDictionary());
        return info;
    }
}

/// <summary>Some of the peers of a node.</summary>
/// <param name="Rows">Of this page.</param>
/// <param name="Total">How many there are on all pages.</param>
/// <param name="Next">Where the next page begins; empty when there is none.</param>
internal readonly record struct EndpointPage(IReadOnlyList<Wire.EndpointInfo> Rows, int Total, string Next);
