using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Control messages are never dropped quietly: an endpoint whose lane is full of them ends.</summary>
[Trait("Behaviour", "B-02")]
public sealed class ControlOverflowTests
{
    [Fact]
    public async Task Dialled_PeerThatCannotBeReached_EndsWithTheReason()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        var target = new PID("nobody:8000", "target");
        node.Root.Send(target, new Google.Protobuf.WellKnownTypes.Empty());
        await node.Events.NextAsync<EndpointReconnecting>();
        var endpoint = node.Remote.Parts.Table.Find(target.Address)!;

        for (var count = 0; count <= 100_000; count++)
        {
            endpoint.PostControl(new RemoteDelivery(target, new Watch(node.Pid("watcher"))));
        }

        Assert.Equal(EndpointTerminatedReason.ControlOverflow, (await node.Events.NextAsync<EndpointTerminated>()).Reason);
    }
}
