using Google.Protobuf.WellKnownTypes;

namespace Remote.Tests;

/// <summary>What counts as progress, so that the attempts begin anew: an acknowledgement, and not that somebody answered.</summary>
public sealed class LinkProgressTests
{
    private const int MaxAttempts = 2;

    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task EachStreamBringsAnAcknowledgement_TheAttemptsAreNeverUsedUp()
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedLinkPeer.StartAsync(_ => false, endsAfter: 1);
        for (var i = 1; i <= 5 * MaxAttempts; i++)
        {
            node.Root.Send(peer.Pid("sink"), new Int32Value { Value = i });
            await peer.Accepted.WaitForCountAsync<Protocol.MessageBatch>(i);
            await node.Events.WaitForCountAsync<EndpointReconnecting>(i);
        }

        Assert.All(await node.PublishedAsync<EndpointReconnecting>(), fact => Assert.Equal(1, fact.Attempt));
        Assert.Empty(await node.PublishedAsync<EndpointReconnectFailed>());
    }

    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task EachStreamEndsAfterItsHandshake_TheAttemptsAreUsedUp()
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedLinkPeer.StartAsync(_ => false, endsAfter: 0);
        node.Root.Send(peer.Pid("sink"), new Int32Value());

        await node.Events.WaitForCountAsync<EndpointReconnectFailed>(1);
        Assert.Equal(Enumerable.Range(1, MaxAttempts), (await node.PublishedAsync<EndpointReconnecting>()).Select(fact => fact.Attempt));
        Assert.Equal(DeadLetterReason.DeliveryUnknown, (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
    }
}
