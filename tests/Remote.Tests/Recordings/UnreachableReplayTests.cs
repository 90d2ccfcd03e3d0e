using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Recording 09b: a request to an address where nobody listens. There is no peer to play: dials are counted.</summary>
public sealed class UnreachableReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task Unreachable_AsNode1()
    {
        var recording = Conversation.Load("09b-unreachable");
        var firstRound = recording.Entries
            .TakeWhile(entry => !entry.Text.Contains("EndpointTerminatedEvent", StringComparison.Ordinal))
            .Count(entry => entry.Kind == RecordedKind.StreamOpen);
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options =>
            {
                // As many dials as the recorded node makes before it gives up, and not its delays.
                options.Reconnect.MaxAttempts = firstRound - 1;
                options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
            },
            network: network);
        var nobody = new PID("127.0.0.1:21009", "x");

        var refusal = await node.RefusalAsync(nobody, Text("anybody?"));

        // Difference.RequesterIsTold: the recorded request times out, and its dead letter names the requester's own address.
        Assert.Equal(nobody, refusal.Target);
        var letter = await node.Events.NextAsync<DeadLetterEvent>();
        Assert.Equal((nobody, Text("anybody?")), (letter.Pid, letter.Message));
        var ended = await node.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((nobody.Address, EndpointTerminatedReason.Unreachable), (ended.Address, ended.Reason));

        // Difference.NoSecondRound: the recorded node dials as often again, to deliver a DeadLetterResponse to the dead address.
        await node.Remote.ShutdownAsync().Within("the shutdown");
        Assert.Equal(firstRound, network.Dials);
        Assert.Single(await node.PublishedAsync<DeadLetterEvent>());
    }
}
