using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Several addresses for one node: its own, and those of a peer.</summary>
[Trait("Behaviour", "E-04")]
public sealed class AliasTests
{
    private const string Alias = "orders.example:4000";

    [Fact]
    public async Task Send_ToAnAliasOfOurs_IsDeliveredHereOnceWithoutADial()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.Aliases = [Alias], network: network);
        node.SpawnEcho();

        Assert.Equal("re:hello", await node.AskAsync(new PID(Alias, "echo"), "hello"));

        await node.Root.StopAsync(new PID(Alias, "echo")).Within("stopping by the alias");
        Assert.Single(node.Events.Of<Receipt>());
        Assert.Equal(0, network.Dials);
    }

    [Fact]
    public async Task Watch_ByAnAliasOfOurs_GivesOneTerminated()
    {
        await using var node = await TestNode.StartAsync(options => options.Aliases = [Alias]);
        var target = node.Spawn("target");
        var watcher = node.Spawn("watcher", context =>
        {
            if (context.Message is "watch")
            {
                context.Watch(new PID(Alias, "target"));
                context.Watch(node.Pid("target"));
                context.Respond("watched");
            }
        });
        await node.Root.RequestAsync<string>(watcher, "watch", TestTime.Ceiling);

        await node.Root.StopAsync(target).Within("stopping the target");

        var ended = await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated);
        Assert.Equal(TerminatedReason.Stopped, ((Terminated)ended.Message).Why);
        await node.Root.PoisonAsync(watcher).Within("stopping the watcher");
        Assert.Single(node.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
    }

    [Fact]
    public async Task PeerThatUsesAnAlias_ReachesTheNodeAndIsAnswered()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.Aliases = [Alias], network: network);
        await using var peer = await TestNode.StartAsync(network: network);
        network.AddName(Alias, node.Address);
        node.SpawnEcho();

        Assert.Equal("re:hello", await peer.AskAsync(new PID(Alias, "echo"), "hello"));
    }

    [Fact]
    public async Task ForeignAddressThatAnswersWithOurId_IsAReportedFault()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        network.AddName(Alias, node.Address);
        node.SpawnEcho();
        node.Log.Expect("OwnAddress");

        node.Root.Send(new PID(Alias, "echo"), new StringValue { Value = "lost" });
        var refusal = await node.RefusalAsync(new PID(Alias, "echo"), new StringValue { Value = "lost too" });

        Assert.Equal(new PID(Alias, "echo"), refusal.Target);
        var ended = await node.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((Alias, EndpointTerminatedReason.OwnAddress), (ended.Address, ended.Reason));
        var line = await node.Log.NextAsync("OwnAddress");
        Assert.Contains(Alias, line.Text, StringComparison.Ordinal);
        Assert.Equal(2, (await node.Events.WaitForCountAsync<DeadLetterEvent>(2)).Count);
        Assert.Empty(node.Events.Of<Receipt>());

        // It is a fault of configuration: trying again is of no use.
        Assert.Equal(1, network.Dials);
    }

    [Fact]
    public async Task TwoAddressesOfAPeer_BecomeOneEndpointWithOrderKept()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var here = await TestNode.StartAsync(network: network);
            await using var there = await TestNode.StartAsync(network: network);
            network.AddName(Alias, there.Address);
            there.Spawn("sink");
            Send(here, there.Pid("sink"), 0, 100);
            await there.Events.WaitForCountAsync<Receipt>(100);

            Send(here, new PID(Alias, "sink"), 100, 300);
            await there.Events.WaitForCountAsync<Receipt>(400);
            Send(here, there.Pid("sink"), 400, 100);
            Send(here, new PID(Alias, "sink"), 500, 100);
            Send(here, there.Pid("sink"), 600, 100);

            var received = await there.Events.WaitForCountAsync<Receipt>(700);
            Assert.Equal(Enumerable.Range(0, 700), received.Select(receipt => ((Int32Value)receipt.Message).Value));

            // The messages may be there before it is told why they took that way.
            await here.Events.WaitForCountAsync<EndpointTerminated>(1);
            var merged = Assert.Single(await here.PublishedAsync<EndpointTerminated>());
            Assert.Equal((Alias, EndpointTerminatedReason.Merged), (merged.Address, merged.Reason));
            Assert.Equal(2, network.Dials);
            Assert.Empty(await here.PublishedAsync<DeadLetterEvent>());
        }
    }

    [Fact]
    public async Task TwoAddressesOfAPeer_UsedAtOnceFromTheStart_LoseAndDoubleNothing()
    {
        const int Messages = 200;
        for (var round = 0; round < TestScale.Count(200); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var here = await TestNode.StartAsync(network: network);
            await using var there = await TestNode.StartAsync(network: network);
            network.AddName(Alias, there.Address);
            there.Spawn("one");
            there.Spawn("two");

            await Task.WhenAll(
                Task.Run(() => Send(here, there.Pid("one"), 0, Messages)),
                Task.Run(() => Send(here, new PID(Alias, "two"), 0, Messages))).Within("sending");

            var received = await there.Events.WaitForCountAsync<Receipt>(2 * Messages);
            foreach (var actor in new[] { "one", "two" })
            {
                Assert.Equal(
                    Enumerable.Range(0, Messages), received.Where(receipt => receipt.Actor == actor).Select(receipt => ((Int32Value)receipt.Message).Value));
            }
        }
    }

    [Fact]
    public async Task Watches_ByBothAddressesOfAPeer_AreAnsweredAsTheyWereMade()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        await using var there = await TestNode.StartAsync(network: network);
        network.AddName(Alias, there.Address);
        var targets = new[] { "one", "two" }.Select(there.SpawnEcho).ToArray();
        var watcher = here.Spawn("watcher", context =>
        {
            if (context.Message is PID target)
            {
                context.Watch(target);
            }
        });
        PID[] watched = [there.Pid("one"), new PID(Alias, "two")];
        foreach (var target in watched)
        {
            here.Root.Send(watcher, target);
            await here.NextReceiptAsync("watcher");

            // A receipt is written before its message is handled: with the next one the Watch has been sent.
            here.Root.Send(watcher, "watched");
            await here.NextReceiptAsync("watcher");

            // Control passes user messages, so the Watch has arrived when this is answered.
            await here.AskAsync(target, "settled");
        }

        foreach (var target in targets)
        {
            await there.Root.StopAsync(target).Within("stopping a target");
        }

        for (var i = 0; i < 2; i++)
        {
            var ended = (Terminated)(await here.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated)).Message;
            Assert.Contains(ended.Who, watched);
            Assert.Equal(TerminatedReason.Stopped, ended.Why);
        }
    }

    [Fact]
    public async Task OneActorWatchedByBothAddresses_IsToldOfByBoth()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        await using var there = await TestNode.StartAsync(network: network);
        network.AddName(Alias, there.Address);
        var target = there.SpawnEcho("target");
        var watcher = WatchPair.SpawnWatcher(here);
        PID[] watched = [there.Pid("target"), new PID(Alias, "target")];
        foreach (var pid in watched)
        {
            await WatchPair.WatchAsync(here, watcher, pid);
            await here.AskAsync(pid, "settled");
        }

        await there.Root.StopAsync(target).Within("stopping the target");

        var told = new[] { await WatchPair.NextAsync(here), await WatchPair.NextAsync(here) };
        Assert.Equal(watched.OrderBy(pid => pid.Address), told.Select(ended => ended.Who).OrderBy(pid => pid.Address));
    }

    [Fact]
    [Trait("Behaviour", "W-02")]
    public async Task TwoAddressesOfAPeer_BecomeOneAfterACut_WatchesThatTheCutMayHaveCostAreIssuedAgain()
    {
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(time: time);
        await using var one = await PlayedAcceptor.StartAsync();
        await using var other = await PlayedAcceptor.StartAsync();
        var watcher = WatchPair.SpawnWatcher(node);
        await WatchPair.WatchAsync(node, watcher, one.Pid("target"));
        await one.AcceptAsync();
        await one.TakeAsync(1);
        one.Cut();
        var retry = await node.Events.NextAsync<EndpointReconnecting>();

        // The same system by another address, while the first is not connected: an endpoint of its own.
        node.Root.Stop(other.Pid("any"));
        await other.AcceptAsync();
        await other.TakeAsync(1);
        await time.WaitForTimerAsync(retry.Delay);
        time.Advance(retry.Delay);

        Assert.Equal((one.Address, EndpointTerminatedReason.Merged), await node.Events.NextAsync<EndpointTerminated>() is var ended ? (ended.Address, ended.Reason) : default);
        var batch = Assert.Single(await other.TakeAsync(1));
        Assert.Equal(("actor.Watch", "target"), (Assert.Single(batch.TypeNames), Assert.Single(batch.Targets).ToStringUtf8()));
    }

    /// <summary>There is no bound for watches, and the peer of the endpoint that takes them over may read slowly.</summary>
    [Fact]
    [Trait("Behaviour", "W-02")]
    public async Task TwoAddressesOfAPeer_BecomeOne_MoreWatchesThanTheControlLaneTakesGoOver()
    {
        const int Half = 65_000;
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(time: time);
        await using var one = await PlayedAcceptor.StartAsync();
        await using var other = await PlayedAcceptor.StartAsync(reads: false);
        var connected = node.Remote.WaitForConnectionAsync(one.Address);
        await one.AcceptAsync();
        await connected.Within("the connection");
        var endpoint = node.Remote.Parts.Table.Find(one.Address)!;
        var watcher = WatchPair.SpawnWatcher(node);
        for (var i = 0; i < Half * 2; i++)
        {
            endpoint.Watch(watcher, one.Pid($"{i:D200}"), new Watch(watcher));
            if (i % Half == Half - 1)
            {
                await one.TakeAsync(Half);
            }
        }

        one.Cut();
        var retry = await node.Events.NextAsync<EndpointReconnecting>();
        node.Root.Stop(other.Pid("any"));
        await other.AcceptAsync();
        await time.WaitForTimerAsync(retry.Delay);
        time.Advance(retry.Delay);
        Assert.Equal(EndpointTerminatedReason.Merged, (await node.Events.NextAsync<EndpointTerminated>()).Reason);
        other.Read();

        await other.TakeAsync(1);
        var again = await other.TakeAsync(Half * 2);
        Assert.Equal(Half * 2, again.SelectMany(batch => batch.Envelopes.Select(envelope => batch.Targets[envelope.Target])).Distinct().Count());
        Assert.Equal((0, Half * 2), (endpoint.WatchCount, node.Remote.Parts.Table.Find(other.Address)!.WatchCount));
        Assert.DoesNotContain(node.Events.Of<Receipt>(), receipt => receipt.Message is Terminated);
    }

    [Fact]
    public async Task TwoAddressesOfAPeer_DialledAtTheSameMoment_BecomeOneAndItsWatchersAreTold()
    {
        for (var round = 0; round < TestScale.Count(200); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var here = await TestNode.StartAsync(network: network);
            await using var there = await TestNode.StartAsync(network: network);
            network.AddName(Alias, there.Address);
            PID[] watched = [there.Pid("one"), new PID(Alias, "two")];
            var targets = new[] { "one", "two" }.Select(there.SpawnEcho).ToArray();
            var watcher = WatchPair.SpawnWatcher(here);
            Array.ForEach(watched, target => network.BlackHole(target.Address));
            Array.ForEach(watched, target => here.Root.Send(watcher, target));
            await network.WaitForDialsAsync(2);

            Array.ForEach(watched, target => network.Heal(target.Address));

            foreach (var target in watched)
            {
                await here.AskAsync(target, "settled");
            }

            var merged = await here.Events.NextAsync<EndpointTerminated>();
            Assert.Equal(EndpointTerminatedReason.Merged, merged.Reason);
            foreach (var target in targets)
            {
                await there.Root.StopAsync(target).Within("stopping a target");
            }

            var told = new[] { await WatchPair.NextAsync(here), await WatchPair.NextAsync(here) };
            Assert.Equal(watched.OrderBy(pid => pid.Id), told.Select(ended => ended.Who).OrderBy(pid => pid.Id));
        }
    }

    private static void Send(TestNode from, PID target, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            from.Root.Send(target, new Int32Value { Value = i });
        }
    }
}
