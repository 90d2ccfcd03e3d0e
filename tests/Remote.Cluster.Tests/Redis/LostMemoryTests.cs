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

    /// <summary>The later of two counts, also when it claims last: then the former has been told that the identity is its own.</summary>
    [Fact]
    public async Task Claims_OfTwo_TheFormerIsToldThoughItClaimedFirst()
    {
        await using var server = await RedisServer.StartAsync();
        var lost = new TaskCompletionSource<LostActivation>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(_cluster);
        options.CheckInterval = TimeSpan.FromMinutes(1);
        using var former = await OpenAsync(server, Options(_cluster), new RedisIdentityHooks { ActivationLost = lost.SetResult });
        using var next = await OpenAsync(server, options);
        await former.ActivateAsync(Identity("x"), "m1", Pid("old"));
        await next.RemoveActivation(Identity("x"), Pid("old"), CancellationToken.None);
        await next.ActivateAsync(Identity("x"), "m2", Pid("new"));
        await server.AskAsync("FLUSHALL");
        await UntilAsync(async () => await server.AskAsync($"EXISTS {{{_cluster}}}:i:5:order/x") == ":1", "the claim of the former");

        // So that the former has looked, and found what it has claimed.
        var looks = await CallsAsync(server, "evalsha");
        await UntilAsync(async () => await CallsAsync(server, "evalsha") >= looks + 5, "some looks of the former");
        Assert.Equal("m2 host:1/new", await next.FindAsync(Identity("x")));

        Assert.Equal("old", (await lost.Task.WaitAsync(Ceiling)).Pid.Id);
    }

    [Fact]
    public async Task Claims_OfTwo_TheLaterFromAnOlderVersion_TheFormerIsToldWhenTheEpochHasSettled()
    {
        await using var server = await RedisServer.StartAsync();
        await BeginAsync(server, _cluster);
        var lost = new TaskCompletionSource<LostActivation>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(_cluster);
        options.SettlingTime = TimeSpan.FromSeconds(3);
        using var former = await OpenAsync(server, options, new RedisIdentityHooks { ActivationLost = lost.SetResult });
        await former.ActivateAsync(Identity("x"), "m1", Pid("old"));
        await server.AskAsync("FLUSHALL");
        await UntilAsync(async () => await server.AskAsync($"EXISTS {{{_cluster}}}:i:5:order/x") == ":1", "the claim of the former");

        // That claims and says nothing of it.
        await server.AskAsync($"HSET {{{_cluster}}}:i:5:order/x id new member m2 number 9000000000000000");

        Assert.Equal("old", (await lost.Task.WaitAsync(Ceiling)).Pid.Id);
        Assert.Equal("m2 host:1/new", await former.FindAsync(Identity("x")));
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
