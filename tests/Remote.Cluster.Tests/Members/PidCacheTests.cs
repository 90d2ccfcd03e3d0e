using Proto;
using Proto.Cluster;
using Proto.Cluster.PartitionActivator;
using Proto.Cluster.Seed;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>The cache of activations evicts those of other members that nobody has used for a while, as it does on Proto.Remote.</summary>
[Trait("Behaviour", "K-01")]
public sealed class PidCacheTests
{
    private const int Identities = 40;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(MemberPlan.Ours)]
    [InlineData(MemberPlan.Proto)]
    public async Task IdleActivations_OfAnotherMember_AreEvicted(string remoting)
    {
        await using var first = await StartAsync(remoting, FixedServerSeedNode.StartSeedNode());
        var (host, port) = first.GetAddress();
        await using var second = await StartAsync(remoting, FixedServerSeedNode.JoinSeedNode(host, port));
        await AskAllAsync(first);
        var elsewhere = Enumerable.Range(0, Identities).Where(number => IsCached(first, number)).Where(number => !IsHere(first, number)).ToArray();
        Assert.NotEmpty(elsewhere);

        // One is used again before anything is evicted, so it is the younger one.
        var idle = Environment.TickCount64;
        await WaitAsync(() => Environment.TickCount64 - idle > 300, "an idle while");
        await AskAsync(first, elsewhere[0]);
        var evicted = first.Cluster().PidCache.RemoveIdleRemoteProcessesOlderThan(TimeSpan.FromMilliseconds(250));

        Assert.Equal(elsewhere.Length - 1, evicted);
        Assert.True(IsCached(first, elsewhere[0]));
        Assert.DoesNotContain(elsewhere[1..], number => IsCached(first, number));

        // Those of this member have no such process, and stay.
        Assert.Contains(Enumerable.Range(0, Identities), number => IsCached(first, number) && IsHere(first, number));
        await second.Cluster().ShutdownAsync();
        await first.Cluster().ShutdownAsync();
    }

    private static async Task<ActorSystem> StartAsync(string remoting, IClusterProvider provider)
    {
        var system = Remotings.With(new ActorSystem(), new MemberPlan { Remoting = remoting });
        system.WithCluster(ClusterConfig
            .Setup("cached", provider, new PartitionActivatorLookup())
            .WithGossipInterval(TimeSpan.FromMilliseconds(100))
            .WithClusterKind(CounterActor.Kind, Props.FromProducer(() => new CounterActor(new Announcer(TextWriter.Null)))));
        await system.Cluster().StartMemberAsync();
        return system;
    }

    private static async Task AskAllAsync(ActorSystem system)
    {
        await WaitAsync(() => system.Cluster().MemberList.GetMembers().Count == 2, "two members");
        await Task.WhenAll(Enumerable.Range(0, Identities).Select(number => AskAsync(system, number)));
    }

    private static async Task AskAsync(ActorSystem system, int number)
    {
        using var late = new CancellationTokenSource(Ceiling);
        Assert.NotNull(await system.Cluster().RequestAsync<Counted>(Questions.Identity(number), CounterActor.Kind, new Ask(), late.Token));
    }

    private static bool IsCached(ActorSystem system, int number) => Cached(system, number) is not null;

    private static bool IsHere(ActorSystem system, int number) => Cached(system, number)?.Address == system.Address;

    private static PID? Cached(ActorSystem system, int number) =>
        system.Cluster().PidCache.TryGet(ClusterIdentity.Create(Questions.Identity(number), CounterActor.Kind), out var pid) ? pid : null;

    private static async Task WaitAsync(Func<bool> condition, string what)
    {
        using var late = new CancellationTokenSource(Ceiling);
        while (!condition())
        {
            Assert.False(late.IsCancellationRequested, $"{what}: not within {Ceiling}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }
}
