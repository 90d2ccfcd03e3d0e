using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>
/// Proto.Cluster on Remote: three members, every way to find each other, every way to find activations, and everything that may happen to a member.
/// The default run takes two cells and one fault each; the long one takes all of it, beside Proto.Remote.
/// </summary>
[Trait("Behaviour", "K-01")]
[Trait("Behaviour", "K-02")]
[Trait("Needs", "Servers")]
public sealed class MatrixTests
{
    private const int Identities = 1_000;

    // Both are measured on a machine that does other things: nobody can tell the two remotings apart by less.
    private static readonly TimeSpan Noise = TimeSpan.FromSeconds(2);

    /// <summary>Provider and lookup.</summary>
    public static TheoryData<string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string>
            {
                { MemberPlan.SeedNodes, MemberPlan.PartitionActivator },
                { MemberPlan.Etcd, MemberPlan.Redis },
            };
            if (TestScale.IsLong)
            {
                cells.Add(MemberPlan.SeedNodes, MemberPlan.PartitionIdentity);
                cells.Add(MemberPlan.SeedNodes, MemberPlan.Redis);
                cells.Add(MemberPlan.Etcd, MemberPlan.PartitionActivator);
                cells.Add(MemberPlan.Etcd, MemberPlan.PartitionIdentity);
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task WhateverHappensToAMember_EveryIdentityAnswersAgain_AndNoneRunsTwiceForLonger(string provider, string lookup)
    {
        var ours = await RunAsync(provider, lookup, MemberPlan.Ours);
        Assert.All(ours, VerifyAccounted);
        Assert.All(ours, row => VerifyDecided(provider, row));
        Assert.All(ours, VerifyOnceElsewhere);
        if (TestScale.IsLong)
        {
            var theirs = await RunAsync(provider, lookup, MemberPlan.Proto);
            Assert.All(ours.Zip(theirs), VerifyNotLonger);
        }
        else
        {
            Assert.All(ours, row => Assert.True(row.LongestDoubled < Noise, row.ToMarkdown($"{provider}, {lookup}", MemberPlan.Ours)));
        }
    }

    private static async Task<IReadOnlyList<FaultRow>> RunAsync(string provider, string lookup, string remoting)
    {
        await using var servers = await CellServers.StartAsync(provider, lookup);
        var plan = servers.Apply(new MemberPlan { Remoting = remoting, Provider = provider, Lookup = lookup, Timings = ClusterTimings.Quick });
        await using var cluster = await TestCluster.StartAsync(plan);
        await VerifySpreadAsync(cluster);
        var run = new FaultRun(cluster, Identities);
        List<FaultRow> rows = [];
        await foreach (var row in TestScale.IsLong ? run.AllAsync() : OnlyKillAsync(run))
        {
            FaultTable.Add($"{provider}, {lookup}", remoting, row);
            rows.Add(row);
        }

        return rows;
    }

    private static async IAsyncEnumerable<FaultRow> OnlyKillAsync(FaultRun run)
    {
        yield return await run.KillAsync();
    }

    /// <summary>A thousand virtual actors run once each, and not all on one member.</summary>
    private static async Task VerifySpreadAsync(TestCluster cluster)
    {
        var since = CounterActor.Now;
        var asked = await cluster.First.TellAsync($"ask from=0 count={Identities} timeout=5000 ceiling=60000");

        Assert.Equal(Identities, asked.GetProperty("answered").GetInt32());
        var running = cluster.Ledger.Running();
        Assert.Equal((Identities, 0), (running.Values.Sum(), cluster.Ledger.BegunAgain(since)));
        Assert.Equal(TestCluster.Founders, running.Count);
        Assert.All(running.Values, count => Assert.InRange(count, Identities / 10, Identities));
    }

    /// <summary>Every request was answered, or failed by itself for a reason; every identity answers.</summary>
    private static void VerifyAccounted(FaultRow row)
    {
        Assert.Equal((row.Fault, 0, 0), (row.Fault, row.Silent, row.OthersPutOut));
        Assert.DoesNotContain(Questions.Hung, row.Failures.Keys);
        Assert.DoesNotContain("", row.Failures.Keys);
    }

    /// <summary>With seed nodes nobody tells the two sides of a cut apart, on either remoting (docs/cluster.md). Everything else ends by itself.</summary>
    private static void VerifyDecided(string provider, FaultRow row) => Assert.True(
        !row.IsUndecided || (provider, row.Fault) == (MemberPlan.SeedNodes, FaultRun.CutOff), row.ToMarkdown(provider, MemberPlan.Ours));

    /// <summary>What happens to one member is no reason for an identity to run twice on the others (decision page 0031).</summary>
    private static void VerifyOnceElsewhere(FaultRow row) => Assert.True(row.LongestBesides < Noise, $"{row.Fault}: for {row.LongestBesides}, {row.Besides}");

    private static void VerifyNotLonger((FaultRow Ours, FaultRow Theirs) rows) => Assert.True(
        (rows.Ours.IsUndecided && rows.Theirs.IsUndecided) || rows.Ours.LongestDoubled <= rows.Theirs.LongestDoubled + Noise,
        $"An identity ran twice for longer than with Proto.Remote:\n{rows.Ours.ToMarkdown("", MemberPlan.Ours)}\n{rows.Theirs.ToMarkdown("", MemberPlan.Proto)}");
}
