using System.Collections.Concurrent;
using System.Globalization;
using Proto.Cluster.Identity;
using Remote.Cluster.Redis;
using Remote.Testing;
using StackExchange.Redis;
using static Remote.Cluster.Tests.Redis.Storages;

namespace Remote.Cluster.Tests.Redis;

[Trait("Behaviour", "K-07")]
[Trait("Needs", "Servers")]
public sealed class RemovalTests(RedisFixture fixture) : IClassFixture<RedisFixture>
{
    private readonly string _cluster = NewCluster();

    [Fact]
    public async Task RemoveActivation_OfAnEarlierOne_LeavesTheNewerAlone()
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        using var foreign = await OpenAsync(fixture.Server, Options(_cluster));
        await storage.ActivateAsync(Identity("x"), "m1", Pid("new"));

        await storage.RemoveActivation(Identity("x"), Pid("old"), CancellationToken.None);
        await foreign.RemoveActivation(Identity("x"), Pid("new", "host:2"), CancellationToken.None);

        Assert.Equal("m1 host:1/new", await storage.FindAsync(Identity("x")));
        await foreign.RemoveActivation(Identity("x"), Pid("new"), new CancellationToken(canceled: true));
        Assert.Null(await storage.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task RemoveActivation_OfItsFormerMemberWithTheSamePid_LeavesTheNewMembersAlone()
    {
        using var former = await OpenAsync(fixture.Server, Options(_cluster));
        using var next = await OpenAsync(fixture.Server, Options(_cluster));
        await former.ActivateAsync(Identity("x"), "m1", Pid("$1/x"));
        await next.RemoveMember("m1", CancellationToken.None);
        await next.ActivateAsync(Identity("x"), "m2", Pid("$1/x"));

        await former.RemoveActivation(Identity("x"), Pid("$1/x"), CancellationToken.None);

        Assert.Equal("m2 host:1/$1/x", await next.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task RemoveActivation_OfOneThatWasLost_LeavesTheNewMembersAlone()
    {
        var lost = new TaskCompletionSource<LostActivation>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var former = await OpenAsync(fixture.Server, Options(_cluster), new RedisIdentityHooks { ActivationLost = lost.SetResult });
        using var next = await OpenAsync(fixture.Server, Options(_cluster));
        await former.ActivateAsync(Identity("x"), "m1", Pid("$1/x"));
        await next.RemoveMember("m1", CancellationToken.None);
        await next.ActivateAsync(Identity("x"), "m2", Pid("$1/x"));
        await lost.Task.WaitAsync(Ceiling);

        // As the lookup says it when the actor has stopped.
        await former.RemoveActivation(Identity("x"), Pid("$1/x"), CancellationToken.None);

        Assert.Equal("m2 host:1/$1/x", await next.FindAsync(Identity("x")));
    }

    /// <summary>By a member or a client whose list of members is stale: nothing else would ever tell it.</summary>
    [Fact]
    public async Task RemoveMember_OfOneThatLives_ItLearnsThatItHasLostAll()
    {
        var lost = new BlockingCollection<string>();
        using var living = await OpenAsync(fixture.Server, Options(_cluster), new RedisIdentityHooks { ActivationLost = one => lost.Add(one.Pid.Id) });
        using var stale = await OpenAsync(fixture.Server, Options(_cluster));
        await living.ActivateAsync(Identity("x"), "m1", Pid("a"));
        await living.ActivateAsync(Identity("y"), "m1", Pid("b"));

        await stale.RemoveMember("m1", CancellationToken.None);

        Assert.True(lost.TryTake(out var first, Ceiling));
        Assert.True(lost.TryTake(out var second, Ceiling));
        Assert.Equal(["a", "b"], new[] { first, second }.Order());
    }

    [Fact]
    public async Task RemoveMember_OfOneThatDidNotAskUntilTheMarkWasGone_ItLearnsItAllTheSame()
    {
        var time = new ManualTimeProvider();
        var lost = new TaskCompletionSource<LostActivation>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(_cluster);
        options.RemovedMemberTime = TimeSpan.FromSeconds(1);
        using var frozen = await OpenAsync(fixture.Server, options, new RedisIdentityHooks { ActivationLost = lost.SetResult, Time = time });
        using var other = await OpenAsync(fixture.Server, options);
        await frozen.ActivateAsync(Identity("x"), "m1", Pid("a"));
        await other.RemoveMember("m1", CancellationToken.None);
        await UntilAsync(async () => await fixture.Server.AskAsync($"EXISTS {{{_cluster}}}:g:m1") == ":0", "the end of the mark");

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("a", (await lost.Task.WaitAsync(Ceiling)).Pid.Id);
    }

    /// <summary>A mark gets its end with the last record, and whoever removed the member ended before that: the member would store nothing for ever.</summary>
    [Fact]
    public async Task RemoveMember_EndedHalfWay_TheMemberThatLivesFinishesItAndStoresAgain()
    {
        var time = new ManualTimeProvider();
        var options = Options(_cluster);
        options.RemovedMemberTime = TimeSpan.FromSeconds(1);
        using var living = await OpenAsync(fixture.Server, options, new RedisIdentityHooks { Time = time });
        using var killed = await OpenAsync(fixture.Server, options);
        await Parallel.ForAsync(0, 2_500, new ParallelOptions { MaxDegreeOfParallelism = 100 }, async (at, _) =>
            await living.ActivateAsync(Identity(at.ToString(CultureInfo.InvariantCulture)), "m1", Pid("old")));
        await Assert.ThrowsAsync<OperationCanceledException>(() => killed.RemoveMember("m1", new CancellationToken(canceled: true)));
        Assert.Equal(":1500", await fixture.Server.AskAsync($"SCARD {{{_cluster}}}:m:m1"));
        Assert.Equal(":-1", await fixture.Server.AskAsync($"PTTL {{{_cluster}}}:g:m1"));

        await UntilAsync(async () =>
        {
            time.Advance(options.CheckInterval);
            return await fixture.Server.AskAsync($"EXISTS {{{_cluster}}}:g:m1") == ":0";
        }, "the end of the mark");

        Assert.Equal(":0", await fixture.Server.AskAsync($"EXISTS {{{_cluster}}}:m:m1"));
        await living.ActivateAsync(Identity("0"), "m1", Pid("new"));
        Assert.Equal("m1 host:1/new", await living.FindAsync(Identity("0")));
    }

    /// <summary>Between the check that finds a mark without an end and the script that follows, others may have finished, and the mark be gone.</summary>
    [Fact]
    public async Task RemoveMember_FinishedWhenItIsOver_LeavesWhatWasStoredSince()
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        await storage.ActivateAsync(Identity("x"), "m1", Pid("a"));
        using var connection = await ConnectionMultiplexer.ConnectAsync(Connection(fixture.Server));
        var (redis, prefix) = (connection.GetDatabase(), $"{{{_cluster}}}:");

        var answer = (string[])(await redis.ScriptEvaluateAsync(
            IdentityScript.RemoveMember, [$"{prefix}epoch", $"{prefix}m:m1", $"{prefix}members", $"{prefix}g:m1", $"{prefix}displaced"],
            [await redis.HashGetAsync($"{prefix}epoch", "id"), prefix, "m1", "finish", 0, 1000, 1000]))!;

        Assert.Equal(["finished"], answer);
        Assert.Equal("m1 host:1/a", await storage.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task RemoveMember_WithManyActivations_AllGoInOneStepAndNobodyElses()
    {
        var count = TestScale.IsLong ? 100_000 : 5_000;
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        using var other = await OpenAsync(fixture.Server, Options(_cluster));
        await storage.ActivateAsync(Identity("stays"), "m2", Pid("stays"));
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 200 }, async (at, _) =>
            await storage.ActivateAsync(Identity(at.ToString(CultureInfo.InvariantCulture)), "m1", Pid("a")));
        var before = await CallsAsync(fixture.Server, "spop");

        // The token ends it behind its first script: what comes after that is only memory.
        await Assert.ThrowsAsync<OperationCanceledException>(() => other.RemoveMember("m1", new CancellationToken(canceled: true)));
        var kept = 0;
        for (var at = 0; at < count; at += count / 500)
        {
            kept += await other.FindAsync(Identity(at.ToString(CultureInfo.InvariantCulture))) is null ? 0 : 1;
        }

        Assert.Equal(0, kept);
        await Task.WhenAll(other.RemoveMember("m1", CancellationToken.None), storage.RemoveMember("m1", CancellationToken.None));
        Assert.Equal("m2 host:1/stays", await other.FindAsync(Identity("stays")));
        Assert.Equal(":0", await fixture.Server.AskAsync($"EXISTS {{{_cluster}}}:m:m1 {{{_cluster}}}:i:5:order/1 {{{_cluster}}}:i:5:order/{count - 1}"));

        // The server works on nothing else meanwhile. How long a thousand take it depends on what the machine does beside it.
        Assert.InRange(await CallsAsync(fixture.Server, "spop") - before, count / 1000, long.MaxValue);
    }

    [Fact]
    public async Task RemoveMember_AMomentAgo_ItStoresNothingMore()
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        using var other = await OpenAsync(fixture.Server, Options(_cluster));
        var onItsWay = await storage.LockAsync(Identity("x"));

        await other.RemoveMember("m1", CancellationToken.None);

        var refused = await Assert.ThrowsAsync<LockNotFoundException>(() => storage.StoreActivation("m1", onItsWay, Pid("a"), CancellationToken.None));
        Assert.Contains("m1 was removed", refused.Message, StringComparison.Ordinal);
        Assert.Null(await other.FindAsync(Identity("x")));
    }

    [Fact]
    public async Task RemoveMember_HalfDeleted_ItsIdentitiesAreActivatedElsewhere()
    {
        using var storage = await OpenAsync(fixture.Server, Options(_cluster));
        using var other = await OpenAsync(fixture.Server, Options(_cluster));
        for (var at = 0; at < 1200; at++)
        {
            await storage.ActivateAsync(Identity(at.ToString(CultureInfo.InvariantCulture)), "m1", Pid("old"));
        }

        await Assert.ThrowsAsync<OperationCanceledException>(() => other.RemoveMember("m1", new CancellationToken(canceled: true)));
        for (var at = 0; at < 1200; at++)
        {
            await other.ActivateAsync(Identity(at.ToString(CultureInfo.InvariantCulture)), "m2", Pid("new"));
        }

        await other.RemoveMember("m1", CancellationToken.None);
        for (var at = 0; at < 1200; at++)
        {
            Assert.Equal("m2 host:1/new", await other.FindAsync(Identity(at.ToString(CultureInfo.InvariantCulture))));
        }
    }

    [Fact]
    public async Task RemoveMember_YoungOne_OnlyItselfCan()
    {
        var options = Options(_cluster);
        options.YoungMemberTime = TimeSpan.FromMinutes(1);
        using var young = await OpenAsync(fixture.Server, options);
        using var other = await OpenAsync(fixture.Server, options);
        await young.ActivateAsync(Identity("x"), "m1", Pid("a"));

        await other.RemoveMember("m1", CancellationToken.None);
        Assert.Equal("m1 host:1/a", await other.FindAsync(Identity("x")));

        await young.RemoveMember("m1", CancellationToken.None);
        Assert.Null(await other.FindAsync(Identity("x")));
    }
}
