using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A node that leaves, clause by clause. Clocks stand still unless a test turns them: what ends, ends because somebody said so.</summary>
[Trait("Behaviour", "E-07")]
public sealed class LeavingTests
{
    private const int Sent = 1000;

    [Fact]
    public async Task Leaving_NewStreamsAreAnsweredUnavailable_AndThePresentOneIsAskedToLeave()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: new ManualTimeProvider());
        await using var present = await PlayedDialler.DialAsync(network, node.Address);
        await present.SendAsync(PlayedDialler.Request("present", "present:1"));
        Assert.NotNull((await present.ReadAsync())!.ConnectResponse);

        var leaving = node.Remote.ShutdownAsync();

        Assert.NotNull((await present.ReadAsync())!.DisconnectRequest);
        await using var late = await PlayedDialler.DialAsync(network, node.Address);
        await late.SendAsync(PlayedDialler.Request("late", "late:1"));
        var refusal = await Assert.ThrowsAsync<RpcException>(late.ReadAsync);
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.False(leaving.IsCompleted, "The node did not wait for its peer.");
        await present.Call.CompleteAsync();
        Assert.Null(await present.ReadAsync());
        await leaving.Within("the shutdown");
    }

    [Fact]
    public async Task Leaving_WhileAHandshakeWaits_RefusesIt()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: time);
        await using var former = await PlayedDialler.DialAsync(network, node.Address);
        await former.SendAsync(PlayedDialler.Request("peer", "peer:1"));
        Assert.NotNull((await former.ReadAsync())!.ConnectResponse);

        // The second stream of the same peer waits until the first one was read to its end.
        await using var again = await PlayedDialler.DialAsync(network, node.Address);
        await again.SendAsync(PlayedDialler.Request("peer", "peer:1"));
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        var leaving = node.Remote.ShutdownAsync();
        Assert.NotNull((await former.ReadAsync())!.DisconnectRequest);
        await former.Call.CompleteAsync();

        var refusal = await Assert.ThrowsAsync<RpcException>(again.ReadAsync);
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        await leaving.Within("the shutdown");
    }

    [Fact]
    public async Task PeerThatDoesNotLeave_IsCutWhenTheTimeIsUp()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: time);
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request("peer", "peer:1"));
        Assert.NotNull((await peer.ReadAsync())!.ConnectResponse);
        var leaving = node.Remote.ShutdownAsync();
        Assert.NotNull((await peer.ReadAsync())!.DisconnectRequest);

        time.Advance(new RemoteOptions().ShutdownTimeout - TimeSpan.FromMilliseconds(1));
        Assert.False(leaving.IsCompleted, "It left too early.");
        time.Advance(TimeSpan.FromMilliseconds(1));

        await leaving.Within("the shutdown");
        await Assert.ThrowsAsync<RpcException>(peer.ReadAsync);
    }

    [Fact]
    public async Task HostThatIsInAHurry_IsNotKeptWaiting()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: new ManualTimeProvider());
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request("peer", "peer:1"));
        Assert.NotNull((await peer.ReadAsync())!.ConnectResponse);
        using var hurry = new CancellationTokenSource();
        var leaving = node.Remote.Life.ShutdownAsync(hurry.Token);
        Assert.NotNull((await peer.ReadAsync())!.DisconnectRequest);

        await hurry.CancelAsync();

        await leaving.Within("the shutdown");
    }

    [Fact]
    public async Task Ungraceful_WaitsForNobody()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: new ManualTimeProvider());
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request("peer", "peer:1"));
        Assert.NotNull((await peer.ReadAsync())!.ConnectResponse);

        await node.Remote.ShutdownAsync(graceful: false).Within("the shutdown");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PeerLeaves_AndTheLaneCannotDrain_TheRestIsDeadWhenTheTimeIsUp(bool oursEndsFirst)
    {
        var (ours, theirs) = (new ManualTimeProvider(), new ManualTimeProvider());
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromSeconds(7), network: network, time: ours);
        await using var peer = await TestNode.StartAsync(options => options.Inbound.MaxMessages = 100, network: network, time: theirs);
        await using var stuck = new StuckActor(peer);
        for (var i = 0; i < Sent; i++)
        {
            node.Root.Send(stuck.Pid, new Int32Value { Value = i });
        }

        await peer.NextReceiptAsync(StuckActor.Name);
        var leaving = peer.Remote.ShutdownAsync();
        await ours.WaitForTimerAsync(TimeSpan.FromSeconds(7));

        // While an endpoint leaves, it is connected for what it took before and refuses what comes now.
        Assert.Equal(EndpointState.Connected, node.Remote.GetEndpointState(peer.Address));
        node.Root.Send(stuck.Pid, new Int32Value { Value = Sent });
        Assert.Equal(DeadLetterReason.EndpointClosed, (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Empty(await node.PublishedAsync<EndpointTerminated>());
        (oursEndsFirst ? ours : theirs).Advance(oursEndsFirst ? TimeSpan.FromSeconds(7) : new RemoteOptions().ShutdownTimeout);

        Assert.Equal(EndpointTerminatedReason.PeerLeft, (await node.Events.NextAsync<EndpointTerminated>()).Reason);
        await leaving.Within("the shutdown");
        Verify(Sent + 1, await stuck.FinishAsync(), await node.PublishedAsync<RemoteDeadLetterEvent>(), DeadLetterReason.EndpointClosed);
        Assert.Null(LedgerCheck.FaultOf(node.Remote.GetEndpointStatistics(peer.Address)!, before: null));
    }

    [Fact]
    public async Task Peers_SeeTheEndAtOnce()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: new ManualTimeProvider());
        node.SpawnEcho();
        var peers = new List<TestNode>();
        for (var i = 0; i < 3; i++)
        {
            peers.Add(i == 0 ? await TestNode.StartClientAsync(network: network) : await TestNode.StartAsync(network: network, time: new ManualTimeProvider()));
            await peers[i].AskAsync(node.Pid("echo"), "warm");
        }

        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        await node.Remote.ShutdownAsync().Within("the shutdown");

        foreach (var peer in peers)
        {
            Assert.Equal((node.Address, EndpointTerminatedReason.PeerLeft), (await peer.Events.NextAsync<EndpointTerminated>()) is var ended ? (ended.Address, ended.Reason) : default);
            Assert.Empty(await peer.PublishedAsync<EndpointReconnecting>());
        }

        // One second is promised; the clocks of two of them did not move at all.
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(EndpointState.Connecting)]
    [InlineData(EndpointState.Backoff)]
    public async Task LeavingWithoutAConnection_EndsAtOnce_AndWhoeverWaitsIsTold(EndpointState state)
    {
        const string Nowhere = "nowhere:1";
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.Endpoint.QueueCapacity = 5, network: network, time: new ManualTimeProvider());
        if (state == EndpointState.Connecting)
        {
            network.BlackHole(Nowhere);
        }

        var sends = Enumerable.Range(0, 8).Select(i => node.Root.SendAsync(new PID(Nowhere, "x"), new Int32Value { Value = i }).AsTask()).ToArray();
        var request = node.RefusedAsync(new PID("elsewhere:1", "x"), "anybody?");
        await network.WaitForDialsAsync(2);
        if (state == EndpointState.Backoff)
        {
            await node.Events.NextAsync<EndpointReconnecting>(reconnecting => reconnecting.Address == Nowhere);
        }

        Assert.Equal(state, node.Remote.GetEndpointState(Nowhere));
        await node.Remote.ShutdownAsync().Within("the shutdown");

        await Task.WhenAll(sends[..5]).Within("what the lane took");
        foreach (var waiter in sends[5..])
        {
            await Assert.ThrowsAnyAsync<Exception>(() => waiter.Within("a waiter"));
        }

        Assert.Equal(DeadLetterReason.Shutdown, await request);
        var letters = await node.Events.WaitForCountAsync<RemoteDeadLetterEvent>(9);
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
        Assert.Equal(Enumerable.Range(0, 8), letters.Select(letter => letter.Message).OfType<Int32Value>().Select(number => number.Value).Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WaitersOfALeavingNode_AreWrittenOrToldThatTheyAreNot(bool peerTakesThem)
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options =>
            {
                // Time passes in leaps here; only one timeout is meant to be over.
                (options.Endpoint.QueueCapacity, options.SendTimeout) = (50, TimeSpan.FromDays(40));
                (options.Heartbeat.Interval, options.Heartbeat.Timeout) = (TimeSpan.FromDays(10), TimeSpan.FromDays(40));
            },
            network: network,
            time: time);
        await using var peer = await TestNode.StartAsync(options => options.Inbound.MaxMessages = 50, network: network);
        await using var stuck = new StuckActor(peer);
        var sends = Enumerable.Range(0, 300).Select(i => node.Root.SendAsync(stuck.Pid, new Int32Value { Value = i }).AsTask()).ToArray();
        await peer.NextReceiptAsync(StuckActor.Name);
        var leaving = node.Remote.ShutdownAsync();
        await time.WaitForTimerAsync(new RemoteOptions().ShutdownTimeout);
        if (peerTakesThem)
        {
            stuck.Release();
            await Task.WhenAll(sends).Within("the waiters");
            await leaving.Within("the shutdown");
            Assert.Equal(300, (await stuck.FinishAsync()).Count);
            Assert.Empty(await node.PublishedAsync<DeadLetterEvent>());
            return;
        }

        while (!leaving.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(leaving, Task.Run(() => { })).Within("a step of the clock");
        }

        await Task.WhenAll(sends).ContinueWith(_ => { }, TaskScheduler.Default).Within("the waiters");
        var letters = await node.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.InRange(sends.Count(send => send.IsFaulted), 1, letters.Count);
        Verify(300, await stuck.FinishAsync(), letters, DeadLetterReason.Shutdown);
    }

    /// <summary>Each message was delivered or died, once. Both only if its dead letter says that nobody knows.</summary>
    private static void Verify(int count, IReadOnlyList<Receipt> receipts, IReadOnlyList<RemoteDeadLetterEvent> letters, DeadLetterReason reason)
    {
        int[] delivered = [.. receipts.Select(receipt => ((Int32Value)receipt.Message).Value)];
        int[] dead = [.. letters.Select(letter => ((Int32Value)letter.Message).Value)];
        int[] known = [.. letters.Where(letter => letter.Reason == reason).Select(letter => ((Int32Value)letter.Message).Value)];
        Assert.Distinct(delivered);
        Assert.Distinct(dead);
        Assert.Equal(Enumerable.Range(0, count), delivered.Union(dead).Order());
        Assert.Empty(delivered.Intersect(known));
        Assert.All(letters, letter => Assert.Contains(letter.Reason, new[] { reason, DeadLetterReason.DeliveryUnknown }));
    }

    /// <summary>An actor that holds the first message until it is released, so that nothing behind it moves.</summary>
    private sealed class StuckActor : IAsyncDisposable
    {
        public const string Name = "stuck";

        private readonly TestNode _node;
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StuckActor(TestNode node)
        {
            _node = node;
            node.Spawn(Name, context => context.Message is Int32Value ? _released.Task : Task.CompletedTask);
            Pid = node.Pid(Name);
        }

        public PID Pid { get; }

        public void Release() => _released.TrySetResult();

        /// <summary>Lets it handle all that it has, and says what that was.</summary>
        public async Task<IReadOnlyList<Receipt>> FinishAsync()
        {
            Release();
            await _node.Root.PoisonAsync(_node.Pid(Name)).Within("stopping the stuck actor");
            return [.. _node.Events.Of<Receipt>().Where(receipt => receipt.Message is Int32Value)];
        }

        public ValueTask DisposeAsync()
        {
            Release();
            return ValueTask.CompletedTask;
        }
    }
}
