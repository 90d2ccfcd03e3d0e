using System.Text.Json;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>Gossip and heartbeats pass what waits: no member is taken for dead while actors that take nothing keep every lane full.</summary>
[Trait("Behaviour", "K-03")]
public sealed class GossipTests
{
    // An expiration below which a busy machine alone would be the reason, and a good part of it as the oldest heartbeat that is all right.
    private static readonly ClusterTimings Timings = ClusterTimings.Quick;
    private static readonly TimeSpan Oldest = TimeSpan.FromMilliseconds(Timings.HeartbeatExpiration * 0.6);

    private static TimeSpan Full => TimeSpan.FromSeconds(TestScale.IsLong ? 60 : 4);

    [Fact]
    public async Task LanesAreFull_HeartbeatsArriveAndNobodyIsBlocked()
    {
        var capacity = TestScale.IsLong ? 1_000_000 : 20_000;
        await using var cluster = await TestCluster.StartAsync(new MemberPlan { Timings = Timings, QueueCapacity = capacity });
        foreach (var member in cluster.Members)
        {
            await member.TellAsync("stuck");
        }

        await Task.WhenAll(cluster.Members.Select(member => member.TellAsync("fill")));
        var since = CounterActor.Now;
        while (CounterActor.Now - since < Full.TotalNanoseconds)
        {
            foreach (var member in cluster.Members)
            {
                VerifyLanes(await member.TellAsync("lanes"), capacity, member);
                VerifyAlive(await member.TellAsync("status"), cluster);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }

        await Task.WhenAll(cluster.Members.Select(member => member.TellAsync("fill-end")));
        await Task.WhenAll(cluster.Members.Select(member => member.TellAsync("release")));
        var asked = await cluster.First.TellAsync("ask from=0 count=100 timeout=5000 ceiling=50000");
        Assert.Equal(0, asked.GetProperty("silent").GetInt32());
        await cluster.SettledAsync();
    }

    // They were full once, and are filled again as fast as what is left of the credit empties them.
    private static void VerifyLanes(JsonElement lanes, int capacity, MemberNode member)
    {
        var full = lanes.EnumerateArray().ToArray();
        Assert.Equal(TestCluster.Founders - 1, full.Length);
        Assert.All(full, lane => Assert.True(lane.GetProperty("waiting").GetInt32() >= capacity / 2, $"{lane} of {member.Describe()}"));
    }

    private static void VerifyAlive(JsonElement state, TestCluster cluster)
    {
        foreach (var member in cluster.Members)
        {
            Assert.Contains(state.GetProperty("members").EnumerateArray(), id => id.GetString() == member.Id);
            Assert.DoesNotContain(state.GetProperty("blocked").EnumerateArray(), id => id.GetString() == member.Id);
            var age = state.GetProperty("heartbeats").GetProperty(member.Id).GetDouble();
            Assert.True(age < Oldest.TotalMilliseconds, $"A heartbeat is {age} ms old: {state}");
        }
    }
}
