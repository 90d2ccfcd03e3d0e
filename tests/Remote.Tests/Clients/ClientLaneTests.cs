using Google.Protobuf.WellKnownTypes;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>The lanes of a client's endpoint are those of any other: capacity, levels, waiters, credit and slow targets, both ways.</summary>
[Trait("Behaviour", "H-02")]
public sealed class ClientLaneTests
{
    [Fact]
    public async Task LaneOfALostClient_FillsThrottlesRefusesAndMakesWait_AndEverythingAcceptedArrives()
    {
        const int Capacity = 20;
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(options => options.Endpoint.QueueCapacity = Capacity, network: network);
        await using var client = await ConnectAsync(network, server);
        client.Spawn("sink");
        network.Refuse(server.Address);
        network.Cut(server.Address);
        await server.Events.NextAsync<EndpointReconnecting>();

        for (var i = 0; i < Capacity + 2; i++)
        {
            server.Root.Send(client.Pid("sink"), new Int32Value { Value = i });
        }

        var waits = server.Root.SendAsync(client.Pid("sink"), new Int32Value { Value = Capacity }).AsTask();
        var full = server.Remote.GetEndpointStatistics(client.Address)!;
        Assert.Equal((Capacity, 1, BackpressureLevel.Critical), (full.QueueLength, full.Waiters, full.Level));
        Assert.Equal(2, full.Refused["QueueFull"]);
        Assert.False(waits.IsCompleted);
        network.Heal(server.Address);

        await waits.Within("room for the one that waits");
        await client.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value { Value: Capacity });
        Assert.Equal(Enumerable.Range(0, Capacity + 1), client.Events.Of<Receipt>().Select(receipt => ((Int32Value)receipt.Message).Value));
        await server.Events.NextAsync<EndpointThrottled>(throttled => throttled.Level == BackpressureLevel.Normal);
        var levels = await server.PublishedAsync<EndpointThrottled>();
        Assert.All(levels, level => Assert.Equal((client.Address, Capacity), (level.Address, level.Capacity)));
        Assert.Equal([(BackpressureLevel.Warning, 12), (BackpressureLevel.Critical, 17)], levels.Take(2).Select(level => (level.Level, level.Length)));
    }

    [Fact]
    public async Task FloodBothWays_WithLittleCreditAndLittleRetained_BothArrive()
    {
        var count = TestScale.Count(20_000);
        static void Narrow(RemoteOptions options)
        {
            options.Inbound.MaxMessages = 8;
            options.Link.MaxRetainedBatches = 1;
            options.Endpoint.BatchSize = 3;
        }

        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(Narrow, network: network);
        await using var client = await ConnectAsync(network, server, Narrow);
        foreach (var (from, to) in new[] { (server, client), (client, server) })
        {
            to.Spawn("sink");
            for (var i = 0; i < count; i++)
            {
                from.Root.Send(to.Pid("sink"), new Int32Value { Value = i });
            }
        }

        foreach (var node in new[] { server, client })
        {
            var received = await node.Events.WaitForCountAsync<Receipt>(count);
            Assert.Equal(Enumerable.Range(0, count), received.Select(receipt => ((Int32Value)receipt.Message).Value));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SlowActor_OnEitherSide_ItsNeighbourGoesOn(bool isAtClient)
    {
        const int Window = 100;
        static void Narrow(RemoteOptions options) => options.Inbound.MaxMessages = Window;

        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(Narrow, network: network);
        await using var client = await ConnectAsync(network, server, Narrow);
        var (from, to) = isAtClient ? (server, client) : (client, server);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        to.Spawn("slow", _ => go.Task);
        to.SpawnEcho();

        for (var i = 0; i < 4 * Window; i++)
        {
            from.Root.Send(to.Pid("slow"), new Int32Value { Value = i });
        }

        for (var i = 0; i < 4 * Window; i++)
        {
            Assert.Equal($"re:{i}", await from.AskAsync(to.Pid("echo"), $"{i}"));
        }

        go.SetResult();
        var slow = await to.Events.WaitForCountAsync<Receipt>(8 * Window);
        Assert.Equal(Enumerable.Range(0, 4 * Window), slow.Where(receipt => receipt.Actor == "slow").Select(receipt => ((Int32Value)receipt.Message).Value));
    }

    [Fact]
    public async Task OutagePolicyDeadLetter_NothingWaitsForALostClient()
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(options => options.Reconnect.Outage = OutagePolicy.DeadLetter, network: network);
        await using var client = await ConnectAsync(network, server);
        client.SpawnEcho();
        network.Refuse(server.Address);
        network.Cut(server.Address);
        await server.Events.NextAsync<EndpointReconnecting>();

        server.Root.Send(client.Pid("echo"), new Int32Value { Value = 1 });

        Assert.Equal(DeadLetterReason.NotConnected, (await server.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        network.Heal(server.Address);
        await server.Events.NextAsync<EndpointReconnected>();
        Assert.Equal("re:back", await server.AskAsync(client.Pid("echo"), "back"));
    }

    private static async Task<TestNode> ConnectAsync(InMemoryNetwork network, TestNode server, Action<RemoteOptions>? options = null)
    {
        var client = await TestNode.StartClientAsync(
            remote =>
            {
                remote.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
                remote.Reconnect.MaxDelay = TimeSpan.FromMilliseconds(20);
                remote.Reconnect.MaxAttempts = 0;
                options?.Invoke(remote);
            },
            network: network);
        await client.Remote.WaitForConnectionAsync(server.Address).Within("the connection");
        await server.Events.NextAsync<EndpointConnected>(connected => connected.Address == client.Address);
        return client;
    }
}
