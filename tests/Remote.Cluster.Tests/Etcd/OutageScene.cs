using Remote.Cluster.Etcd;
using Remote.Cluster.Tests.Servers;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>An etcd that a test may do harm to, and members on it.</summary>
public abstract class OutageScene : IAsyncLifetime
{
    private protected const string Cluster = "cluster";
    private readonly List<IAsyncDisposable> _started = [];

    private protected EtcdServer Etcd { get; private set; } = null!;

    public async Task InitializeAsync() => Etcd = await EtcdServer.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var started in _started)
        {
            await started.DisposeAsync();
        }

        await Etcd.DisposeAsync();
    }

    private protected TestMember Member(string? id, Action<EtcdClusterOptions>? change = null, string[]? endpoints = null)
    {
        var member = new TestMember(Cluster, id, endpoints ?? [Etcd.Endpoint], change);
        _started.Add(member);
        return member;
    }

    private protected async Task<TestMember[]> ThreeAsync(Action<EtcdClusterOptions>? change = null)
    {
        TestMember[] members = [Member("a", change), Member("b", change), Member("c", change)];
        await Task.WhenAll(members.Select(member => member.StartAsync()));
        await Task.WhenAll(members.Select(member => member.SeesAsync("abc")));
        return members;
    }

    // A pause is a span of time, so this is one that is waited for; the loss is heard of no sooner than a call has timed out.
    private protected async Task PauseForLongerThanTheLeaseAsync(TestMember[] members, Func<Task>? meanwhile = null)
    {
        var options = members[0].Options;
        await Etcd.PauseAsync();
        await members[0].Log.NextAsync("EtcdLost");
        await Task.WhenAll(meanwhile?.Invoke() ?? Task.CompletedTask, Task.Delay(options.LeaseTimeToLive - (options.CallTimeout / 2)));
        await Etcd.ResumeAsync();
    }

    private protected async Task NewcomerIsSeenAsync(TestMember[] members)
    {
        await Member("d").StartAsync();
        await Task.WhenAll(members.Select(member => member.SeesAsync("abcd")));
        Assert.All(members, member => Assert.False(member.EverLostSince("abc")));
    }
}
