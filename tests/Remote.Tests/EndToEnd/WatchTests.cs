using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Watching across nodes: one way to end per test, and one Terminated per watch in each.</summary>
[Trait("Behaviour", "W-01")]
public sealed class WatchTests
{
    [Fact]
    public async Task TargetIsStopped_WatcherIsToldOnce()
    {
        await using var pair = await WatchPair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.There.Root.StopAsync(target).Within("stopping the target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task TargetIsStoppedFromHere_WatcherIsToldOnce()
    {
        await using var pair = await WatchPair.StartAsync();
        pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.Here.Root.PoisonAsync(pair.There.Pid("target")).Within("poisoning the target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task TargetIsMissing_WatcherIsToldAtOnce()
    {
        await using var pair = await WatchPair.StartAsync();

        await pair.WatchAsync("missing");

        await pair.ExpectAsync(("missing", TerminatedReason.NotFound));
        Assert.Empty(await pair.There.PublishedAsync<DeadLetterEvent>());
    }

    [Fact]
    public async Task TargetEndedBeforeItIsWatchedAgain_WatcherIsToldAgain()
    {
        await using var pair = await WatchPair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");
        await pair.There.Root.StopAsync(target).Within("stopping the target");
        await pair.NextAsync();

        await pair.WatchAsync("target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped), ("target", TerminatedReason.NotFound));
    }

    [Fact]
    public async Task NodeDies_WatchersAreToldOnce()
    {
        await using var pair = await WatchPair.StartAsync(TestPeers.GiveUpQuickly);
        pair.There.SpawnEcho("one");
        pair.There.SpawnEcho("two");
        await pair.WatchAsync("one");
        await pair.WatchAsync("two");

        pair.Network.Kill(pair.There.Address, pair.Here.Address);

        await pair.ExpectAsync(("one", TerminatedReason.AddressTerminated), ("two", TerminatedReason.AddressTerminated));
        var ended = await pair.Here.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((pair.There.Address, EndpointTerminatedReason.Unreachable), (ended.Address, ended.Reason));
    }

    [Fact]
    public async Task NodeLeaves_WatcherIsToldOnce()
    {
        await using var pair = await WatchPair.StartAsync();
        pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.There.Remote.ShutdownAsync().Within("the shutdown");

        await pair.ExpectAsync(("target", TerminatedReason.AddressTerminated));
    }

    [Fact]
    public async Task NodeStopsItsActorsAndThenLeaves_WatcherHearsOfTheActorOnce()
    {
        await using var pair = await WatchPair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.There.Root.StopAsync(target).Within("stopping the actors");
        await pair.There.Remote.ShutdownAsync().Within("the shutdown");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task NodeIsReplaced_WatcherIsToldAndTheNewActorIsAnother()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        var first = await TestNode.StartAsync(network: network);
        first.SpawnEcho("target");
        var watcher = WatchPair.SpawnWatcher(here);
        await WatchPair.WatchAsync(here, watcher, first.Pid("target"));
        await here.AskAsync(first.Pid("target"), "settled");
        network.Kill(first.Address, here.Address);
        await here.Events.NextAsync<EndpointReconnecting>();
        await first.DisposeAsync();

        await using var second = await TestNode.StartAsync(at: $"127.0.0.1:{first.Port}", network: network);
        second.SpawnEcho("target");
        network.Heal(first.Address);

        var ended = await WatchPair.NextAsync(here);
        Assert.Equal((first.Pid("target"), TerminatedReason.AddressTerminated), (ended.Who, ended.Why));
        Assert.Equal("re:new", await here.AskAsync(second.Pid("target"), "new"));
        await here.Root.PoisonAsync(watcher).Within("stopping the watcher");
        Assert.Single(here.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
    }

    [Fact]
    public async Task AddressWhereNobodyListens_WatcherIsToldOnce()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(TestPeers.GiveUpQuickly, network: network);
        var watcher = WatchPair.SpawnWatcher(here);

        await WatchPair.WatchAsync(here, watcher, new PID("127.0.0.1:9", "x"));

        var ended = await WatchPair.NextAsync(here);
        Assert.Equal((new PID("127.0.0.1:9", "x"), TerminatedReason.AddressTerminated), (ended.Who, ended.Why));

        // The address rests now; a watch is answered all the same.
        await WatchPair.WatchAsync(here, watcher, new PID("127.0.0.1:9", "y"));
        Assert.Equal(TerminatedReason.AddressTerminated, (await WatchPair.NextAsync(here)).Why);
        await here.Root.PoisonAsync(watcher).Within("stopping the watcher");
        Assert.Equal(2, here.Events.Of<Receipt>().Count(receipt => receipt.Message is Terminated));
    }

    [Fact]
    public async Task OwnNodeLeaves_WatcherIsTold()
    {
        await using var pair = await WatchPair.StartAsync();
        pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");

        await pair.Here.Remote.ShutdownAsync().Within("the shutdown");

        await pair.ExpectAsync(("target", TerminatedReason.AddressTerminated));
    }

    [Fact]
    public async Task Unwatched_WatcherIsNotTold()
    {
        await using var pair = await WatchPair.StartAsync(TestPeers.GiveUpQuickly);
        var target = pair.There.SpawnEcho("target");
        pair.There.SpawnEcho("other");
        await pair.WatchAsync("target");
        await pair.WatchAsync("other");
        await pair.UnwatchAsync("target");

        await pair.There.Root.StopAsync(target).Within("stopping the target");
        pair.Network.Kill(pair.There.Address, pair.Here.Address);

        await pair.ExpectAsync(("other", TerminatedReason.AddressTerminated));
    }

    [Fact]
    public async Task WatchedTwice_WatcherIsToldOnce()
    {
        await using var pair = await WatchPair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        await pair.WatchAsync("target");
        await pair.WatchAsync("target");

        await pair.There.Root.StopAsync(target).Within("stopping the target");

        await pair.ExpectAsync(("target", TerminatedReason.Stopped));
    }

    [Fact]
    public async Task ManyWatchersOfOneTarget_EachIsToldOnce()
    {
        var count = TestScale.Count(1000);
        await using var pair = await WatchPair.StartAsync();
        var target = pair.There.SpawnEcho("target");
        PID[] watchers = [.. Enumerable.Range(0, count).Select(i => WatchPair.SpawnWatcher(pair.Here, $"watcher{i}"))];
        foreach (var watcher in watchers)
        {
            await WatchPair.WatchAsync(pair.Here, watcher, pair.There.Pid("target"));
        }

        await pair.Here.AskAsync(pair.There.Pid("target"), "settled");
        await pair.There.Root.StopAsync(target).Within("stopping the target");

        // Counted together: a thousand who each wait for an event of their own look at all events each time that there is another one.
        // Each was told what to watch, and then that it has stopped.
        await pair.Here.Events.WaitForCountAsync<Receipt>(2 * count);
        await Task.WhenAll(watchers.Select(pair.Here.Root.PoisonAsync)).Within("stopping the watchers");
        var told = pair.Here.Events.Of<Receipt>().Where(receipt => receipt.Message is Terminated { Why: TerminatedReason.Stopped }).ToArray();
        Assert.Equal(2 * count, pair.Here.Events.Of<Receipt>().Count);
        Assert.Equal(watchers.Select(watcher => watcher.Id).Order(), told.Select(receipt => receipt.Actor).Order());
    }
}
