using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>Recordings 12a to 12c, with our node as the one that is blocked.</summary>
public sealed class BlockedReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task BlockedByAcceptor_AsNode1()
    {
        await using var node = await TestNode.StartAsync(options => options.QuarantineDuration = TimeSpan.FromTicks(1));
        await using var replay = new Replay("12a-blocked-by-acceptor").Play("node1", node);
        PID X() => new(replay.AddressOf("node2"), "x");
        List<Task<DeadLetterResponse>> requests = [];
        replay
            .Before(4, () => requests.Add(node.RefusalAsync(X(), Text("first"))))
            .Without(Difference.NoSecondRound, "s2", "s4")
            .Instead(14, Difference.NoSecondRound)
            .Instead(16, Difference.NoSecondRound)
            .Before(19, async () =>
            {
                await node.Events.WaitForCountAsync<EndpointTerminated>(1);
                requests.Add(node.RefusalAsync(X(), Text("second try")));
            })

            // The recorded node has blocked itself by now and spreads that; ours asks as it did the first time.
            .Instead(20, Difference.DoesNotBlockItself, async () =>
            {
                var seen = await replay.NextAsync("s3", "the second ConnectRequest") as Observed.Handshake;
                Assert.Empty(seen!.Message.ConnectRequest.ServerConnection.BlockList);
            })
            .Instead(28, Difference.NoSecondRound)
            .Instead(30, Difference.NoSecondRound);

        await replay.RunAsync();

        await AllToldAsync(node, X(), requests);
        await replay.FinishAsync();
    }

    [Fact]
    [Trait("Behaviour", "H-02")]
    public async Task BlockedClient_AsTheClient()
    {
        await using var node = await TestNode.StartClientAsync();
        await using var replay = new Replay("12c-blocked-client").Play("client1", node);
        PID X() => new(replay.AddressOf("node2"), "x");
        List<Task<DeadLetterResponse>> requests = [];
        replay
            .Before(4, () => requests.Add(node.RefusalAsync(X(), Text("first"))))
            .Without(Difference.NoSecondRound, "s2")
            .Instead(14, Difference.NoSecondRound)
            .Instead(16, Difference.NoSecondRound);

        await replay.RunAsync();

        await AllToldAsync(node, X(), requests);
        await replay.FinishAsync();
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task BlockedByDialler_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho("x");
        await using var replay = new Replay("12b-blocked-by-dialler").Play("node2", node);

        // The first of eight equal attempts is enough. A list that names us does not make us block ourselves: who blocks us does not send.
        replay
            .Without(Difference.OwnReconnectSchedule, "s2", "s3", "s4", "s5", "s6", "s7", "s8")
            .Instead(7, Difference.DoesNotBlockItself, async () =>
            {
                var seen = await replay.NextAsync("s1", "the answer to a dialler that blocks us") as Observed.Handshake;
                Assert.Equal((node.SystemId, false), (seen!.Message.ConnectResponse.MemberId, seen.Message.ConnectResponse.Blocked));
            });

        await replay.RunAsync();

        // Nor does it turn others away.
        await using var other = await TestNode.StartAsync();
        Assert.Equal("re:still here", await other.AskAsync(node.Pid("x"), "still here"));
        await replay.FinishAsync();
    }

    /// <summary>Difference.RequesterIsTold: all the recorded requests time out.</summary>
    private static async Task AllToldAsync(TestNode node, PID target, IReadOnlyList<Task<DeadLetterResponse>> requests)
    {
        foreach (var request in requests)
        {
            Assert.Equal(target, (await request).Target);
        }

        Assert.Equal(requests.Select(_ => EndpointTerminatedReason.Blocked), node.Events.Of<EndpointTerminated>().Select(ended => ended.Reason));
        Assert.Equal(requests.Count, (await node.PublishedAsync<DeadLetterEvent>()).Count(letter => letter.Message is StringValue));
    }
}
