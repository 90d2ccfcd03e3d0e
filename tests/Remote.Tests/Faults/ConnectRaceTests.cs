using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Several ask for a connection while it is being made: one is made.</summary>
[Trait("Behaviour", "R-03")]
public sealed class ConnectRaceTests
{
    private const int Askers = 2;

    [Fact]
    public async Task WaitForConnection_WhileAMessageConnects_OneDialLoop()
    {
        var rounds = TestScale.Count(10_000, few: 300);
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        await using var there = await TestNode.StartAsync(network: network);
        for (var round = 1; round <= rounds; round++)
        {
            var asking = Enumerable.Range(0, Askers).Select(_ => Task.Run(() => AskAsync(here.Remote, there.Address))).ToArray();
            here.Root.Send(new PID(there.Address, "nobody"), new Empty());
            await Task.WhenAll(asking).Within("the connection");
            await here.Remote.DisconnectAsync(there.Address).Within("the goodbye");
            Assert.True(network.Dials == round, $"{network.Dials} dials in {round} rounds.");
        }
    }

    /// <summary>Asks again and again, so that one of the questions meets the moment at which the connection comes to stand.</summary>
    private static async Task AskAsync(ReliableRemote remote, string address)
    {
        do
        {
            _ = remote.WaitForConnectionAsync(address);
            await Task.Yield();
        }
        while (remote.GetEndpointState(address) != EndpointState.Connected);

        await remote.WaitForConnectionAsync(address);
    }
}
