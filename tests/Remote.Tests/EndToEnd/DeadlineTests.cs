using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Messages that nobody wants any more are not worked on: in the lane, on arrival, in the mailbox.</summary>
[Trait("Behaviour", "O-09")]
public sealed class DeadlineTests
{
    private const string Peer = "peer:8000";
    private const string Key = "remote-deadline";

    private static readonly TimeSpan FirstDelay = new ReconnectOptions().InitialDelay;
    private static readonly TimeSpan TimeLeft = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Over = TimeLeft + Tolerance + TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task DeadlineIsOverInTheLane_ItIsNotSent()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network, time);
        for (var i = 0; i < 10; i++)
        {
            if (i % 2 == 0)
            {
                node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = i });
            }
            else
            {
                node.Root.SendWithin(new PID(Peer, "sink"), new Int32Value { Value = i }, TimeLeft);
            }
        }

        await node.Events.NextAsync<EndpointReconnecting>();
        await time.WaitForTimerAsync(FirstDelay);
        await using var peer = await StartAsync("peer", network, time);
        peer.Spawn("sink");
        time.Advance(Over);

        await peer.Events.WaitForCountAsync<Receipt>(5);
        Assert.Equal([0, 2, 4, 6, 8], peer.Events.Of<Receipt>().Select(receipt => ((Int32Value)receipt.Message).Value));
        Assert.Equal([1, 3, 5, 7, 9], (await ExpiredAsync(node, 5)).Select(letter => ((Int32Value)letter.Message).Value));
        await node.Remote.DisconnectAsync(Peer).Within("leaving");
        var statistics = node.Remote.GetEndpointStatistics(Peer)!;
        Assert.Null(LedgerCheck.FaultOf(statistics, before: null));
        Assert.Equal((10L, 5L, 5L), (statistics.Accepted, statistics.Acknowledged, statistics.DeadLetters["Expired"]));
    }

    [Fact]
    public async Task RequestWasGivenUp_ItIsNotSent()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();

        // Of requests that share a process nobody knows which one was given up.
        await using var node = await StartAsync("node", network, time, system: new ActorSystemConfig { SharedFutures = false });
        using var giveUp = new CancellationTokenSource();
        var target = new PID(Peer, "echo");
        var abandoned = node.Root.RequestAsync<StringValue>(target, new StringValue { Value = "abandoned" }, giveUp.Token);
        var kept = node.Root.RequestAsync<StringValue>(target, new StringValue { Value = "kept" }, CancellationToken.None);
        await time.WaitForTimerAsync(FirstDelay);
        await giveUp.CancelAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => abandoned.Within("the abandoned request"));
        await using var peer = await StartAsync("peer", network, time);
        peer.SpawnEcho();
        time.Advance(FirstDelay);

        Assert.Equal("re:kept", (await kept.Within("the other request")).Value);
        Assert.Equal("kept", ((StringValue)Assert.Single(peer.Events.Of<Receipt>()).Message).Value);
        Assert.Equal("abandoned", ((StringValue)Assert.Single(await ExpiredAsync(node, 1)).Message).Value);
        await node.Remote.DisconnectAsync(Peer).Within("leaving");
        var statistics = node.Remote.GetEndpointStatistics(Peer)!;
        Assert.Null(LedgerCheck.FaultOf(statistics, before: null));
        Assert.Equal((2L, 1L, 1L), (statistics.Accepted, statistics.Acknowledged, statistics.DeadLetters["Expired"]));
    }

    [Fact]
    public async Task DeadlineIsOverOnArrival_ItIsNotDeliveredAndTheAskerIsTold()
    {
        // The receiver's clock is ahead, as if the way had taken so long.
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network, new ManualTimeProvider());
        var start = new ManualTimeProvider().GetUtcNow();
        await using var peer = await StartAsync("peer", network, new ManualTimeProvider(start + Over));
        peer.SpawnEcho();

        var refused = await node.RefusedAsync(new PID(Peer, "echo"), new StringValue { Value = "late" }, node.Root.WithDeadline(TimeLeft));

        Assert.Equal(DeadLetterReason.Expired, refused);
        Assert.Empty(peer.Events.Of<Receipt>());
        Assert.Equal("late", ((StringValue)Assert.Single(await ExpiredAsync(peer, 1)).Message).Value);

        // It is not even looked for its target.
        node.Root.SendWithin(new PID(Peer, "nobody"), new StringValue { Value = "late too" }, TimeLeft);
        await ExpiredAsync(peer, 2);
    }

    [Fact]
    public async Task ClockOfTheReceiverIsAhead_WithinTheTolerance_ItIsDelivered()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network, new ManualTimeProvider());
        var start = new ManualTimeProvider().GetUtcNow();
        await using var peer = await StartAsync("peer", network, new ManualTimeProvider(start + TimeLeft + Tolerance));
        peer.SpawnEcho();

        var answer = await node.Root.WithDeadline(TimeLeft).RequestAsync<StringValue>(new PID(Peer, "echo"), new StringValue { Value = "in time" }, TestTime.Ceiling);

        Assert.Equal("re:in time", answer.Value);
        Assert.True(Assert.Single(peer.Events.Of<Receipt>()).Headers.ContainsKey(Key));
    }

    [Fact]
    public async Task DeadlineIsOverInTheMailbox_ItIsNotHandledAndItsCreditComesBack()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();

        // Nothing is to wait for the slow actor here but in its mailbox.
        await using var node = await StartAsync("node", network, time, options => options.Endpoint.SlowTarget = SlowTargetPolicy.Wait);
        await using var peer = await StartAsync("peer", network, time, options => options.Inbound.MaxMessages = 100);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        peer.Spawn("slow", context =>
        {
            held.TrySetResult();
            return released.Task;
        });
        peer.Spawn("sink");
        node.Root.Send(new PID(Peer, "slow"), new Int32Value { Value = -1 });
        await held.Task.Within("the first message");
        for (var i = 0; i < 90; i++)
        {
            node.Root.SendWithin(new PID(Peer, "slow"), new Int32Value { Value = i }, TimeLeft);
        }

        // They lie in the mailbox when this one is through.
        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = -2 });
        await peer.NextReceiptAsync("sink");
        time.Advance(Over);
        released.SetResult();

        Assert.Equal(Enumerable.Range(0, 90), (await ExpiredAsync(peer, 90)).Select(letter => ((Int32Value)letter.Message).Value));
        Assert.Equal(-1, ((Int32Value)Assert.Single(peer.Events.Of<Receipt>(), receipt => receipt.Actor == "slow").Message).Value);

        // More than the credit was without what came back.
        for (var i = 0; i < 99; i++)
        {
            node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = i });
        }

        await peer.Events.WaitForCountAsync<Receipt>(101);
    }

    [Fact]
    public async Task PeerThatKnowsNoDeadlines_ItIsAHeaderLikeAnyOther()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network, time);
        node.Spawn("sink");
        await using var foreign = await PlayedDialler.DialAsync(network, node.Address);
        await foreign.SendAsync(PlayedDialler.Request("foreign", "foreign:1"));
        Assert.NotNull((await foreign.ReadAsync())!.ConnectResponse);
        var (late, soon) = (PlayedDialler.Batch("sink", new Int32Value { Value = 1 }), PlayedDialler.Batch("sink", new Int32Value { Value = 2 }));
        Stamp(late, time.GetUtcNow() - Over);
        Stamp(soon, time.GetUtcNow() + TimeLeft);

        await foreign.SendAsync(late, soon);

        var receipt = await node.NextReceiptAsync("sink");
        Assert.Equal(2, ((Int32Value)receipt.Message).Value);
        Assert.Equal(Text(time.GetUtcNow() + TimeLeft), receipt.Headers[Key]);
        Assert.Equal(1, ((Int32Value)Assert.Single(await ExpiredAsync(node, 1)).Message).Value);
    }

    private static string Text(DateTimeOffset deadline) => deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static void Stamp(Protocol.RemoteMessage batch, DateTimeOffset deadline)
    {
        var header = new Protocol.MessageHeader();
        header.HeaderData[Key] = Text(deadline);
        batch.MessageBatch.Envelopes[0].MessageHeader = header;
    }

    private static async Task<IReadOnlyList<RemoteDeadLetterEvent>> ExpiredAsync(TestNode node, int count)
    {
        var letters = await node.Events.WaitForCountAsync<RemoteDeadLetterEvent>(count);
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.Expired, letter.Reason));
        return letters;
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network, TimeProvider time, Action<RemoteOptions>? options = null, ActorSystemConfig? system = null) => TestNode.StartAsync(
        remote =>
        {
            remote.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 0 };
            options?.Invoke(remote);
        },
        at: $"{host}:8000",
        network: network,
        time: time,
        system: system);
}
