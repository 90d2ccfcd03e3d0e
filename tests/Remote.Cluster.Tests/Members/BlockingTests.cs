using System.Text.Json;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>Blocking goes both ways: whoever is blocked by one list is in the other one, is cut off at once, and leaves.</summary>
[Trait("Behaviour", "K-04")]
public sealed class BlockingTests
{
    private const int Duration = 3_000;
    private const int Attempts = 3;

    // Each hears of it at once, or by the next gossip. Other clusters run on this machine meanwhile: the best of a few attempts counts.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    /// <summary>Which list it is put into: Proto.Remote's, as the cluster does, or ours, which the short run leaves to the long one.</summary>
    public static TheoryData<string> Lists => TestScale.IsLong ? ["theirs", "ours"] : ["theirs"];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task MemberThatIsBlocked_IsCutAndLeavesWithinASecond_AndTheBlockExpires(string list)
    {
        await using var cluster = await TestCluster.StartAsync(new MemberPlan
        {
            Timings = ClusterTimings.Quick with { BlockedMemberDuration = Duration, HeartbeatExpiration = 0 },
        });
        List<TimeSpan> took = [];
        while (took.Count == 0 || (took[^1] >= AtOnce && took.Count < Attempts))
        {
            took.Add(await BlockTheThirdAsync(cluster, list));
            await cluster.StartAsync(2);
            await cluster.SettledAsync();
        }

        Assert.True(took[^1] < AtOnce, $"It began to leave after {string.Join(", ", took)}.");
    }

    /// <returns>How long it took until the third began to leave.</returns>
    private static async Task<TimeSpan> BlockTheThirdAsync(TestCluster cluster, string list)
    {
        var (third, since) = (cluster.Third.Id, CounterActor.Now);
        await cluster.First.TellAsync($"block id={third} list={list} {(list == "ours" ? $"duration={Duration}" : "")}");

        // The one that blocks it sees it no more, the third hears it from a peer that refuses it, the second by gossip.
        var cut = await UntilAsync(cluster.First, state => !IsMember(state, third));
        Assert.True(IsBlocked(cut, third), $"{cut}");
        await UntilAsync(cluster.Second, state => !IsMember(state, third) && IsBlocked(state, third));
        var gone = await cluster.Third.Leaving.WaitAsync(Ceiling);
        await cluster.Third.PutOutAsync();

        await UntilAsync(cluster.First, state => !Has(state, "blocked", third) && !Has(state, "blockedHere", third));
        await UntilAsync(cluster.Second, state => !Has(state, "blocked", third) && !Has(state, "blockedHere", third));
        Assert.InRange(CounterActor.Now - since, TimeSpan.FromMilliseconds(Duration).TotalNanoseconds, Ceiling.TotalNanoseconds);
        return TimeSpan.FromMicroseconds((gone - since) / 1000.0);
    }

    private static bool IsMember(JsonElement state, string id) => Has(state, "members", id);

    /// <summary>In Proto.Remote's list and in ours.</summary>
    private static bool IsBlocked(JsonElement state, string id) => Has(state, "blocked", id) && Has(state, "blockedHere", id);

    private static bool Has(JsonElement state, string list, string id) => state.GetProperty(list).EnumerateArray().Any(entry => entry.GetString() == id);

    private static async Task<JsonElement> UntilAsync(MemberNode member, Func<JsonElement, bool> condition)
    {
        var since = CounterActor.Now;
        while (true)
        {
            var state = await member.TellAsync("status");
            if (condition(state))
            {
                return state;
            }

            Assert.True(CounterActor.Now - since < Ceiling.TotalNanoseconds, $"It did not come to that: {state}. {member.Describe()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }
}
