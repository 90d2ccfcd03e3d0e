using Remote.Cluster.Redis;
using Remote.Cluster.Tests.Servers;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

/// <summary>Redis forgets while it runs, or answers nobody for a while.</summary>
[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class LostMemoryTests
{
    private readonly string _cluster = NewCluster();

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("SCRIPT FLUSH")]
    public async Task Redis_MemoryIsFlushed_IsToldWhatRuns(string command)
    {
        await using var server = await RedisServer.StartAsync();
        await BeginAsync(server, _cluster);
        using var storage = await OpenAsync(server, Settling(_cluster));
        using var other = await OpenAsync(server, Settling(_cluster));
        await storage.ActivateAsync(Identity("x"), "m1", Pid("a"));

        await server.AskAsync(command);

        Assert.Equal("m1 host:1/a", await other.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task Redis_HasLostItsMemory_TheStorageSaysThatItCannotKnow()
    {
        await using var server = await RedisServer.StartAsync();
        await BeginAsync(server, _cluster);
        var options = Options(_cluster);
        options.SettlingTime = TimeSpan.FromMinutes(1);
        using var storage = await OpenAsync(server, options);
        await server.AskAsync("FLUSHALL");

        foreach (var ask in new Func<CancellationToken, Task>[]
        {
            ct => storage.TryGetExistingActivation(Identity("x"), ct),
            ct => storage.TryAcquireLock(Identity("x"), ct),
        })
        {
            using var end = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            var refused = await Assert.ThrowsAsync<RedisIdentityException>(() => ask(end.Token));
            Assert.Equal(RedisIdentityError.Unknown, refused.Error);
            Assert.Contains("SettlingTime", refused.Message, StringComparison.Ordinal);
            Assert.Contains(server.Address, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Member_ThatCouldNotSayInTimeWhatRuns_IsToldWhatItLost()
    {
        await using var server = await RedisServer.StartAsync();
        await BeginAsync(server, _cluster);
        var lost = new TaskCompletionSource<LostActivation>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(_cluster);
        options.CheckInterval = TimeSpan.FromMinutes(1);
        using var late = await OpenAsync(server, options, new RedisIdentityHooks { ActivationLost = lost.SetResult });
        using var other = await OpenAsync(server, options);
        await late.ActivateAsync(Identity("x"), "m1", Pid("a"));
        await late.ActivateAsync(Identity("y"), "m1", Pid("c"));
        await server.AskAsync("FLUSHALL");
        await other.ActivateAsync(Identity("x"), "m2", Pid("b"));

        // Its first question shows it the new epoch.
        Assert.Equal("m2 host:1/b", await late.FindAsync(Identity("x")));

        Assert.Equal("a", (await lost.Task.WaitAsync(Ceiling)).Pid.Id);
        Assert.Equal("m1 host:1/c", await other.FindAsync(Identity("y")));
    }

    [Fact]
    public async Task Redis_PausedAndResumed_GoesOnWithTheSameEpoch()
    {
        await using var server = await RedisServer.StartAsync();
        await BeginAsync(server, _cluster);
        using var storage = await OpenAsync(server, Settling(_cluster));
        await storage.ActivateAsync(Identity("x"), "m1", Pid("a"));

        await server.PauseAsync();
        using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => storage.TryGetExistingActivation(Identity("x"), end.Token));
        await server.ResumeAsync();

        await UntilAsync(async () => await storage.FindAsync(Identity("x")) == "m1 host:1/a", "the activation after the pause");
    }
}
