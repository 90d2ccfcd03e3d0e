using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Recordings 14a and 14b: the peer is replaced on its address, in good order and after a kill.</summary>
public sealed class RestartReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "W-01")]
    public async Task RestartGraceful_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("14a-restart-graceful").Play("node1", node);
        List<Task<string>> answers = [];
        void Ask(string text) => answers.Add(node.AskAsync(new PID(replay.AddressOf("node2"), "echo"), text));
        replay
            .Before(3, () => Ask("one"))
            .Before(19, async () =>
            {
                await node.Events.WaitForCountAsync<EndpointTerminated>(1);
                Ask("two");
            })
            .Before(28, () => Ask("three"));

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal(["re:one", "re:two", "re:three"], await Task.WhenAll(answers).Within("the answers"));
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task RestartGraceful_AsNode2AndItsSuccessor()
    {
        await using var first = await TestNode.StartAsync();
        first.SpawnEcho();
        TestNode? second = null;
        await using var replay = new Replay("14a-restart-graceful").Play("node2", first);
        Task? shutdown = null;
        replay
            .Before(12, () => { shutdown = first.Remote.ShutdownAsync(); })
            .Before(18, async () =>
            {
                await shutdown!;
                second = await TestNode.StartAsync(at: $"127.0.0.1:{first.Port}");
                second.SpawnEcho();
                replay.Play("node2b", second);
            });

        await replay.RunAsync();
        await replay.FinishAsync();

        await second!.DisposeAsync();
    }

    [Fact]
    [Trait("Behaviour", "W-01")]
    public async Task RestartKilled_AsNode1()
    {
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(options => options.Reconnect.Jitter = 0, time: time);
        await using var replay = new Replay("14b-restart-killed").Play("node1", node);
        var watcher = SpawnDoer(node, "watcher");
        List<Task<string>> answers = [];
        Task<DeadLetterResponse>? lost = null;
        PID There(string id) => new(replay.Names.Translate("127.0.0.1:21002"), id);
        void Ask(string text) => answers.Add(node.AskAsync(There("echo"), text));
        replay
            .Before(3, () => Ask("one"))
            .Before(12, () => Do(node, watcher, context => context.Watch(There("victim"))))
            .Before(13, () => KillAsync("node2"))
            .Instead(14, Difference.OwnReconnectSchedule)
            .Instead(15, Difference.OwnReconnectSchedule)
            .Before(16, async () =>
            {
                await node.Events.NextAsync<EndpointReconnecting>();
                lost = node.RefusalAsync(There("echo"), Text("for the former life"));
            })
            .Before(18, async () =>
            {
                await MeetSuccessorAsync(replay, node, time);
                Ask("two0");
            })
            .Before(27, () => Ask("two1"))
            .Before(30, () => Ask("two2"))
            .Before(33, () => KillAsync("node2b"))
            .Instead(33, Difference.OwnReconnectSchedule)
            .Instead(34, Difference.OwnReconnectSchedule)
            .Without(Difference.OwnReconnectSchedule, "s3", "s4", "s5")
            .Before(47, () => GiveUpAsync(node, time));

        await replay.RunAsync();

        Assert.Equal(["re:one", "re:two0", "re:two1", "re:two2"], await Task.WhenAll(answers).Within("the answers"));

        // Difference.QueueEndsWithIncarnation: the recorded node gives the request made during the back-off to the next incarnation.
        var refusal = await lost!;
        Assert.Equal((DeadLetterReason.IncarnationEnded, There("echo")), (refusal.GetReason(), refusal.Target));

        // Difference.TerminatedIsSent: the recorded node does not tell the watcher.
        var ended = (Terminated)(await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated)).Message;
        Assert.Equal((There("victim"), TerminatedReason.AddressTerminated), (ended.Who, ended.Why));
        await Assert.ThrowsAsync<DeadLetterException>(() => node.AskAsync(There("echo"), "request while down").Within("the request while down"));
        await replay.FinishAsync();

        async Task KillAsync(string name)
        {
            // A kill takes along what was written and not read yet.
            await Task.WhenAll(answers);
            await replay.Peer(name).KillAsync();
        }
    }

    /// <summary>Our node dials again by itself, finds another incarnation, and ends the endpoint of the former one.</summary>
    private static async Task MeetSuccessorAsync(Replay replay, TestNode node, ManualTimeProvider time)
    {
        var successor = replay.Peer("node2b");
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200));
        time.Advance(TimeSpan.FromMilliseconds(200));
        var stream = await successor.AcceptAsync("the dial that finds the successor");
        Assert.IsType<Observed.Handshake>(await stream.NextAsync("the handshake with the successor"));
        var response = new Protocol.ConnectResponse { MemberId = successor.Node.MemberId };
        await stream.WriteAsync(Google.Protobuf.MessageExtensions.ToByteArray(new Protocol.RemoteMessage { ConnectResponse = response }));
        Assert.IsType<Observed.End>(await stream.NextAsync("the end of the stream to the successor"));
        var ended = await node.Events.NextAsync<EndpointTerminated>();
        Assert.Equal(EndpointTerminatedReason.IncarnationEnded, ended.Reason);
    }

    /// <summary>200, 400, 800, 1600, 3200 ms, and nobody there.</summary>
    private static async Task GiveUpAsync(TestNode node, ManualTimeProvider time)
    {
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var next = await node.Events.NextAsync<EndpointReconnecting>();
            Assert.Equal((attempt, TimeSpan.FromMilliseconds(100 * (1 << attempt))), (next.Attempt, next.Delay));
            await time.WaitForTimerAsync(next.Delay);
            time.Advance(next.Delay);
        }

        await node.Events.NextAsync<EndpointReconnectFailed>();
    }
}
