using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What comes in is counted by what becomes of it, and what went out to a client without a link by what is known of it.</summary>
[Trait("Behaviour", "E-08")]
public sealed class InboundLedgerTests
{
    [Fact]
    public async Task Received_IsDeliveredRejectedByReasonOrUnmatched()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        await using var there = await TestNode.StartAsync(network: network);
        await here.Remote.WaitForConnectionAsync(there.Address).Within("the connection");
        here.Spawn("sink");

        there.Root.Send(here.Pid("sink"), new StringValue { Value = "delivered" });
        there.Root.Send(here.Pid("missing"), new StringValue { Value = "for nobody" });
        there.Root.Send(here.Pid($"$endpoint/{there.Address}"), new StringValue { Value = "not for peers" });
        there.Root.Send(here.Pid("missing"), new StringValue { Value = "for nobody either" });
        await here.NextReceiptAsync("sink");

        // Control goes by itself, and is counted as well: one that nobody waits for, and one for an actor.
        var bystander = new Bystander(here.ActorSystem);
        here.ActorSystem.ProcessRegistry.TryAdd("bystander", bystander);
        there.SendSystem(here.Pid("bystander"), Terminated.From(there.Pid("any"), TerminatedReason.Stopped));
        await there.Root.StopAsync(here.Pid("sink")).Within("stopping the sink");

        // A batch is counted when it has been read to its end, so before the next one is.
        here.SpawnEcho();
        await there.AskAsync(here.Pid("echo"), "counted?");

        var statistics = here.Remote.GetEndpointStatistics(there.Address)!;
        Assert.Equal(statistics.Received, statistics.Delivered + statistics.Rejected.Values.Sum() + statistics.UnmatchedTerminated);
        Assert.Equal([("Forbidden", 1L), ("NoSuchProcess", 2L)], statistics.Rejected.Select(entry => (entry.Key, entry.Value)).Order());
        Assert.Equal(1, statistics.UnmatchedTerminated);
        Assert.Empty(bystander.Seen);
        Assert.Equal(3, (await here.PublishedAsync<DeadLetterEvent>()).Count);
    }

    [Fact]
    [Trait("Behaviour", "E-09")]
    public async Task ClientWithoutALink_BreaksOffInTheMiddleOfAWrite_AllThatWasWrittenIsUnconfirmed()
    {
        await using var network = new InMemoryNetwork { BufferBytes = 64 * 1024 };
        await using var server = await TestNode.StartAsync(options => options.Endpoint.MaxBatchBytes = 64 * 1024, network: network);
        await using var client = await TestNode.StartClientAsync(options => options.Link.Resume = false, network: network);
        client.Spawn("target");
        await client.Remote.WaitForConnectionAsync(server.Address).Within("the connection");
        await server.Events.NextAsync<EndpointConnected>();

        // It takes nothing in any more: a write comes to a halt, and what it carries is written as much as the rest.
        network.BlackHole(server.Address);
        for (var i = 0; i < 400; i++)
        {
            server.Root.Send(client.Pid("target"), new BytesValue { Value = Google.Protobuf.ByteString.CopyFrom(new byte[32 * 1024]) });
        }

        network.Cut(server.Address);
        await server.Events.NextAsync<EndpointTerminated>(ended => ended.Address == client.Address);

        var statistics = server.Remote.GetEndpointStatistics(client.Address)!;
        Assert.InRange(statistics.Written, 1, 399);
        Assert.Equal((statistics.Written, 0L), (statistics.Unconfirmed, statistics.Acknowledged));
        Assert.Equal(statistics.Written, Assert.Single(await server.PublishedAsync<EndpointUnconfirmed>()).Count);
        Assert.Equal(400, statistics.Written + statistics.DeadLetters.Values.Sum() + statistics.Refused.Values.Sum());
        network.Heal(server.Address);
    }

    /// <summary>A process that watches nobody and minds what it is told.</summary>
    private sealed class Bystander(ActorSystem system) : Process(system)
    {
        public System.Collections.Concurrent.ConcurrentQueue<object> Seen { get; } = [];

        protected override void SendUserMessage(PID pid, object message) => Seen.Enqueue(message);

        protected override void SendSystemMessage(PID pid, SystemMessage message) => Seen.Enqueue(message);
    }
}
