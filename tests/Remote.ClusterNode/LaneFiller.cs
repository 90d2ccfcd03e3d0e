using System.Text.Json.Nodes;
using Google.Protobuf;
using Proto;

namespace Remote.ClusterNode;

/// <summary>Keeps the user lanes towards the stuck actors of other members full.</summary>
internal sealed class LaneFiller(ActorSystem system)
{
    private const int PayloadBytes = 1024;

    // Long enough for a full lane not to cost a core, short enough for it never to be far from full.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);

    private static readonly Numbered Message = new() { Payload = ByteString.CopyFrom(new byte[PayloadBytes]) };

    /// <summary>
    /// Returns when each lane has been full once, and goes on in the background until the token ends it. A lane whose peer has said that
    /// the actor takes nothing is full for it at half of the capacity: slow targets have no more.
    /// </summary>
    public Task FillAsync(IEnumerable<string> addresses, CancellationToken stop) => Task.WhenAll(addresses.Select(address =>
    {
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Task.Run(() => FillAsync(address, full, stop), CancellationToken.None);
        return full.Task;
    }));

    /// <summary>What waits for each peer, and how much may.</summary>
    public JsonNode Lanes() => new JsonArray([.. system.ReliableRemote().GetEndpoints().Select(endpoint => (JsonNode)new JsonObject
    {
        ["address"] = endpoint.Address,
        ["state"] = endpoint.State.ToString(),
        ["waiting"] = endpoint.QueueLength,
        ["capacity"] = endpoint.QueueCapacity,
        ["refused"] = endpoint.Refused.Values.Sum(),
    })]);

    private async Task FillAsync(string address, TaskCompletionSource full, CancellationToken stop)
    {
        var target = PID.FromAddress(address, StuckActor.Name);
        long refused = 0;
        while (!stop.IsCancellationRequested)
        {
            var lane = system.ReliableRemote().GetEndpointStatistics(address);
            var room = lane is null ? 1_000 : lane.QueueCapacity - lane.QueueLength;
            var isRefusing = lane is not null && lane.Refused.Values.Sum() > refused;
            refused = lane?.Refused.Values.Sum() ?? 0;
            if (room <= 0 || isRefusing)
            {
                full.TrySetResult();
            }

            // Each refusal is a dead letter: a lane that refuses is asked with one message whether it still does.
            for (var left = isRefusing ? 1 : room; left > 0; left--)
            {
                system.Root.Send(target, Message);
            }

            await Task.Delay(Breath, CancellationToken.None);
        }
    }
}
