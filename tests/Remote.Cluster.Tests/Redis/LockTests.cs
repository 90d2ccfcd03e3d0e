using Proto.Cluster.Identity;
using Remote.Cluster.Redis;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class LockTests(RedisFixture fixture) : IClassFixture<RedisFixture>
{
    private readonly string _cluster = NewCluster();

    [Fact]
    public async Task TryAcquireLock_ManyAtOnceOverThreeConnections_OneHasIt()
    {
        using var first = await OpenAsync(fixture.Server, Options(_cluster));
        using var second = await OpenAsync(fixture.Server, Options(_cluster));
        using var third = await OpenAsync(fixture.Server, Options(_cluster));
        RedisIdentityStorage[] storages = [first, second, third];

        var taken = await Task.WhenAll(Enumerable.Range(0, 300).Select(at => storages[at % 3].TryAcquireLock(Identity("x"), CancellationToken.None)));

        Assert.Single(taken, one => one is not null);
    }

    [Fact]
    public async Task StoreActivation_WithTheLock_IsFoundByOthersAndTheLockIsGone()
    {
        using var one = await OpenAsync(fixture.Server, Options(_cluster));
        using var other = await OpenAsync(fixture.Server, Options(_cluster));

        var taken = await one.LockAsync(Identity("x"));
        await other.StoreActivation("m1", taken, Pid("a"), CancellationToken.None);

        Assert.Equal("m1 host:1/a", await one.FindAsync(Identity("x")));
        Assert.Null(await one.TryAcquireLock(Identity("x"), CancellationToken.None));
        await one.RemoveActivation(Identity("x"), Pid("a"), CancellationToken.None);
        Assert.NotNull(await one.TryAcquireLock(Identity("x"), CancellationToken.None));
    }

    [Fact]
    public async Task StoreActivation_AgainBecauseTheAnswerWasLost_IsNotRefused()
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        var taken = await storage.ActivateAsync(Identity("x"), "m1", Pid("a"));

        await storage.StoreActivation("m1", taken, Pid("a"), CancellationToken.None);

        Assert.Equal("m1 host:1/a", await storage.FindAsync(Identity("x")));
    }

    [Theory]
    [InlineData("m1", "b", "host:1")]
    [InlineData("m1", "a", "host:2")]
    [InlineData("m2", "a", "host:1")]
    public async Task StoreActivation_AnotherOneWithAUsedLock_OverwritesNothing(string member, string id, string address)
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        var taken = await storage.ActivateAsync(Identity("x"), "m1", Pid("a"));

        await Assert.ThrowsAsync<LockNotFoundException>(() => storage.StoreActivation(member, taken, Pid(id, address), CancellationToken.None));

        Assert.Equal("m1 host:1/a", await storage.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task Lock_RanOutAndWasTakenByAnother_TheFormerOwnerCanNeitherStoreNorRelease()
    {
        var options = Options(_cluster);
        options.LockExpiry = TimeSpan.FromMilliseconds(100);
        using var former = await OpenAsync(fixture.Server, options);
        using var next = await OpenAsync(fixture.Server, Options(_cluster));
        var old = await former.LockAsync(Identity("x"));
        SpawnLock? taken = null;
        await UntilAsync(async () => (taken = await next.TryAcquireLock(Identity("x"), CancellationToken.None)) is not null, "the lock running out");

        var refused = await Assert.ThrowsAsync<LockNotFoundException>(() => former.StoreActivation("m1", old, Pid("a"), CancellationToken.None));
        await former.RemoveLock(old, CancellationToken.None);

        Assert.Contains("order/x", refused.Message, StringComparison.Ordinal);
        Assert.Null(await former.TryAcquireLock(Identity("x"), CancellationToken.None));
        await next.StoreActivation("m2", taken!, Pid("b"), CancellationToken.None);
        Assert.Equal("m2 host:1/b", await former.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task RemoveLock_WithATokenThatRanOut_GivesItBackAllTheSame()
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        var taken = await storage.LockAsync(Identity("x"));

        await storage.RemoveLock(taken, new CancellationToken(canceled: true));

        await storage.LockAsync(Identity("x"));
        await Assert.ThrowsAsync<LockNotFoundException>(() => storage.StoreActivation("m1", taken, Pid("a"), CancellationToken.None));
    }

    [Fact]
    public async Task Identities_WhoseTextsAreEqualWhenPutTogether_AreNotMixedUp()
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        var one = Proto.Cluster.ClusterIdentity.Create("b/c", "a");
        var other = Proto.Cluster.ClusterIdentity.Create("c", "a/b");

        await storage.ActivateAsync(one, "m1", Pid("a"));

        Assert.Null(await storage.FindAsync(other));
    }

    [Fact]
    public async Task Clusters_WithOtherPrefixes_KnowNothingOfEachOther()
    {
        using var one = await OpenAsync(fixture.Server, Options(_cluster));
        using var other = await OpenAsync(fixture.Server, Options(_cluster + "-other"));

        await one.ActivateAsync(Identity("x"), "m1", Pid("a"));

        Assert.Null(await other.FindAsync(Identity("x")));
        await other.ActivateAsync(Identity("x"), "m2", Pid("b"));
        Assert.Equal("m1 host:1/a", await one.FindAsync(Identity("x")));
    }
}
