using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Xunit.Abstractions;

namespace Remote.Tests;

/// <summary>The one stream of a client is cut again and again while both ends send.</summary>
public sealed class ClientCutTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Behaviour", "H-02")]
    [Trait("Behaviour", "R-05")]
    public async Task CutsAtRandomBytes_NothingIsLostDoubledOrReorderedEitherWay()
    {
        var rounds = TestScale.Count(1000);
        output.WriteLine($"Seed {TestSeed.Value}.");
        var random = FaultSchedule.RandomOf(TestSeed.Value, 0);
        var ledger = new MessageLedger();
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(Quick, network: network);
        await using var client = await TestNode.StartClientAsync(Quick, network: network);
        var sides = new[] { Side(client, server, ledger), Side(server, client, ledger) };
        await Meet(client, server);

        var (sent, connections) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            // As soon as there is one: some are cut in the middle of the handshake.
            var connection = await network.WaitForConnectionsAsync(connections + 1);
            var direction = random.Next(2) == 0 ? NetworkDirection.ToServer : NetworkDirection.ToClient;
            connection.CutAfter(direction, connection.BytesCarried(direction) + random.Next(1, 12_000));
            sent += sides.Sum(side => Send(side, random.Next(150), random));
            await ledger.WaitForSettledAsync(sent);

            // If the burst was too short to reach the byte.
            connections = network.Connections.Count;
            network.Cut(server.Address);
        }

        // The last connection is made and stays when these have arrived.
        sent += sides.Sum(side => Send(side, 1, random));
        await ledger.WaitForSettledAsync(sent);
        await EndpointOf(server, client.Address).WhenAcknowledgedAsync().Within("the acknowledgements of the client");
        await client.Remote.ShutdownAsync().Within("the goodbye");
        var verdict = ledger.Judge();
        Assert.True(verdict.IsClean && verdict.Delivered == sent, $"Seed {TestSeed.Value}: {verdict}");
        LedgerCheck.Verify(client.Remote.GetEndpointStatistics(server.Address)!, verdict.Where(flow => flow.Sender == client.Address), acknowledges: true);
        LedgerCheck.Verify(server.Remote.GetEndpointStatistics(client.Address)!, verdict.Where(flow => flow.Sender == server.Address), acknowledges: true);
        Assert.True((await server.PublishedAsync<EndpointReconnected>()).Count >= rounds / 2, "There were few cuts.");
        Assert.Single(await server.PublishedAsync<EndpointConnected>());
        Assert.Equal(EndpointTerminatedReason.PeerLeft, Assert.Single(await server.PublishedAsync<EndpointTerminated>()).Reason);
    }

    private static void Quick(RemoteOptions options)
    {
        options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
        options.Reconnect.MaxDelay = TimeSpan.FromMilliseconds(20);
        options.Reconnect.MaxAttempts = 0;
    }

    private static (TestNode Node, PID Target, MessageFlow Flow) Side(TestNode from, TestNode to, MessageLedger ledger)
    {
        to.Root.SpawnNamed(
            Props.FromFunc(context =>
            {
                if (FaultPeer.StampOf(context.Message) is { } stamp)
                {
                    ledger.Deliver(stamp);
                }

                return Task.CompletedTask;
            }),
            "sink");
        ledger.Watch(from.ActorSystem.EventStream, FaultPeer.StampOf);
        return (from, to.Pid("sink"), ledger.Open(from.Address, string.Create(CultureInfo.InvariantCulture, $"{to.Address}/sink")));
    }

    private static int Send((TestNode Node, PID Target, MessageFlow Flow) side, int count, Random random)
    {
        for (var i = 0; i < count; i++)
        {
            side.Node.Root.Send(side.Target, new BytesValue { Value = FaultPeer.Payload(side.Flow.Next(), random.Next(200)) });
        }

        return count;
    }

    private static async Task Meet(TestNode client, TestNode server)
    {
        await client.Remote.WaitForConnectionAsync(server.Address).Within("the first connection");
        await server.Events.NextAsync<EndpointConnected>(connected => connected.Address == client.Address);
    }

    private static Endpoint EndpointOf(TestNode node, string address) => node.Remote.Parts.Table.Find(address)!;
}
