using Grpc.Net.Client;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>One entry, step by step, on one connection.</summary>
[Trait("Behaviour", "K-06")]
[Trait("Needs", "Servers")]
public sealed class RegistrationTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>
{
    private static readonly MemberRecord Self = new("a", "h", 1, []);

    [Fact]
    public async Task Leave_WhenTheLeaseIsGoneAlready_IsNoFault()
    {
        using var connection = Connect();
        var registration = Make("gone");
        await registration.EnsureAsync(connection, CancellationToken.None);
        await etcd.Access.RevokeAsync(registration.Lease);

        await registration.LeaveAsync(connection, CancellationToken.None);

        Assert.Empty(await etcd.Access.ListAsync("gone"));
    }

    [Fact]
    public async Task Ensure_WhenTheFirstAnswerWasLost_FindsItsOwnEntryUnderTheFormerLease()
    {
        using var connection = Connect();
        await Make("again").EnsureAsync(connection, CancellationToken.None);
        var again = Make("again");

        await again.EnsureAsync(connection, CancellationToken.None);

        Assert.Equal(again.Lease, Assert.Single(await etcd.Access.ListAsync("again")).Lease);
    }

    [Fact]
    public async Task Ensure_Again_ChangesNothingWhileTheLeaseLives()
    {
        using var connection = Connect();
        var registration = Make("twice");
        await registration.EnsureAsync(connection, CancellationToken.None);
        var lease = registration.Lease;

        Assert.False(await registration.EnsureAsync(connection, CancellationToken.None));

        Assert.Equal(lease, registration.Lease);
        Assert.Equal(lease, Assert.Single(await etcd.Access.ListAsync("twice")).Lease);
    }

    private static Registration Make(string cluster) => new(Self, EtcdAccess.KeysOf(cluster), TimeSpan.FromMinutes(1), new RecordedLog());

    private EtcdConnection Connect() =>
        new(new Uri(etcd.Server.Endpoint), GrpcChannel.ForAddress(etcd.Server.Endpoint), TimeSpan.FromSeconds(10), TimeProvider.System);
}
