using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A process that was replaced on its address, and does not know it.</summary>
[Trait("Behaviour", "R-04")]
public sealed class FormerLifeTests : DisposedAfterTest
{
    private const string Peer = "peer:8000";

    private readonly InMemoryNetwork _network = new();

    // Where the node gets to when it dials the peer: the name moves from the old process to the new one.
    private volatile string _behindPeer = "old:8000";

    [Fact]
    public async Task OldProcess_StillSendingAfterTheNewOneIsUp_IsNotHeard()
    {
        await using var node = await StartNodeAsync();
        await using var former = await StartFormerAsync();
        node.Spawn("sink");
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        former.Root.Send(node.Pid("sink"), new StringValue { Value = "while it lived" });
        await node.NextReceiptAsync("sink");

        await using var successor = await ReplaceAsync(node);
        former.Root.Send(node.Pid("sink"), new StringValue { Value = "from the former life" });

        // It finds out by itself: its next dial is refused for good, and what it sent is a dead letter there, or was reported uncertain.
        Assert.Equal(EndpointTerminatedReason.Refused, (await former.Events.NextAsync<EndpointTerminated>()).Reason);
        successor.Root.Send(node.Pid("sink"), new StringValue { Value = "from the new life" });
        await node.Events.NextAsync<Receipt>(receipt => Text(receipt) == "from the new life", expected: "a message of the new life");
        Assert.DoesNotContain(node.Events.Of<Receipt>(), receipt => Text(receipt) == "from the former life");
        var accounted = (await former.PublishedAsync<DeadLetterEvent>()).Count + (await former.PublishedAsync<EndpointUnconfirmed>()).Sum(fact => fact.Count);
        Assert.InRange(accounted, 1, 2);
    }

    [Fact]
    public async Task LateAnswer_OfAFormerLife_CompletesNothing()
    {
        await using var node = await StartNodeAsync();
        await using var former = await StartFormerAsync();
        PID? asker = null;
        former.Spawn("slow", context => asker ??= context.Sender);
        using var giveUp = new CancellationTokenSource();
        var request = node.Root.RequestAsync<StringValue>(new PID(Peer, "slow"), new StringValue { Value = "?" }, giveUp.Token);
        await former.NextReceiptAsync("slow");

        await using var successor = await ReplaceAsync(node);
        successor.SpawnEcho("slow");
        former.Root.Send(asker!, new StringValue { Value = "too late" });

        Assert.Equal(EndpointTerminatedReason.Refused, (await former.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Equal("re:now", await node.AskAsync(new PID(Peer, "slow"), "now").Within("a request to the new life"));
        Assert.False(request.IsCompletedSuccessfully);
        await giveUp.CancelAsync();

        // Cancelled, unless its delivery was not acknowledged: then it failed with the end of the former life.
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => request.Within("the end of the request"));
        Assert.True(failure is TimeoutException or OperationCanceledException or DeadLetterException, failure.ToString());
        Assert.All(await node.PublishedAsync<RemoteDeadLetterEvent>(), letter => Assert.Equal(DeadLetterReason.DeliveryUnknown, letter.Reason));
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    private static string? Text(Receipt receipt) => (receipt.Message as StringValue)?.Value;

    /// <summary>A new process takes the address, and the node gets to know it on its own next dial.</summary>
    private async Task<TestNode> ReplaceAsync(TestNode node)
    {
        var successor = await TestNode.StartAsync(at: "peer:8000", network: _network);
        _behindPeer = Peer;
        _ = node.Remote.ReconnectAsync(Peer);
        await node.Events.NextAsync<EndpointTerminated>(fact => fact.Reason == EndpointTerminatedReason.IncarnationEnded, expected: "the end of the former life");
        return successor;
    }

    private Task<TestNode> StartNodeAsync() => TestNode.StartAsync(
        setup: setup => setup.Connect = (endPoint, cancellation) =>
        {
            var address = $"{((System.Net.DnsEndPoint)endPoint).Host}:8000";
            return _network.ConnectAsync(address == Peer ? _behindPeer : address, cancellation);
        },
        network: _network,
        at: "node:8000");

    private Task<TestNode> StartFormerAsync() => TestNode.StartAsync(
        TestPeers.GiveUpQuickly, setup => (setup.AdvertisedHost, setup.AdvertisedPort) = ("peer", 8000), _network, at: "old:8000");
}
