using Remote.Cluster.Etcd;
using Remote.Cluster.Tests.Servers;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>An etcd of three members: it goes on without one of them, and so do ours. Without two it cannot serve, and that is said.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class EtcdClusterOfThreeTests : DisposedAfterTest
{
    private readonly List<TestMember> _members = [];
    private EtcdServer[] _servers = [];

    public override async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_members.Select(member => member.DisposeAsync().AsTask()));
        await Task.WhenAll(_servers.Select(server => server.DisposeAsync().AsTask()));
    }

    /// <summary>The leader: the worst to lose, because leases are kept by it. One of ours is connected to each.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leader_KilledOrPaused_NobodyLeavesAndANewcomerIsSeen(bool killed)
    {
        _servers = await EtcdServer.StartClusterAsync(3);
        var members = Enumerable.Range(0, 3).Select(first => Member($"{(char)('a' + first)}", first)).ToArray();
        await Task.WhenAll(members.Select(member => member.StartAsync()));
        await Task.WhenAll(members.Select(member => member.SeesAsync("abc")));
        var leader = await LeaderAsync();
        var connected = Assert.Single(members, member => member.Endpoint == new Uri(leader.Endpoint));

        await (killed ? leader.KillAsync() : leader.PauseAsync());

        await connected.Log.NextAsync("EtcdReconnected");
        var newcomer = Member("d", Array.IndexOf(_servers, leader));
        await newcomer.StartAsync();
        await Task.WhenAll(members.Select(member => member.SeesAsync("abcd")));
        Assert.All(members, member => Assert.False(member.EverLostSince("abc")));
        Assert.DoesNotContain(new Uri(leader.Endpoint), members.Append(newcomer).Select(member => member.Endpoint));
    }

    [Fact]
    public async Task Start_WithoutAMajority_FailsAndSaysSo()
    {
        _servers = await EtcdServer.StartClusterAsync(3, running: 1);
        var member = Member("a", first: 0);
        (member.Options.StartTimeout, member.Options.CallTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(200));

        var exception = await Assert.ThrowsAsync<EtcdClusterException>(member.StartAsync);

        Assert.All(_servers, server => Assert.Contains(server.Endpoint, exception.Message, StringComparison.Ordinal));
        Assert.Contains("CallTimeout", exception.Message, StringComparison.Ordinal);
    }

    private TestMember Member(string id, int first)
    {
        var endpoints = _servers.Skip(first).Concat(_servers.Take(first)).Select(server => server.Endpoint);
        var member = new TestMember("cluster", id, endpoints, options => options.LeaseTimeToLive = TimeSpan.FromSeconds(3));
        _members.Add(member);
        return member;
    }

    private async Task<EtcdServer> LeaderAsync()
    {
        foreach (var server in _servers)
        {
            using var access = new EtcdAccess(server.Endpoint);
            if (await access.IsLeaderAsync())
            {
                return server;
            }
        }

        throw new InvalidOperationException("etcd is healthy and has no leader");
    }
}
