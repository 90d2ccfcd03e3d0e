using Proto;

namespace Remote.Tests;

/// <summary>Recordings 13a to 13c: leaving in good order, seen from both sides.</summary>
public sealed class ShutdownReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "W-01")]
    public async Task AcceptorShutdown_AsNode1()
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
            options.Reconnect.MaxAttempts = 3;
        });
        await using var replay = new Replay("13a-acceptor-shutdown").Play("node1", node);
        PID Echo() => new(replay.AddressOf("node2"), "echo");
        Task<string>? answer = null;
        Task<DeadLetterResponse>? late = null;
        replay
            .Before(3, () => { answer = node.AskAsync(Echo(), "one"); })
            .Without(Difference.OwnReconnectSchedule, "s3", "s4", "s5", "s6")
            .Without(Difference.NoSecondRound, "s7", "s8", "s9", "s10")
            .Before(36, async () =>
            {
                await node.Events.WaitForCountAsync<EndpointTerminated>(1);
                await replay.Peer("node2").DisposeAsync();
                late = node.RefusalAsync(Echo(), Text("too late"));
            })

            // The recorded node names itself as the target of the message it lost, and loses a DeadLetterResponse as well.
            .Instead(54, Difference.NoSecondRound)
            .Instead(55, Difference.NoSecondRound);

        await replay.RunAsync();

        Assert.Equal("re:one", await answer!.Within("the first answer"));

        // Difference.RequesterIsTold.
        Assert.Equal(Echo(), (await late!).Target);
        Assert.Equal(
            [EndpointTerminatedReason.PeerLeft, EndpointTerminatedReason.Unreachable], node.Events.Of<EndpointTerminated>().Select(ended => ended.Reason));
        await replay.FinishAsync();
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task AcceptorShutdown_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        await using var replay = new Replay("13a-acceptor-shutdown").Play("node2", node);
        Task? shutdown = null;
        replay
            .Before(13, () => { shutdown = node.Remote.ShutdownAsync(); })
            .Without(Difference.OwnReconnectSchedule, "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10");

        await replay.RunAsync();

        await shutdown!.Within("the shutdown");
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task DiallerShutdown_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("13b-dialler-shutdown").Play("node1", node);
        Task<string>? answer = null;
        Task? shutdown = null;
        replay
            .Before(3, () => { answer = node.AskAsync(new PID(replay.AddressOf("node2"), "echo"), "one"); })
            .Before(13, () => { shutdown = node.Remote.ShutdownAsync(); });

        await replay.RunAsync();

        Assert.Equal("re:one", await answer!.Within("the answer"));
        await shutdown!.Within("the shutdown");
    }

    [Fact]
    [Trait("Behaviour", "W-01")]
    public async Task DiallerShutdown_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        await using var replay = new Replay("13b-dialler-shutdown").Play("node2", node);

        await replay.RunAsync();
        await replay.FinishAsync();
    }

    [Fact]
    [Trait("Behaviour", "H-02")]
    public async Task ServerOfClientShutdown_AsTheServer()
    {
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        await using var replay = new Replay("13c-server-of-client-shutdown").Play("node2", node);
        Task? shutdown = null;
        replay.Before(10, () => { shutdown = node.Remote.ShutdownAsync(); });

        await replay.RunAsync();

        await shutdown!.Within("the shutdown");
    }

    [Fact]
    [Trait("Behaviour", "H-02")]
    public async Task ServerOfClientShutdown_AsTheClient()
    {
        await using var node = await TestNode.StartClientAsync();
        await using var replay = new Replay("13c-server-of-client-shutdown").Play("client1", node);
        Task<string>? answer = null;
        replay.Before(4, () => { answer = node.AskAsync(new PID(replay.AddressOf("node2"), "echo"), "one"); });

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal("re:one", await answer!.Within("the answer"));
    }
}
