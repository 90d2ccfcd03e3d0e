using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>What users see of links: whole nodes.</summary>
public sealed class LinkTests
{
    private const string Peer = "peer:8000";

    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task PeerForgotTheLink_WhatWasNotAcknowledgedIsUnknownAndTheRestArrives()
    {
        // A clock each: the peer's goes on by more than a minute while the node's attempt must not run out of time.
        var (time, there) = (new ManualTimeProvider(), new ManualTimeProvider());
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network, time);
        await using var peer = await StartAsync("peer", network, there);
        peer.Spawn("sink");
        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = 1 });
        await peer.NextReceiptAsync("sink");

        // Swallowed on the way, so that nobody acknowledges it; the peer forgets the link before the node is back.
        network.BlackHole(Peer);
        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = 2 });
        Assert.True(SpinWait.SpinUntil(() => node.Remote.GetEndpointStatistics(Peer)!.QueueLength == 0, TestTime.Ceiling), "The message is still in the lane.");
        var broken = node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        network.Cut(Peer);
        await broken;

        // Not before the stream has let go of the link: the time without one counts from there.
        await peer.Remote.Parts.Streams.WhenEndedAsync(node.SystemId).Within("the end of the peer's side of the stream");
        there.Advance(new RemoteOptions().Link.Retention);
        node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = 3 });
        network.Heal(Peer);
        await time.WaitForTimerAsync(new ReconnectOptions().InitialDelay);
        time.Advance(new ReconnectOptions().InitialDelay);

        await peer.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value { Value: 3 }, expected: "what was queued");
        Assert.Equal(EndpointState.Connected, node.Remote.GetEndpointState(Peer));
        var unknown = await node.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.All(unknown, letter => Assert.Equal(DeadLetterReason.DeliveryUnknown, letter.Reason));
        Assert.Contains(unknown, letter => letter.Message is Int32Value { Value: 2 });
        Assert.DoesNotContain(peer.Events.Of<Receipt>(), receipt => receipt.Message is Int32Value { Value: 2 });
        Assert.Single(node.Log.Lines, line => line.Event.Name == "LinkUnknown");
    }

    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task PeerRefusesABatchTwice_ItsMessagesAreDeadLettersAndTheRestArrives()
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedLinkPeer.StartAsync(batch => batch.Envelopes.Any(envelope => envelope.MessageData.ToStringUtf8().Contains("poison", StringComparison.Ordinal)));

        // One batch each.
        node.Root.Send(peer.Pid("sink"), new StringValue { Value = "before" });
        await peer.Accepted.WaitForCountAsync<Protocol.MessageBatch>(1);
        node.Root.Send(peer.Pid("sink"), new StringValue { Value = "poison" });
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        node.Root.Send(peer.Pid("sink"), new StringValue { Value = "after" });

        var rejected = await node.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal(DeadLetterReason.RejectedByPeer, rejected.Reason);
        Assert.Equal("poison", ((StringValue)rejected.Message).Value);
        await peer.Accepted.NextAsync<Protocol.MessageBatch>(
            batch => batch.Envelopes.Any(envelope => envelope.MessageData.ToStringUtf8().Contains("after", StringComparison.Ordinal)), expected: "what came after it");
        Assert.Equal("BatchRejected", (await node.Log.NextAsync("BatchRejected")).Event.Name);
    }

    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task PeerRefusesABatchTwice_WhileMoreIsBeingWritten_IsUnderstoodAllTheSame()
    {
        for (var round = 0; round < TestScale.Count(200); round++)
        {
            // A batch each, so that writes are under way at any moment: they fail before the reader has come to the status.
            await using var node = await TestNode.StartAsync(options =>
            {
                TestPeers.GiveUpQuickly(options);
                options.Endpoint.BatchSize = 1;
            });
            await using var peer = await PlayedLinkPeer.StartAsync(batch => batch.Envelopes.Any(envelope => envelope.MessageData.ToStringUtf8().Contains("poison", StringComparison.Ordinal)));
            await node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");
            node.Root.Send(peer.Pid("sink"), new StringValue { Value = "poison" });
            for (var i = 0; i < 500; i++)
            {
                node.Root.Send(peer.Pid("sink"), new Int32Value { Value = i });
            }

            var rejected = await node.Events.NextAsync<RemoteDeadLetterEvent>();
            Assert.Equal(DeadLetterReason.RejectedByPeer, rejected.Reason);

            // What stands for the poison, and all that came after it.
            await peer.Accepted.WaitForCountAsync<Protocol.MessageBatch>(501);
            Assert.Single(await node.PublishedAsync<DeadLetterEvent>());
        }
    }

    [Fact]
    [Trait("Behaviour", "R-03")]
    public async Task WaitForConnection_PeerForgotTheLink_IsNotOverBeforeTheNewOneIsAccepted()
    {
        var handshakes = System.Threading.Channels.Channel.CreateUnbounded<TaskCompletionSource<LinkStatus>>();
        await using var server = await PlayedCalls.ListenAsync(async stream =>
        {
            Assert.True(await stream.Reader.ReadAsync());
            var dialler = Handshake.ReadRequest(RemoteFrame.Parse(stream.Reader.Message.Span), CapabilityNames.All);
            var status = new TaskCompletionSource<LinkStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
            handshakes.Writer.TryWrite(status);
            var answer = new LinkAnswer(await status.Task, 1, new LinkCredit(1000, 1_000_000), LinkLimits.None, null);
            await stream.WriteAsync(Handshake.Response("0123456789abcdef0123456789abcdef", dialler, CapabilityNames.All, answer));
            while (answer.Status == LinkStatus.New && await stream.Reader.ReadAsync())
            {
                // Whatever it is.
            }
        });
        await using var node = await TestNode.StartAsync();
        var address = server.Address;
        var connected = node.Remote.WaitForConnectionAsync(address);
        (await handshakes.Reader.ReadAsync().AsTask().Within("the first handshake")).SetResult(LinkStatus.Unknown);
        var second = await handshakes.Reader.ReadAsync().AsTask().Within("the second handshake");

        Assert.False(connected.IsCompleted);
        Assert.Equal(EndpointState.Connecting, node.Remote.GetEndpointState(address));
        Assert.Empty(await node.PublishedAsync<EndpointConnected>());
        second.SetResult(LinkStatus.New);

        await connected.Within("the connection");
        Assert.Single(await node.Events.WaitForCountAsync<EndpointConnected>(1));
    }

    [Fact]
    [Trait("Behaviour", "R-06")]
    public async Task Leave_PeerTakesLong_IsShownThatThisNodeLives()
    {
        var time = new ManualTimeProvider();
        var patience = TimeSpan.FromMinutes(1);
        await using var node = await TestNode.StartAsync(options => options.ShutdownTimeout = patience, time: time);

        // It takes nothing in: what is queued waits for credit that does not come.
        await using var peer = await PlayedLinkPeer.StartAsync(_ => false, new LinkCredit(0, 0));
        await node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");
        node.Root.Send(peer.Pid("sink"), new Int32Value());
        var leaving = node.Remote.DisconnectAsync(peer.Address);
        await time.WaitForTimerAsync(patience);
        var interval = new RemoteOptions().Heartbeat.Interval;
        await time.WaitForTimerAsync(interval / 4);

        // Twice: what went out just now, such as the last of the handshake, counts as a heartbeat.
        time.Advance(interval);
        time.Advance(interval);
        await peer.Accepted.WaitForCountAsync<Protocol.Heartbeat>(1);
        Assert.False(leaving.IsCompleted);
        time.Advance(patience);
        await leaving.Within("leaving in haste");
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public async Task PeerTakesLessInOnePiece_GetsSmallerBatchesAndNoMessageThatIsTooLarge()
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await PlayedLinkPeer.StartAsync(_ => false);
        peer.Limits = new LinkLimits(MessageBytes: 2048, Envelopes: 3, TableEntries: 100);
        node.Root.Send(peer.Pid("sink"), new StringValue { Value = new string('x', 4096) });
        for (var i = 0; i < 100; i++)
        {
            node.Root.Send(peer.Pid("sink"), new Int32Value { Value = i });
        }

        var tooLarge = await node.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal((DeadLetterReason.TooLarge, typeof(StringValue)), (tooLarge.Reason, tooLarge.Message.GetType()));
        await peer.Accepted.NextAsync<Protocol.MessageBatch>(
            batch => batch.Envelopes.Any(envelope => envelope.MessageData.Equals(new Int32Value { Value = 99 }.ToByteString())), expected: "the last message");
        var batches = peer.Accepted.Of<Protocol.MessageBatch>();
        Assert.Equal(100, batches.Sum(batch => batch.Envelopes.Count));
        Assert.All(batches, batch => Assert.InRange(batch.Envelopes.Count, 1, 3));
    }

    [Fact]
    [Trait("Behaviour", "E-07")]
    public async Task Leave_EverythingIsAcknowledgedAndThePeerForgetsTheLink()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network, time);
        await using var peer = await StartAsync("peer", network, time);
        peer.Spawn("sink");
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        for (var i = 0; i < 100; i++)
        {
            node.Root.Send(new PID(Peer, "sink"), new Int32Value { Value = i });
        }

        // No time passes, so no timer can have sent the acknowledgement.
        await node.Remote.DisconnectAsync(Peer).Within("leaving");

        var statistics = node.Remote.GetEndpointStatistics(Peer)!;
        Assert.Equal((100L, 0L, 0), (statistics.Acknowledged, statistics.Retained, statistics.QueueLength));
        await peer.Events.WaitForCountAsync<Receipt>(100);
        Assert.Empty(await node.PublishedAsync<DeadLetterEvent>());
    }

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public async Task PeerWithoutLinks_SeesTheSameBytesAsFromANodeThatHasNone()
    {
        var plain = await CaptureAsync(options => options.Link.Resume = false);
        var linked = await CaptureAsync(_ => { });

        Assert.Equal(plain, linked);
    }

    [Fact]
    [Trait("Behaviour", "B-05")]
    public async Task ForeignPeerThatStopsReading_StaysConnectedAndTheLaneBoundsMemory()
    {
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(options => options.Endpoint.QueueCapacity = 1000, time: time);
        await using var peer = await PlayedAcceptor.StartAsync(reads: false);
        await node.Remote.WaitForConnectionAsync(await AcceptAsync(node, peer)).Within("the connection");
        var accepted = 0;
        while (node.Events.Of<DeadLetterEvent>().Count == 0)
        {
            node.Root.Send(peer.Pid("sink"), new StringValue { Value = new string('x', 16 * 1024) });
            accepted++;
        }

        accepted--;
        for (var minute = 0; minute < 10; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
        }

        var statistics = node.Remote.GetEndpointStatistics(peer.Address)!;
        Assert.Equal((EndpointState.Connected, accepted), (statistics.State, statistics.Accepted));

        // Full when the first message was refused; the transport may have taken some more since.
        Assert.InRange(statistics.QueueLength, 1, 1000);
        Assert.Empty(await node.PublishedAsync<EndpointReconnecting>());
        peer.Read();
        await peer.TakeAsync(accepted);
    }

    private static async Task<string> AcceptAsync(TestNode node, PlayedAcceptor peer)
    {
        var connecting = node.Remote.WaitForConnectionAsync(peer.Address);
        await peer.AcceptAsync();
        await connecting.Within("the connection");
        return peer.Address;
    }

    private static async Task<List<byte[]>> CaptureAsync(Action<RemoteOptions> options)
    {
        await using var node = await TestNode.StartAsync(options);
        await using var peer = await PlayedAcceptor.StartAsync();
        await AcceptAsync(node, peer);
        List<byte[]> frames = [];
        for (var i = 0; i < 5; i++)
        {
            node.Root.Send(peer.Pid("sink"), new Int32Value { Value = i });
            frames.Add(await peer.NextFrameAsync());
            node.Root.Stop(peer.Pid("other"));
            frames.Add(await peer.NextFrameAsync());
        }

        return frames;
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network, TimeProvider time, Action<RemoteOptions>? options = null) => TestNode.StartAsync(
        remote =>
        {
            remote.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 0 };
            options?.Invoke(remote);
        },
        at: $"{host}:8000",
        network: network,
        time: time);
}
