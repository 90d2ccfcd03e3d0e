using System.Collections.Concurrent;
using Proto;
using Proto.Cluster;
using Proto.Cluster.PartitionActivator;
using Proto.Cluster.Seed;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Cluster.Tests;

/// <summary>Who makes a member leave by telling it that it is blocked: those of its own cluster, and nobody else.</summary>
[Trait("Behaviour", "K-04")]
[Trait("Behaviour", "T-16")]
public sealed class RefusalTests : DisposedAfterTest
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly ActorSystem _system;
    private readonly ActorSystem _blocker = NewSystem(time: null);
    private readonly ConcurrentQueue<string> _left = [];

    public RefusalTests() => _system = NewSystem(_time);

    public override async ValueTask DisposeAsync()
    {
        await _system.ShutdownAsync();
        await _blocker.ShutdownAsync();
    }

    [Theory]
    [InlineData("a stranger", false)]
    [InlineData("a stranger with the id of a member", false)]
    [InlineData("a member", true)]
    [InlineData("a member that started again", true)]
    [InlineData("a member that spells its host in another way", true)]
    [InlineData("a member, told of after two with one id", true)]
    [InlineData("a former member", true)]
    [InlineData("one of very many former members", true)]
    [InlineData("a former member that has been gone for too long", false)]
    public async Task Blocked_By(string who, bool leaves)
    {
        _system.WithCluster(ClusterConfig.Setup("shop", FixedServerSeedNode.StartSeedNode(), new PartitionActivatorLookup()));
        await StartAsync();
        var (host, port) = _blocker.GetAddress();
        var self = new Proto.Cluster.Member { Id = _system.Id, Host = "10.9.9.9", Port = 1 };
        var member = new Proto.Cluster.Member { Id = who == "a member that started again" ? "before" : _blocker.Id, Host = host, Port = port };
        Publish(self);
        switch (who)
        {
            case "a stranger with the id of a member":
                member.Host = "10.9.9.9";
                Publish(self, member);
                break;
            case "a member" or "a member that started again":
                Publish(self, member);
                break;
            case "a member that spells its host in another way":
                // Proto.Remote advertises a host as it was configured; endpoints have one spelling, without the dot of a full name.
                member.Host += ".";
                Publish(self, member);
                break;
            case "a member, told of after two with one id":
                Publish(self, NewMember("twin", 2), NewMember("twin", 3));
                Publish(self, member);
                break;
            case "a former member":
                Publish(self, member);
                Publish(self);
                break;
            case "one of very many former members":
                Publish([self, member, .. Enumerable.Range(0, 200).Select(other => new Proto.Cluster.Member { Id = $"{other}", Host = "10.9.9.9", Port = 2 + other })]);
                Publish(self);
                break;
            case "a former member that has been gone for too long":
                Publish(self, member);
                Publish(self);
                _time.Advance(_system.Config.BlockedMemberDuration + TimeSpan.FromTicks(1));
                break;
        }

        await BeRefusedAsync();

        Assert.Equal(leaves ? [_system.Id] : [], _left);
    }

    /// <summary>Whoever may connect may publish on the event stream, but not who the members are.</summary>
    [Fact]
    public async Task Blocked_ByOneThatAnotherPeerCallsAMember()
    {
        _system.WithCluster(ClusterConfig.Setup("shop", FixedServerSeedNode.StartSeedNode(), new PartitionActivatorLookup()));
        await StartAsync();
        var accomplice = NewSystem(time: null);
        await accomplice.Remote().StartAsync().WaitAsync(Ceiling);
        var refused = new ConcurrentQueue<RemoteDeadLetterEvent>();
        var behind = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.EventStream.Subscribe<RemoteDeadLetterEvent>(refused.Enqueue);
        _system.EventStream.Subscribe<Proto.Cluster.Member>(_ => behind.SetResult());
        var (host, port) = _blocker.GetAddress();
        var events = PID.FromAddress(_system.Address, "$eventstream");

        accomplice.Root.Send(events, new ClusterTopology { Members = { new Proto.Cluster.Member { Id = _blocker.Id, Host = host, Port = port } } });
        accomplice.Root.Send(events, NewMember("anything else", 2));
        await behind.Task.WaitAsync(Ceiling);
        await BeRefusedAsync();
        await accomplice.ShutdownAsync();

        Assert.Empty(_left);
        Assert.Equal(DeadLetterReason.Forbidden, Assert.Single(refused, letter => letter.Message is ClusterTopology).Reason);
    }

    /// <summary>The application may have a cluster of its own, which hears of it as before.</summary>
    [Fact]
    public async Task Blocked_WithoutACluster_IsToldWhoeverDidIt()
    {
        await StartAsync();

        await BeRefusedAsync();

        Assert.Equal([_system.Id], _left);
    }

    private static ActorSystem NewSystem(TimeProvider? time) => new ActorSystem().WithRemote(
        RemoteConfig.BindToLocalhost().WithProtoMessages(ClusterContractsReflection.Descriptor), options => options.Hooks.TimeProvider = time);

    private static Proto.Cluster.Member NewMember(string id, int port) => new() { Id = id, Host = "10.9.9.9", Port = port };

    private async Task StartAsync()
    {
        await _system.Remote().StartAsync().WaitAsync(Ceiling);
        await _blocker.Remote().StartAsync().WaitAsync(Ceiling);
        _system.EventStream.Subscribe<MemberBlocked>(blocked => _left.Enqueue(blocked.MemberId));
        _blocker.ReliableRemote().PeerBlockList.BlockSystem(_system.Id);
    }

    private async Task BeRefusedAsync()
    {
        var remote = _system.ReliableRemote();
        var refused = await Assert.ThrowsAsync<RemoteException>(() => remote.WaitForConnectionAsync(_blocker.Address).WaitAsync(Ceiling));
        Assert.Equal(RemoteError.Blocked, refused.Error);

        // Events are told in their order: that of the refusal before the first of these, and what comes of it before the second.
        await TellSomethingAsync(remote, "10.9.9.9:8");
        await TellSomethingAsync(remote, "10.9.9.9:9");
    }

    private async Task TellSomethingAsync(ReliableRemote remote, string address)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.EventStream.Subscribe<EndpointBlocked>(blocked =>
        {
            if (blocked.Address == address)
            {
                told.SetResult();
            }
        });
        remote.PeerBlockList.BlockAddress(address);
        await told.Task.WaitAsync(Ceiling);
    }

    private void Publish(params Proto.Cluster.Member[] members) => _system.EventStream.Publish(new ClusterTopology { Members = { members } });
}
