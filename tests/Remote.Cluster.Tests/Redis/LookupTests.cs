using System.Globalization;
using Proto;
using Proto.Cluster;
using Proto.Cluster.Identity;
using Proto.Cluster.Seed;
using Proto.Remote;
using Remote.Cluster.Redis;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

/// <summary>The storage under Proto.Cluster's own lookup, in a member of this process.</summary>
[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class LookupTests(RedisFixture fixture) : IClassFixture<RedisFixture>
{
    private readonly string _cluster = NewCluster();

    [Fact]
    public async Task Lookup_ActivatesFindsRemovesAndLeaves()
    {
        await BeginAsync(fixture.Server, _cluster);
        using var looking = await OpenAsync(fixture.Server, Options(_cluster));
        await using var system = new ActorSystem();
        using var storage = new RedisIdentityStorage(Connection(fixture.Server), new RedisIdentityOptions { KeyPrefix = _cluster }, new RedisIdentityHooks { ActorSystem = system });
        var kind = new ClusterKind("order", Props.FromFunc(static context =>
        {
            if (context.Message is "who")
            {
                context.Respond(context.Self.Id);
            }
            else if (context.Message is "stop")
            {
                context.Respond("stopping");
                context.Stop(context.Self);
            }

            return Task.CompletedTask;
        }));
        system.WithRemote(RemoteConfig.BindToLocalhost())
            .WithCluster(ClusterConfig.Setup(_cluster, FixedServerSeedNode.StartSeedNode(), new IdentityStorageLookup(storage)).WithClusterKind(kind));
        await system.Cluster().StartMemberAsync().WaitAsync(Ceiling);
        using var end = new CancellationTokenSource(Ceiling);

        for (var at = 0; at < 50; at++)
        {
            var identity = Identity(at.ToString(CultureInfo.InvariantCulture));
            var pid = await system.Cluster().RequestAsync<string>(identity.Identity, "order", "who", end.Token);
            Assert.Equal($"{system.Id} {system.Address}/{pid}", await looking.FindAsync(identity));
        }

        // Nobody holds a lock of what is active, or an activation of what has stopped.
        Assert.Equal("stopping", await system.Cluster().RequestAsync<string>("7", "order", "stop", end.Token));
        await UntilAsync(async () => await looking.FindAsync(Identity("7")) is null, "the removal of what has stopped");
        Assert.NotNull(await system.Cluster().RequestAsync<string>("7", "order", "who", end.Token));

        // Members that leave go at once, however young.
        await system.Cluster().ShutdownAsync();
        Assert.Null(await looking.FindAsync(Identity("8")));
    }

    [Fact]
    public async Task LostActivation_OfASystemThatTheStorageKnows_IsStopped()
    {
        await BeginAsync(fixture.Server, _cluster);
        var options = Options(_cluster);
        options.CheckInterval = TimeSpan.FromMinutes(1);
        await using var system = new ActorSystem();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pid = system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is Stopped)
            {
                stopped.SetResult();
            }

            return Task.CompletedTask;
        }));
        using var late = await OpenAsync(fixture.Server, options, new RedisIdentityHooks { ActorSystem = system });
        using var other = await OpenAsync(fixture.Server, options);
        await late.ActivateAsync(Identity("x"), "m1", pid);
        await fixture.Server.AskAsync("FLUSHALL");
        await other.ActivateAsync(Identity("x"), "m2", Pid("b"));

        await late.FindAsync(Identity("x"));

        await stopped.Task.WaitAsync(Ceiling);
    }
}
