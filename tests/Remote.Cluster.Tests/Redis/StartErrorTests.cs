using Remote.Cluster.Redis;
using Remote.Cluster.Tests.Servers;
using StackExchange.Redis;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class StartErrorTests
{
    private readonly string _cluster = NewCluster();

    [Fact]
    public async Task Init_NobodyThere_SaysWhere()
    {
        var server = await RedisServer.StartAsync();
        await server.DisposeAsync();

        var refused = await RefusedAsync($"{server.Address},connectTimeout=1000,connectRetry=1");

        Assert.Equal(RedisIdentityError.Unreachable, refused.Error);
        Assert.Contains(server.Address, refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsRetryable);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",password=wrong")]
    public async Task Init_PasswordMissingOrWrong_SaysSo(string password)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions(Password: "secret"));

        var refused = await RefusedAsync($"{server.Address},connectTimeout=1000,connectRetry=1{password}");

        Assert.Equal(RedisIdentityError.NotPermitted, refused.Error);
        Assert.Contains("assword", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
        using var right = new RedisIdentityStorage($"{server.Address},password=secret", Options(_cluster));
        await right.Init().WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Init_ReadOnlyReplica_SaysSo()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync(new RedisServerOptions(ReplicaOf: primary.Port));

        var refused = await RefusedAsync(replica.Address);

        Assert.Equal(RedisIdentityError.ReadOnlyReplica, refused.Error);
        Assert.Contains("primary", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OutOfMemory_AtTheStartAndLater_SaysSoAndRemovingStillWorks()
    {
        await using var server = await RedisServer.StartAsync();
        using var storage = await OpenAsync(server, Options(_cluster));
        await storage.ActivateAsync(Identity("x"), "m1", Pid("a"));
        var onItsWay = await storage.LockAsync(Identity("y"));
        await server.AskAsync("CONFIG SET maxmemory 1");

        var atStart = await RefusedAsync(server.Address, NewCluster());
        var later = await Assert.ThrowsAsync<RedisIdentityException>(() => storage.TryAcquireLock(Identity("z"), CancellationToken.None));
        var stored = await Assert.ThrowsAsync<RedisIdentityException>(() => storage.StoreActivation("m1", onItsWay, Pid("b"), CancellationToken.None));

        Assert.All([atStart, later, stored], one => Assert.Equal(RedisIdentityError.OutOfMemory, one.Error));
        Assert.Contains("maxmemory", later.Message, StringComparison.Ordinal);
        await storage.RemoveActivation(Identity("x"), Pid("a"), CancellationToken.None);
        await server.AskAsync("CONFIG SET maxmemory 0");
        Assert.Null(await storage.FindAsync(Identity("x")));
        Assert.Null(await storage.FindAsync(Identity("y")));
        await storage.StoreActivation("m1", onItsWay, Pid("b"), CancellationToken.None);
    }

    [Fact]
    public async Task RedisCluster_WithItsHashTag_Works()
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions(IsCluster: true));
        foreach (var prefix in new[] { _cluster, $"prod:{{{_cluster}}}" })
        {
            using var storage = await OpenAsync(server, Options(prefix));
            await storage.ActivateAsync(Identity("}x{"), "m1", Pid("a"));
            await storage.ActivateAsync(Identity("y"), "m1", Pid("b"));
            await storage.RemoveActivation(Identity("}x{"), Pid("a"), CancellationToken.None);
            Assert.Equal("m1 host:1/b", await storage.FindAsync(Identity("y")));
            await storage.RemoveMember("m1", CancellationToken.None);
            Assert.Null(await storage.FindAsync(Identity("y")));
        }
    }

    [Fact]
    public async Task Storage_NotInitializedOrDisposed_SaysSo()
    {
        await using var server = await RedisServer.StartAsync();
        var storage = new RedisIdentityStorage(server.Address, Options(_cluster));
        var before = await Assert.ThrowsAsync<RedisIdentityException>(() => storage.FindAsync(Identity("x")));
        await storage.Init().WaitAsync(Ceiling);
        storage.Dispose();
        var after = await Assert.ThrowsAsync<RedisIdentityException>(() => storage.FindAsync(Identity("x")));

        Assert.All([before, after], one => Assert.Equal(RedisIdentityError.NotRunning, one.Error));
    }

    private async Task<RedisIdentityException> RefusedAsync(string connection, string? cluster = null)
    {
        using var storage = new RedisIdentityStorage(connection, Options(cluster ?? _cluster));
        return await Assert.ThrowsAsync<RedisIdentityException>(() => storage.Init().WaitAsync(Ceiling));
    }

    [Fact]
    public async Task Dispose_WhileItConnects_LeavesNoConnectionBehind()
    {
        await using var server = await RedisServer.StartAsync();
        var connection = Connection(server);
        connection.ClientName = "left-behind";
        connection.ConnectTimeout = (int)Ceiling.TotalMilliseconds;
        await server.PauseAsync();
        var storage = new RedisIdentityStorage(connection, Options(NewCluster()));
        var starting = storage.Init();
        storage.Dispose();
        await server.ResumeAsync();

        var refused = await Assert.ThrowsAsync<RedisIdentityException>(() => starting.WaitAsync(Ceiling));

        Assert.Equal(RedisIdentityError.NotRunning, refused.Error);
        var administration = Connection(server);
        administration.AllowAdmin = true;
        using var looking = await ConnectionMultiplexer.ConnectAsync(administration);
        await UntilAsync(
            async () => !((string)(await looking.GetDatabase().ExecuteAsync("CLIENT", "LIST"))!).Contains("left-behind", StringComparison.Ordinal),
            "the end of the connection");
    }
}
