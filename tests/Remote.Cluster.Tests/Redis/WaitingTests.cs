using System.Globalization;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class WaitingTests(RedisFixture fixture) : IClassFixture<RedisFixture>
{
    private readonly string _cluster = NewCluster();

    [Fact]
    public async Task WaitForActivation_OfAnother_ReturnsItWhenItIsStored()
    {
        using var owner = await OpenAsync(fixture.Server, Options(_cluster));
        using var waiter = await OpenAsync(fixture.Server, Options(_cluster));
        var taken = await owner.LockAsync(Identity("x"));

        var waiting = waiter.WaitForActivation(Identity("x"), CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        await owner.StoreActivation("m1", taken, Pid("a"), CancellationToken.None);

        Assert.Equal("a", (await waiting.WaitAsync(Ceiling))?.Pid.Id);
    }

    [Fact]
    public async Task WaitForActivation_TheLockIsGivenBackOrRunsOut_ReturnsNull()
    {
        var options = Options(_cluster);
        options.LockExpiry = TimeSpan.FromMilliseconds(200);
        options.WaitTimeout = Ceiling;
        using var storage = await OpenAsync(fixture.Server, options);
        await storage.LockAsync(Identity("runs out"));
        var given = await storage.LockAsync(Identity("given back"));

        var one = storage.WaitForActivation(Identity("runs out"), CancellationToken.None);
        var other = storage.WaitForActivation(Identity("given back"), CancellationToken.None);
        await storage.RemoveLock(given, CancellationToken.None);

        Assert.Null(await one.WaitAsync(Ceiling));
        Assert.Null(await other.WaitAsync(Ceiling));
    }

    [Fact]
    public async Task WaitForActivation_NobodyStores_EndsAtItsOwnTimeOrAtTheCallers()
    {
        var options = Options(_cluster);
        options.WaitTimeout = TimeSpan.FromMilliseconds(200);
        using var storage = await OpenAsync(fixture.Server, options);
        await storage.LockAsync(Identity("x"));

        Assert.Null(await storage.WaitForActivation(Identity("x"), CancellationToken.None).WaitAsync(Ceiling));

        using var caller = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => storage.WaitForActivation(Identity("x"), caller.Token));
    }

    [Fact]
    public async Task WaitForActivation_AThousandForASecond_LookSeldom()
    {
        var options = Options(_cluster);
        options.WaitTimeout = TimeSpan.FromSeconds(1);
        options.LongestPause = TimeSpan.FromMilliseconds(250);
        options.FirstPause = TimeSpan.FromMilliseconds(25);
        using var storage = await OpenAsync(fixture.Server, options);
        var identities = Enumerable.Range(0, 1000).Select(at => Identity(at.ToString(CultureInfo.InvariantCulture))).ToArray();
        await Task.WhenAll(identities.Select(storage.LockAsync));
        var before = await LooksAsync();

        var found = await Task.WhenAll(identities.Select(one => storage.WaitForActivation(one, CancellationToken.None)));

        Assert.All(found, Assert.Null);

        // Pauses of 25, 37, 56, 84, 126, 190, 250, 250 ms, each a quarter shorter at most, leave room for eleven looks in a second.
        Assert.InRange(await LooksAsync() - before, 1000, 11_000);
    }

    [Fact]
    public async Task WaitForActivation_ServerIsSlow_OnlySoManyAreUnderWay()
    {
        var options = Options(_cluster);
        options.MaxConcurrentLooks = 3;
        options.CheckInterval = TimeSpan.FromSeconds(30);
        using var storage = await OpenAsync(fixture.Server, options);
        await storage.LockAsync(Identity("x"));
        var before = await LooksAsync();

        // Much longer than the callers wait: a busy machine may let them wait longer too.
        await fixture.Server.AskAsync("CLIENT PAUSE 2000 ALL");

        using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var waiting = Enumerable.Range(0, 100).Select(_ => storage.WaitForActivation(Identity("x"), end.Token)).ToArray();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));

        Assert.InRange(await LooksAsync() - before, 0, 3);
    }

    private Task<long> LooksAsync() => CallsAsync(fixture.Server, "eval");
}
