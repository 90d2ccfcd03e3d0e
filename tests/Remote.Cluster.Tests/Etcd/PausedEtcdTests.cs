namespace Remote.Cluster.Tests.Etcd;

/// <summary>etcd is stopped for longer than the leases: it comes back with all of them run out.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class PausedEtcdTests : OutageScene
{
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
    public async Task Stop_WhileEtcdIsAway_EndsAndSaysThatNobodyWasTold()
    {
        var members = await ThreeAsync();
        await Etcd.PauseAsync();

        await members[0].StopAsync().WaitAsync(TimeSpan.FromSeconds(30));

        await members[0].Log.NextAsync("EtcdLeftWithoutWord");
        await Etcd.ResumeAsync();
    }
}
