using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>Raw HTTP/2 against a node that dials.</summary>
[Trait("Behaviour", "T-16")]
[Collection(nameof(HostileScene))]
public sealed class HostileServerTests
{
    [Fact]
    public async Task EveryScript_EndsItsEndpoint_AndLeavesTheNodeAsItWas()
    {
        await using var scene = await HostileScene.StartAsync(options =>
        {
            TestPeers.GiveUpQuickly(options);
            options.ConnectTimeout = options.HandshakeTimeout = TimeSpan.FromMilliseconds(250);
            options.QuarantineDuration = TimeSpan.Zero;
        });
        var servers = DiallerScripts.All.Select(named => (Name: named.Key, Server: new RawServer(named.Value))).ToList();

        await scene.PlayAsync(() => Task.WhenAll(servers.Select(one => DialAsync(scene.Node, one.Name, one.Server))), TestScale.IsLong ? 30 : 1);

        await scene.FinishAsync();
        foreach (var (_, server) in servers)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>What a peer says is kept with its address and in dead letters: it is short by then, and an id that is none is kept nowhere.</summary>
    [Theory]
    [InlineData(DiallerScripts.LongId, "it has 100000.")]
    [InlineData(DiallerScripts.IdOfTwoLines, "it has 15.")]
    [InlineData(DiallerScripts.LongStatus, "(50000 characters)")]
    [InlineData(DiallerScripts.LongChallenge, " characters)")]
    public async Task WhateverAPeerSays_ShortIsWhatIsKept(string script, string expected)
    {
        await using var server = new RawServer(DiallerScripts.All[script]);
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);

        node.Root.Send(new PID(server.Address, "x"), new StringValue());

        var detail = (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Detail!;
        var row = node.Remote.GetEndpointStatistics(server.Address)!;
        Assert.EndsWith(expected, row.LastError, StringComparison.Ordinal);
        Assert.InRange(row.LastError!.Length, 1, 1_100);
        Assert.InRange(detail.Length, row.LastError.Length, row.LastError.Length + 150);
        Assert.Null(row.SystemId);
        Assert.Empty(await node.PublishedAsync<EndpointConnected>());
    }

    /// <summary>A message to the server, until its endpoint is closed: whatever it does, that comes, and the message is accounted for.</summary>
    private static async Task DialAsync(TestNode node, string name, RawServer server)
    {
        var before = server.Connections;
        node.Root.Send(new PID(server.Address, "x"), new StringValue { Value = name });
        for (var i = 0; server.Connections == before; i++)
        {
            Assert.True(i < 10_000, $"{name}: was never dialled.");
            await Task.Delay(1);
        }

        // One that answered the handshake may be kept for as long as it stays.
        while (node.Remote.GetEndpointState(server.Address) is EndpointState.Connecting or EndpointState.Backoff)
        {
            await Task.Delay(5);
        }

        await node.Remote.DisconnectAsync(server.Address).Within($"leaving '{name}'");
        var statistics = node.Remote.GetEndpointStatistics(server.Address)!;
        Assert.Equal(EndpointState.Closed, statistics.State);
        Assert.True(
            statistics.Accepted == statistics.Acknowledged + statistics.Written + statistics.DeadLetters.Values.Sum() + statistics.Moved,
            $"{name}: {statistics}");
    }
}
