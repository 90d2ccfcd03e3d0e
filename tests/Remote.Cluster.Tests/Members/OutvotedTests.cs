using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>
/// A member of three that hangs, or is cut off, for longer than heartbeats are waited for. It finds the heartbeats of all others to be too old as they do
/// its own, so it hears from none of them that it is out: etcd tells it, or, when it was its own process that stood still, it asks them.
/// </summary>
[Trait("Behaviour", "K-02")]
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class OutvotedTests
{
    private const int Identities = 300;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    // It takes a second or two; without a word it would not leave at all, and everything on it would run twice.
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(6);

    /// <summary>Remoting, provider, and what is done to the third. That etcd decides, here and on the other remoting, is the long run's.</summary>
    public static TheoryData<string, string, string> Faults
    {
        get
        {
            var faults = new TheoryData<string, string, string> { { MemberPlan.Ours, MemberPlan.SeedNodes, "paused" } };
            if (TestScale.IsLong)
            {
                faults.Add(MemberPlan.Ours, MemberPlan.Etcd, "cut off");
                faults.Add(MemberPlan.Ours, MemberPlan.Etcd, "paused");
                faults.Add(MemberPlan.Proto, MemberPlan.Etcd, "cut off");
            }

            return faults;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Member_ThatTheOthersHaveReplaced_LeavesByItself_AndNothingRunsTwiceForLong(string remoting, string provider, string fault)
    {
        await using var servers = await CellServers.StartAsync(provider, MemberPlan.PartitionActivator);
        await using var cluster = await TestCluster.StartAsync(servers.Apply(new MemberPlan { Remoting = remoting, Provider = provider, Timings = ClusterTimings.Quick }));
        await AskAllAsync(cluster);
        var (since, third) = (CounterActor.Now, cluster.Third);
        Assert.NotEqual(0, cluster.Ledger.Running().GetValueOrDefault(third));

        var harm = fault == "paused" ? third.PauseAsync(Silence) : CutOffAsync(cluster, third);
        await AskAllAsync(cluster);
        await harm;

        var left = await Task.WhenAny(third.Left, Task.Delay(Ceiling)) == third.Left;
        Assert.True(left, $"It did not leave within {Ceiling}. {third.Describe()}");
        await third.PutOutAsync();
        var (doubled, longest, _) = cluster.Ledger.Doubled(since, CounterActor.Now);
        Assert.True(longest < Ceiling, $"{doubled} identities ran twice, the worst for {longest}. {third.Describe()}");
        await AskAllAsync(cluster);
        Assert.False(cluster.First.HasEnded || cluster.Second.HasEnded, $"{cluster.First.Describe()} {cluster.Second.Describe()}");
    }

    private static async Task AskAllAsync(TestCluster cluster)
    {
        var asked = await cluster.First.TellAsync($"ask from=0 count={Identities} timeout=5000 ceiling=60000");
        Assert.Equal(0, asked.GetProperty("silent").GetInt32());
    }

    private static async Task CutOffAsync(TestCluster cluster, MemberNode third)
    {
        cluster.Cutter.Cut();
        if (await Task.WhenAny(third.Left, Task.Delay(Silence)) == third.Left && third.Plan.Remoting == MemberPlan.Proto)
        {
            // Its last gossip says that it blocks the others, and on Proto.Remote they take its word and leave, too (decision page 0028). Ours refuses it.
            await third.PutOutAsync();
        }

        cluster.Cutter.Heal();
    }
}
