using System.Runtime.CompilerServices;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Members and clients that come and go while etcd is well.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class FormationTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>
{
    /// <summary>Longer than any test: what is seen in spite of it was not seen because a lease ran out.</summary>
    private static readonly Action<EtcdClusterOptions> LongLease = options => options.LeaseTimeToLive = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Start_OfThreeAtOnce_AllSeeAll()
    {
        await using var a = Member("a");
        await using var b = Member("b");
        await using var c = Member("c");

        await Task.WhenAll(a.StartAsync(), b.StartAsync(), c.StartAsync());

        await Task.WhenAll(a.SeesAsync("abc"), b.SeesAsync("abc"), c.SeesAsync("abc"));
        Assert.All(await etcd.Access.ListAsync(Cluster()), entry => Assert.NotEqual(0, entry.Lease));
    }

    [Fact]
    public async Task Stop_Graceful_IsSeenAtOnceAndLeavesNothingBehind()
    {
        await using var a = Member("a", LongLease);
        await using var b = Member("b", LongLease);
        await Task.WhenAll(a.StartAsync(), b.StartAsync());
        await a.SeesAsync("ab");

        await b.StopAsync();

        await a.SeesAsync("a");
        Assert.Single(await etcd.Access.ListAsync(Cluster()));
    }

    [Fact]
    public async Task Stop_WithoutGrace_IsSeenWhenTheLeaseRunsOut()
    {
        await using var a = Member("a");
        await using var b = Member("b");
        await Task.WhenAll(a.StartAsync(), b.StartAsync());
        await a.SeesAsync("ab");

        await b.StopAsync(graceful: false);

        Assert.Equal(2, (await etcd.Access.ListAsync(Cluster())).Count);
        await a.SeesAsync("a");
    }

    [Fact]
    public async Task KeepAlive_ForLongerThanTheLease_KeepsTheMember()
    {
        await using var a = Member("a");
        await using var b = Member("b");
        await a.StartAsync();
        await b.StartAsync();
        var lease = a.Lease;
        await using var brief = Member("z");
        await brief.StartAsync();
        await b.SeesAsync("abz");
        await brief.StopAsync(graceful: false);

        // Its lease is as long as theirs, and it was the last to begin.
        await b.SeesAsync("ab");

        Assert.False(b.EverLostSince("ab"));
        Assert.Equal(lease, a.Lease);
    }

    [Fact]
    public async Task Client_SeesMembersComeAndGoAndIsNotSeen()
    {
        await using var a = Member("a", LongLease);
        await a.StartAsync();
        await using var client = Member(null, LongLease);
        await client.StartAsync();
        await client.SeesAsync("a");

        await using var b = Member("b", LongLease);
        await b.StartAsync();
        await client.SeesAsync("ab");
        await b.StopAsync();

        await client.SeesAsync("a");
        Assert.Single(await etcd.Access.ListAsync(Cluster()));
    }

    [Fact]
    public async Task Entry_ThatCannotBeRead_IsLoggedAndLeftOutAndTheWatchGoesOn()
    {
        var keys = EtcdAccess.KeysOf(Cluster());
        await etcd.Access.PutAsync(keys.Prefix + "listed", "before the list");
        await using var a = Member("a");
        await a.StartAsync();
        Assert.Contains(keys.Prefix + "listed", (await a.Log.NextAsync("EtcdEntryUnreadable")).Text, StringComparison.Ordinal);

        await etcd.Access.PutAsync(keys.Prefix + "watched", "{\"id\":\"x\"}");

        Assert.Contains(keys.Prefix + "watched", (await a.Log.NextAsync("EtcdEntryUnreadable")).Text, StringComparison.Ordinal);
        await using var b = Member("b");
        await b.StartAsync();
        await a.SeesAsync("ab");
    }

    [Fact]
    public async Task Cluster_WhoseNameContinuesThatOfAnother_IsAnother()
    {
        await using var a = Member("a");
        await using var b = new TestMember(Cluster() + "/members/x", "b", etcd.Endpoints);
        await using var c = Member("c");

        await a.StartAsync();
        await b.StartAsync();
        await c.StartAsync();

        await a.SeesAsync("ac");
        Assert.Equal("b", b.Members);
    }

    [Fact]
    public async Task Address_OfAMemberThatIsStartedAgain_ChangesHandsInOneStep()
    {
        await using var watcher = Member("w", LongLease);
        await using var former = Member("a", LongLease);
        await watcher.StartAsync();
        await former.StartAsync();
        await watcher.SeesAsync("aw");
        await former.StopAsync(graceful: false);

        await using var next = Member("b", LongLease, TestMember.PortOf("a"));
        await next.StartAsync();

        await watcher.SeesAsync("bw");
        Assert.DoesNotContain(watcher.Handed.Of<TestMember.Handing>(), handing => handing.Ids is "abw");
        Assert.Contains("b", (await next.Log.NextAsync("EtcdPlaceTakenOver")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_ThatAnotherMemberTakes_MakesTheFormerLeave()
    {
        await using var former = Member("a", LongLease);
        await former.StartAsync();
        await using var next = Member("b", LongLease, TestMember.PortOf("a"));

        await next.StartAsync();

        Assert.Contains("b has registered", (await former.Handed.NextAsync<TestMember.Leaving>()).Why, StringComparison.Ordinal);
        await former.StopAsync();
        Assert.Equal(next.Lease, Assert.Single(await etcd.Access.ListAsync(Cluster())).Lease);
        Assert.Equal("b", next.Members);
    }

    [Fact]
    public async Task Lease_ThatIsRevoked_IsReplacedByANewOne()
    {
        await using var a = Member("a", LongLease);
        await a.StartAsync();
        var lost = a.Lease;

        await etcd.Access.RevokeAsync(lost);

        await a.Log.NextAsync("EtcdLeaseLost");
        await a.Log.NextAsync("EtcdRegistered");
        await a.Log.NextAsync("EtcdRegistered");
        var entry = Assert.Single(await etcd.Access.ListAsync(Cluster()));
        Assert.NotEqual(lost, entry.Lease);
        Assert.Equal(a.Lease, entry.Lease);
        Assert.Equal("a", a.Members);
    }

    /// <summary>Nothing of it is seen by a watch: only the renewal says so.</summary>
    [Fact]
    public async Task Lease_ThatIsLostWithoutItsEntry_IsReplacedByANewOne()
    {
        await using var a = Member("a");
        await a.StartAsync();
        var lost = a.Lease;

        await etcd.Access.PutAsync(Cluster(), a.Self!);
        await etcd.Access.RevokeAsync(lost);

        await a.Log.NextAsync("EtcdLeaseLost");
        await a.Log.NextAsync("EtcdRegistered");
        await a.Log.NextAsync("EtcdRegistered");
        Assert.Equal(a.Lease, Assert.Single(await etcd.Access.ListAsync(Cluster())).Lease);
        Assert.NotEqual(lost, a.Lease);
    }

    [Fact]
    public async Task Lease_ThatIsLostWhileAnotherTakesThePlace_IsNotRegisteredAgain()
    {
        await using var a = Member("a", LongLease);
        await a.StartAsync();
        var other = a.Self! with { Id = "b" };

        // Both in one step for its watch, or it would be back before the other came.
        await etcd.Access.PutAsync(Cluster(), other);
        await etcd.Access.RevokeAsync(a.Lease);

        await a.Handed.NextAsync<TestMember.Leaving>();
        Assert.Contains("\"b\"", Assert.Single(await etcd.Access.ListAsync(Cluster())).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_ThatSomebodyDeletes_IsWrittenAgain()
    {
        await using var a = Member("a", LongLease);
        await a.StartAsync();
        var lease = a.Lease;
        await a.Log.NextAsync("EtcdRegistered");

        await etcd.Access.DeleteAsync(EtcdAccess.KeysOf(Cluster()).Of(a.Self!));

        await a.Log.NextAsync("EtcdRegistered");
        Assert.Equal(lease, Assert.Single(await etcd.Access.ListAsync(Cluster())).Lease);
    }

    [Fact]
    public async Task List_AndWatch_LeaveNoGapBetweenThem()
    {
        var numbers = Enumerable.Range(0, TestScale.Count(2000));
        var records = numbers.Select(number => new MemberRecord($"{(char)(0x4E00 + number)}", "h", 1 + number, [])).ToArray();
        var all = string.Concat(records.Select(record => record.Id).Order(StringComparer.Ordinal));
        var writing = Task.Run(async () =>
        {
            foreach (var record in records)
            {
                await etcd.Access.PutAsync(Cluster(), record);
            }
        });

        // While they are written, so that each has its list somewhere among them.
        var watchers = new List<TestMember>();
        while (!writing.IsCompleted && watchers.Count < 50)
        {
            var watcher = Member(null);
            watchers.Add(watcher);
            await watcher.StartAsync();
        }

        await writing;
        Assert.NotEmpty(watchers);
        await Task.WhenAll(watchers.Select(watcher => watcher.SeesAsync(all)));
        await Task.WhenAll(watchers.Select(watcher => watcher.DisposeAsync().AsTask()));
    }

    private static string Cluster([CallerMemberName] string test = "") => test;

    private TestMember Member(string? id, Action<EtcdClusterOptions>? change = null, int? port = null, [CallerMemberName] string test = "") =>
        new(test, id, etcd.Endpoints, change, port: port);
}
