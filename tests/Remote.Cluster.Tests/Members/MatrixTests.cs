using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>
/// Proto.Cluster on Remote: three members, every way to find each other, every way to find activations, and everything that may happen to a member.
/// </summary>
[Trait("Behaviour", "K-01")]
public sealed class MatrixTests
{
    private const int Identities = 1_000;

    // Both are measured on a machine that does other things: nobody can tell the two remotings apart by less.
    private static readonly TimeSpan Noise = TimeSpan.FromSeconds(2);

    /// <summary>Provider and lookup. The rest is the long mode's.</summary>
    public static TheoryData<string, string> Cells => TestScale.IsLong
        ? new()
        {
            { MemberPlan.SeedNodes, MemberPlan.PartitionActivator },
            { MemberPlan.SeedNodes, MemberPlan.PartitionIdentity },
        }
        : new() { { MemberPlan.SeedNodes, MemberPlan.PartitionActivator } };

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task MemberIsKilled_EveryIdentityAnswersAgain(string provider, string lookup)
    {
        await using var cluster = await TestCluster.StartAsync(Plan(provider, lookup, MemberPlan.Ours));
        await VerifySpreadAsync(cluster);

        var row = await new FaultRun(cluster, Identities).KillAsync();

        VerifyAccounted(row);
        Assert.True(row.Doubled == 0, row.ToMarkdown($"{provider}, {lookup}", MemberPlan.Ours));
    }

    private static MemberPlan Plan(string provider, string lookup, string remoting) =>
        new() { Remoting = remoting, Provider = provider, Lookup = lookup, Timings = ClusterTimings.Quick };

    /// <summary>A thousand virtual actors run once each, and not all on one member.</summary>
    private static async Task VerifySpreadAsync(TestCluster cluster)
    {
        var since = CounterActor.Now;
        var asked = await cluster.First.TellAsync($"ask from=0 count={Identities} timeout=5000 ceiling=60000");

        Assert.Equal(Identities, asked.GetProperty("answered").GetInt32());
        var running = cluster.Ledger.Running();
        Assert.Equal((Identities, 0, (0, TimeSpan.Zero)), (running.Values.Sum(), cluster.Ledger.BegunAgain(since), cluster.Ledger.Doubled(since, CounterActor.Now)));
        Assert.Equal(TestCluster.Founders, running.Count);
        Assert.All(running.Values, count => Assert.InRange(count, Identities / 10, Identities));
    }

    private static void VerifyAccounted(FaultRow row)
    {
        Assert.Equal(0, row.Silent);
        Assert.DoesNotContain(Questions.Hung, row.Failures.Keys);
        Assert.All(row.Failures.Keys, reason => Assert.NotEqual("", reason));
    }
}
