using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Proto;
using Proto.Cluster.Gossip;
using Proto.Remote;
using ProtoCluster = Proto.Cluster.Cluster;

namespace Remote.ClusterNode;

/// <summary>What a member sees of its cluster, and what it costs.</summary>
internal sealed class MemberState
{
    private readonly ProtoCluster _cluster;
    private readonly ConcurrentDictionary<string, long> _deadLetters = new();
    private readonly ConcurrentQueue<string> _blocked = new();

    public MemberState(ProtoCluster cluster)
    {
        _cluster = cluster;
        cluster.System.EventStream.Subscribe<DeadLetterEvent>(letter => _deadLetters.AddOrUpdate(Reason(letter), 1, static (_, count) => count + 1));
        cluster.System.EventStream.Subscribe<MemberBlocked>(blocked => _blocked.Enqueue($"{blocked.MemberId}: {blocked.Reason}"));
    }

    public async Task<JsonNode> ReportAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var heartbeats = await _cluster.Gossip.GetStateEntry(GossipKeys.Heartbeat).WaitAsync(late.Token);
        GC.Collect();
        return new JsonObject
        {
            ["id"] = _cluster.System.Id,
            ["address"] = _cluster.System.Address,
            ["members"] = new JsonArray([.. _cluster.MemberList.GetMembers().Order(StringComparer.Ordinal)]),
            ["blocked"] = new JsonArray([.. _cluster.Remote.BlockList.BlockedMembers.Order(StringComparer.Ordinal)]),
            ["blockedHere"] = new JsonArray([.. BlockedHere()]),
            ["blockedBecause"] = new JsonArray([.. _blocked]),
            ["heartbeats"] = new JsonObject(heartbeats.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value.Age.TotalMilliseconds))),
            ["deadLetters"] = new JsonObject(_deadLetters.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["heapBytes"] = GC.GetTotalMemory(forceFullCollection: false),
            ["workingSetBytes"] = Environment.WorkingSet,
        };
    }

    // Only ours has a list of its own.
    private IEnumerable<string?> BlockedHere() =>
        _cluster.Remote is ReliableRemote remote ? remote.PeerBlockList.Entries.Select(entry => entry.SystemId) : [];

    // Only ours says why.
    private static string Reason(DeadLetterEvent letter) => letter is RemoteDeadLetterEvent remote ? $"{remote.Reason}" : "not said";
}
