using Proto;

namespace Remote.Tests;

/// <summary>Recording 07: watch, unwatch, watch twice.</summary>
public sealed class WatchReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "W-01")]
    public async Task Watch_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("07-watch").Play("node1", node);
        var watcher = SpawnDoer(node, "watcher");
        void Watch(string id) => Do(node, watcher, context => context.Watch(new PID(replay.AddressOf("node2"), id)));
        replay
            .Before(4, () => Watch("w1"))
            .Before(14, () => Watch("missing"))
            .Before(19, () => Watch("w2"))
            .Before(20, () => Do(node, watcher, context => context.Unwatch(new PID(replay.AddressOf("node2"), "w2"))))
            .Before(22, () => Watch("w3"))
            .Instead(23, Difference.SecondWatchIsTheFirst, () =>
            {
                Watch("w3");
                return Task.CompletedTask;
            });

        await replay.RunAsync();
        await replay.FinishAsync();

        var reasons = node.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<Terminated>().Select(ended => (ended.Who.Id, ended.Why));
        Assert.Equal([("w1", TerminatedReason.Stopped), ("missing", TerminatedReason.NotFound), ("w3", TerminatedReason.Stopped)], reasons);
    }

    [Fact]
    [Trait("Behaviour", "W-01")]
    public async Task Watch_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        var watched = new[] { "w1", "w2", "w3" }.ToDictionary(id => id, id => node.Spawn(id));
        await using var replay = new Replay("07-watch").Play("node2", node);
        replay
            .Instead(17, Difference.AnsweredWatchIsNoDeadLetter)
            .Before(11, async () =>
            {
                await SettleAsync(replay, node, "s1", "w1");
                node.Root.Stop(watched["w1"]);
            })
            .Before(22, async () =>
            {
                await SettleAsync(replay, node, "s1", "w2");
                await node.Root.StopAsync(watched["w2"]);
            })
            .Before(24, async () =>
            {
                await SettleAsync(replay, node, "s1", "w3");
                node.Root.Poison(watched["w3"]);
            });

        await replay.RunAsync();
        await replay.FinishAsync();
    }
}
