using Remote.Cluster.Etcd;
using Remote.Cluster.Tests.Servers;
using Remote.Testing;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>etcd goes away in each way it can, and no member is taken for lost by it.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class OutageTests : IAsyncLifetime
{
    private const string Cluster = "cluster";
    private readonly List<IAsyncDisposable> _started = [];
    private EtcdServer _etcd = null!;

    public async Task InitializeAsync() => _etcd = await EtcdServer.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var started in _started)
        {
            await started.DisposeAsync();
        }

        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Restarted_NobodyLeavesAndANewcomerIsSeen()
    {
        var members = await ThreeAsync();

        await _etcd.KillAsync();
        await members[0].Log.NextAsync("EtcdLost");
        await _etcd.StartAgainAsync();

        await NewcomerIsSeenAsync(members);
    }

    [Fact]
    public async Task Paused_ForLongerThanTheLease_EveryLeaseIsReplacedAndNobodyLeaves()
    {
        var members = await ThreeAsync();
        var leases = members.Select(member => member.Lease).ToArray();

        await PauseForLongerThanTheLeaseAsync(members);

        await Task.WhenAll(members.Select(member => member.Log.NextAsync("EtcdLeaseLost")));
        await NewcomerIsSeenAsync(members);
        Assert.Empty(leases.Intersect(members.Select(member => member.Lease)));
    }

    [Fact]
    public async Task BackWithoutItsData_MembersRegisterAgainAndNobodyLeaves()
    {
        var members = await ThreeAsync();

        // So that its revisions are behind what they have seen for a while.
        using (var access = new EtcdAccess(_etcd.Endpoint))
        {
            for (var i = 0; i < 20; i++)
            {
                await access.PutAsync("elsewhere", "again");
            }

            await access.PutAsync(Cluster, new MemberRecord("x", "h", 1, []));
        }

        await members[0].SeesAsync("abcx");
        await _etcd.KillAsync();
        _etcd.LoseData();
        await _etcd.StartAgainAsync();

        await members[0].Log.NextAsync("EtcdListedAnew");
        var newcomer = Member("d");
        await newcomer.StartAsync();
        await members[0].SeesAsync("abcdx");

        // Nobody is there to register x again.
        await Task.WhenAll(members.Select(member => member.SeesAsync("abcd")));
        Assert.Contains("x (", (await members[0].Log.NextAsync("EtcdMissingDropped")).Text, StringComparison.Ordinal);
        Assert.All(members, member => Assert.False(member.EverLostSince("abc")));
    }

    [Fact]
    public async Task MemberThatDiedMeanwhile_IsDroppedAfterTheGraceAndNoOther()
    {
        var members = await ThreeAsync();

        await PauseForLongerThanTheLeaseAsync(members, meanwhile: () => members[2].StopAsync(graceful: false));

        await members[0].Log.NextAsync("EtcdMembersMissing");
        Assert.Contains("c (", (await members[0].Log.NextAsync("EtcdMissingDropped")).Text, StringComparison.Ordinal);
        await Task.WhenAll(members[0].SeesAsync("ab"), members[1].SeesAsync("ab"));
        Assert.False(members[0].EverLostSince("ab"));
    }

    [Fact]
    public async Task Stop_GracefulInTheGrace_IsSeenAtOnce()
    {
        var members = await ThreeAsync(options => options.OutageGrace = TimeSpan.FromMinutes(10));
        await PauseForLongerThanTheLeaseAsync(members);
        await Task.WhenAll(members.Select(member => member.Log.NextAsync("EtcdReconnected")));

        await members[2].StopAsync();

        await Task.WhenAll(members[0].SeesAsync("ab"), members[1].SeesAsync("ab"));
    }

    [Fact]
    public async Task Compacted_WhileTheConnectionWasCut_IsListedAnewAndWatchedFromThere()
    {
        await using var proxy = FaultProxy.Start($"127.0.0.1:{_etcd.Port}");
        var cut = Member("a", endpoints: [$"http://{proxy.Address}"], change: options => options.LeaseTimeToLive = TimeSpan.FromMinutes(1));
        var b = Member("b");
        var c = Member("c");
        await Task.WhenAll(cut.StartAsync(), b.StartAsync(), c.StartAsync());
        await cut.SeesAsync("abc");

        proxy.Refuse();
        proxy.Cut();
        await cut.Log.NextAsync("EtcdLost");
        await b.StopAsync();
        var d = Member("d");
        await d.StartAsync();
        using (var access = new EtcdAccess(_etcd.Endpoint))
        {
            await access.CompactAsync();
        }

        proxy.Heal();

        Assert.Contains("compacted", (await cut.Log.NextAsync("EtcdListedAnew")).Text, StringComparison.Ordinal);
        await cut.SeesAsync("acd");
        var e = Member("e");
        await e.StartAsync();
        await cut.SeesAsync("acde");
    }

    [Fact]
    public async Task CutOff_AndBackSoon_GoesOnFromTheRevisionItHadSeen()
    {
        await using var proxy = FaultProxy.Start($"127.0.0.1:{_etcd.Port}");
        var cut = Member("a", endpoints: [$"http://{proxy.Address}"], change: options => options.LeaseTimeToLive = TimeSpan.FromMinutes(1));
        await cut.StartAsync();
        await cut.Log.NextAsync("EtcdListed");

        proxy.Refuse();
        proxy.Cut();
        await cut.Log.NextAsync("EtcdLost");
        var b = Member("b");
        await b.StartAsync();
        proxy.Heal();

        await cut.SeesAsync("ab");
        Assert.Single(cut.Log.Entries.Of<RecordedLog.Entry>(), entry => entry.Name == "EtcdListed");
    }

    [Fact]
    public async Task Stop_WhileEtcdIsAway_EndsAndSaysThatNobodyWasTold()
    {
        var members = await ThreeAsync();
        await _etcd.PauseAsync();

        await members[0].StopAsync().WaitAsync(TimeSpan.FromSeconds(30));

        await members[0].Log.NextAsync("EtcdLeftWithoutWord");
        await _etcd.ResumeAsync();
    }

    private TestMember Member(string? id, Action<EtcdClusterOptions>? change = null, string[]? endpoints = null)
    {
        var member = new TestMember(Cluster, id, endpoints ?? [_etcd.Endpoint], change);
        _started.Add(member);
        return member;
    }

    private async Task<TestMember[]> ThreeAsync(Action<EtcdClusterOptions>? change = null)
    {
        TestMember[] members = [Member("a", change), Member("b", change), Member("c", change)];
        await Task.WhenAll(members.Select(member => member.StartAsync()));
        await Task.WhenAll(members.Select(member => member.SeesAsync("abc")));
        return members;
    }

    // A pause is a span of time, so this is one that is waited for; the loss is heard of no sooner than a call has timed out.
    private async Task PauseForLongerThanTheLeaseAsync(TestMember[] members, Func<Task>? meanwhile = null)
    {
        var options = members[0].Options;
        await _etcd.PauseAsync();
        await members[0].Log.NextAsync("EtcdLost");
        await Task.WhenAll(meanwhile?.Invoke() ?? Task.CompletedTask, Task.Delay(options.LeaseTimeToLive - (options.CallTimeout / 2)));
        await _etcd.ResumeAsync();
    }

    private async Task NewcomerIsSeenAsync(TestMember[] members)
    {
        await Member("d").StartAsync();
        await Task.WhenAll(members.Select(member => member.SeesAsync("abcd")));
        Assert.All(members, member => Assert.False(member.EverLostSince("abc")));
    }
}
