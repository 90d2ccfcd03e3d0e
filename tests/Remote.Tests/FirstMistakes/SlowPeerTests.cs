using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;
using Remote.Testing;
using static Remote.Tests.LogExpectations;

namespace Remote.Tests;

/// <summary>A peer takes less than it is sent: the log says so before messages are lost, and when it is over.</summary>
[Trait("Behaviour", "O-11")]
public sealed class SlowPeerTests
{
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task LaneThatFills_IsAWarning_AndOneThatEmptiesIsTold()
    {
        await using var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(
            options => (options.Endpoint.QueueCapacity, options.Reconnect.Jitter) = (100, 0), network: network, time: time);
        await using var peer = await TestNode.StartAsync(network: network, at: "peer:8000", time: time);
        peer.Spawn("sink");
        network.Refuse(peer.Address);

        for (var number = 1; number <= 85; number++)
        {
            node.Root.Send(peer.Pid("sink"), new Int32Value { Value = number });
        }

        await node.Log.WarnsAsync("LaneCritical", 2045, "85 messages wait for peer:8000", "100", "QueueFull", "remote inspect");
        await node.Events.NextAsync<EndpointReconnecting>();
        await time.WaitForTimerAsync(Backoff);
        network.Heal(peer.Address);
        time.Advance(Backoff);

        var line = await node.Log.NextAsync("LaneRelieved");
        Assert.Equal((LogLevel.Information, 2046), (line.Level, line.Event.Id));
        AssertSays(line.Text, "peer:8000", "of 100 messages");
    }
}
