using System.Net;
using System.Net.Sockets;
using Remote.Cluster.Etcd;
using Remote.Testing;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>etcd goes away in each way it can, and no member is taken for lost by it.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class OutageTests : OutageScene
{
    [Fact]
    public async Task Restarted_NobodyLeavesAndANewcomerIsSeen()
    {
        var members = await ThreeAsync();

        await Etcd.KillAsync();
        await members[0].Log.NextAsync("EtcdLost");
        await Etcd.StartAgainAsync();

        await NewcomerIsSeenAsync(members);
    }

    [Fact]
    public async Task BackWithoutItsData_MembersRegisterAgainAndNobodyLeaves()
    {
        var members = await ThreeAsync();

        // So that its revisions are behind what they have seen for a while.
        using (var access = new EtcdAccess(Etcd.Endpoint))
        {
            for (var i = 0; i < 20; i++)
            {
                await access.PutAsync("elsewhere", "again");
            }

            await access.PutAsync(Cluster, new MemberRecord("x", "h", 1, []));
        }

        await members[0].SeesAsync("abcx");
        await Etcd.KillAsync();
        Etcd.LoseData();
        await Etcd.StartAgainAsync();

        await members[0].Log.NextAsync("EtcdListedAnew");
        var newcomer = Member("d");
        await newcomer.StartAsync();
        await members[0].SeesAsync("abcdx");

        // Nobody is there to register x again.
        await Task.WhenAll(members.Select(member => member.SeesAsync("abcd")));
        Assert.Contains("x (", (await members[0].Log.NextAsync("EtcdMissingDropped")).Text, StringComparison.Ordinal);
        Assert.All(members, member => Assert.False(member.EverLostSince("abc")));
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData(null, "")]
    public async Task BackWithoutItsData_AndFurtherThanWhatWasSeen_IsListedAnew(string? id, string self)
    {
        await using var proxy = FaultProxy.Start($"127.0.0.1:{Etcd.Port}");
        using (var access = new EtcdAccess(Etcd.Endpoint))
        {
            await access.PutAsync(Cluster, new MemberRecord("x", "h", 1, []));
        }

        var cut = Member(id, endpoints: [$"http://{proxy.Address}"]);
        await cut.StartAsync();
        await cut.SeesAsync(self + "x");
        proxy.Refuse();
        proxy.Cut();
        await cut.Log.NextAsync("EtcdLost");

        await Etcd.KillAsync();
        Etcd.LoseData();
        await Etcd.StartAgainAsync();
        using (var access = new EtcdAccess(Etcd.Endpoint))
        {
            // At a revision that was seen before, so that no watch from there on tells of it.
            await access.PutAsync(Cluster, new MemberRecord("y", "h", 2, []));
            for (var i = 0; i < 20; i++)
            {
                await access.PutAsync("elsewhere", "again");
            }
        }

        proxy.Heal();

        await cut.SeesAsync(self + "xy");
        await cut.SeesAsync(self + "y");
    }

    [Fact]
    public async Task Leaving_ManySilentEndpoints_TakesAFewCallsAtMost()
    {
        const int Silent = 40;
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start(backlog: Silent);
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string[] endpoints = [Etcd.Endpoint, .. Enumerable.Range(2, Silent).Select(host => $"http://127.0.0.{host}:{port}")];
        var member = Member("a", endpoints: endpoints, change: options =>
        {
            options.LeaseTimeToLive = TimeSpan.FromMinutes(1);
            options.CallTimeout = TimeSpan.FromMilliseconds(200);
        });
        await member.StartAsync();
        await Etcd.PauseAsync();

        await member.StopAsync();

        await member.Log.NextAsync("EtcdLeftWithoutWord");
        var tried = 0;
        while (listener.Pending())
        {
            (await listener.AcceptSocketAsync()).Dispose();
            tried++;
        }

        // Each that was tried took a fourth of the time there was.
        Assert.InRange(tried, 0, 4);
    }

    [Fact]
    public async Task Compacted_WhileTheConnectionWasCut_IsListedAnewAndWatchedFromThere()
    {
        await using var proxy = FaultProxy.Start($"127.0.0.1:{Etcd.Port}");
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
        using (var access = new EtcdAccess(Etcd.Endpoint))
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
        await using var proxy = FaultProxy.Start($"127.0.0.1:{Etcd.Port}");
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
}
