using Microsoft.Extensions.Logging;
using Proto;
using Remote.Cluster.Redis;
using Remote.Cluster.Tests.Etcd;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class EpochWatchTests(RedisFixture fixture) : IClassFixture<RedisFixture>
{
    private readonly string _cluster = NewCluster();

    [Fact]
    public async Task Check_EndedByAnExceptionThatIsNotOfRedis_IsLoggedAndTheChecksGoOn()
    {
        await using var system = new ActorSystem();
        var (broken, _) = system.ProcessRegistry.TryAdd("broken", new BrokenProcess(system));
        using var log = new RecordedLog();
        var lost = new TaskCompletionSource<LostActivation>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var storage = await OpenAsync(
            fixture.Server, Options(_cluster), new RedisIdentityHooks { ActorSystem = system, ActivationLost = lost.SetResult, LoggerFactory = log });
        using var other = await OpenAsync(fixture.Server, Options(_cluster));
        await storage.ActivateAsync(Identity("x"), "m1", broken);
        await storage.ActivateAsync(Identity("y"), "m2", Pid("y", system.Address));

        await other.RemoveMember("m1", CancellationToken.None);
        var failed = await log.NextAsync("PlaceCheckFailed");
        await other.RemoveMember("m2", CancellationToken.None);

        Assert.Equal(LogLevel.Error, failed.Level);
        Assert.Contains("The process is broken.", failed.Text, StringComparison.Ordinal);
        Assert.Equal("y", (await lost.Task.WaitAsync(Ceiling)).Pid.Id);
    }
}
