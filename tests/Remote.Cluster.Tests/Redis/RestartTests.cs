using System.Globalization;
using Proto.Cluster.Identity;
using Remote.Cluster.Redis;
using Remote.Cluster.Tests.Servers;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

/// <summary>Redis ends, and comes back with what it knew, with less, or with nothing.</summary>
[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class RestartTests
{
    private readonly string _cluster = NewCluster();

    [Fact]
    public async Task Redis_RestartedWithoutPersistence_IsToldWhatRuns()
    {
        await using var server = await RedisServer.StartAsync();
        await BeginAsync(server, _cluster);
        using var one = await OpenAsync(server, Settling(_cluster));
        using var idle = await OpenAsync(server, Settling(_cluster));
        using var asking = await OpenAsync(server, Settling(_cluster));
        var count = TestScale.IsLong ? 10_000 : 500;
        await Task.WhenAll(Enumerable.Range(0, count).Select(at =>
            idle.ActivateAsync(Identity(at.ToString(CultureInfo.InvariantCulture)), "m1", Pid("a"))));
        await one.ActivateAsync(Identity("x"), "m2", Pid("b"));

        await server.KillAsync();
        await server.StartAgainAsync();

        // Nobody asks the storage that knows it: its watch has to notice.
        await UntilAsync(async () => await asking.FindAsync(Identity("0")) is not null, "what ran before the restart");
        for (var at = 0; at < count; at++)
        {
            Assert.Equal("m1 host:1/a", await asking.FindAsync(Identity(at.ToString(CultureInfo.InvariantCulture))));
        }

        Assert.Equal("m2 host:1/b", await asking.FindAsync(Identity("x")));
        Assert.Null(await asking.TryAcquireLock(Identity("x"), CancellationToken.None));
    }

    [Fact]
    public async Task Redis_RestartedWithAnAppendOnlyFile_KnowsWhatRan()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions(RedisPersistence.AppendOnly));
        await BeginAsync(server, _cluster);
        using (var gone = await OpenAsync(server, Settling(_cluster)))
        {
            await gone.ActivateAsync(Identity("x"), "m1", Pid("a"));
        }

        // Whoever stored it has no part in this: only the file can know it.
        await server.KillAsync();
        await server.StartAgainAsync();
        using var next = await OpenAsync(server, Settling(_cluster));

        Assert.Equal("m1 host:1/a", await next.FindAsync(Identity("x")));
        Assert.Null(await next.TryAcquireLock(Identity("x"), CancellationToken.None));
    }

    [Fact]
    public async Task Redis_ComesBackWithAnOldSnapshot_TheLaterActivationCounts()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions(RedisPersistence.Snapshot));
        await BeginAsync(server, _cluster);
        using var former = await OpenAsync(server, Settling(_cluster));
        using var next = await OpenAsync(server, Settling(_cluster));
        await former.ActivateAsync(Identity("x"), "m1", Pid("old"));
        Assert.Equal("+OK", await server.AskAsync("SAVE"));
        await next.RemoveActivation(Identity("x"), Pid("old"), CancellationToken.None);
        await next.ActivateAsync(Identity("x"), "m2", Pid("new"));

        await server.KillAsync();
        await server.StartAgainAsync();

        // The former still believes in its own, and says so; the number of the later is higher.
        await UntilAsync(async () => await former.FindAsync(Identity("x")) == "m2 host:1/new", "the later activation");
        using var joined = await OpenAsync(server, Settling(_cluster));
        Assert.Equal("m2 host:1/new", await joined.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task Lock_FromBeforeARestart_IsVoid()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions(RedisPersistence.AppendOnly));
        await BeginAsync(server, _cluster);
        var options = Settling(_cluster);
        options.LockExpiry = TimeSpan.FromMinutes(5);
        using var storage = await OpenAsync(server, options);
        var old = await storage.LockAsync(Identity("x"));

        await server.KillAsync();
        await server.StartAgainAsync();

        LockNotFoundException? refused = null;
        await UntilAsync(async () =>
        {
            refused = await Record.ExceptionAsync(() => storage.StoreActivation("m1", old, Pid("a"), CancellationToken.None)) switch
            {
                LockNotFoundException lost => lost,
                RedisIdentityException again => throw again,
                var unexpected => throw new InvalidOperationException("It was stored, or failed otherwise.", unexpected),
            };
            return true;
        }, "the answer about the old lock");
        Assert.Contains("restart of Redis", refused!.Message, StringComparison.Ordinal);
        await UntilAsync(async () => await storage.TryAcquireLock(Identity("x"), CancellationToken.None) is not null, "a new lock");
    }
}
