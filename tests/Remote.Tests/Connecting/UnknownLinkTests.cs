using Google.Protobuf.WellKnownTypes;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A peer that says of every link, also of a new one, that it knows nothing of it.</summary>
[Trait("Behaviour", "R-02")]
public sealed class UnknownLinkTests
{
    [Fact]
    public async Task Unknown_AgainAndAgain_IsAFailureWithADelay_AndInTheEndTheLast()
    {
        var dials = 0;
        await using var peer = await PlayedCalls.ListenAsync(async stream =>
        {
            Interlocked.Increment(ref dials);
            Assert.True(await stream.Reader.ReadAsync(), "The stream ended without a ConnectRequest.");
            var dialler = Handshake.ReadRequest(Wire.RemoteMessage.Parser.ParseFrom(stream.Reader.Message.ToArray()), CapabilityNames.All);
            var unknown = new LinkAnswer(LinkStatus.Unknown, 0, default, LinkLimits.None);
            await stream.WriteAsync(Handshake.Response("0123456789abcdef0123456789abcdef", dialler, CapabilityNames.All, unknown));
        });
        await using var node = await TestNode.StartAsync(
            options => options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(1), Jitter = 0, MaxAttempts = 2 });

        node.Root.Send(new PID(peer.Address, "target"), new Empty());

        Assert.Equal(EndpointTerminatedReason.Unreachable, (await node.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Equal([1, 2], (await node.PublishedAsync<EndpointReconnecting>()).Select(fact => fact.Attempt));

        // The first is followed by a dial at once, and the fourth by nothing.
        Assert.Equal(4, Volatile.Read(ref dials));
        Assert.Single(await node.PublishedAsync<RemoteDeadLetterEvent>());
    }
}
