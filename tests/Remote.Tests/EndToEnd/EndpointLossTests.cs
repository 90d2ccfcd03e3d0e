using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What waits for a peer when its endpoint is lost: whoever depends on it is told at once, by the target's remote PID, and why.</summary>
[Trait("Behaviour", "E-09")]
public sealed class EndpointLossTests
{
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task AttemptsAreUsedUp_WhatWaitsIsTold()
    {
        await using var loss = await LossOfPeer.StartAsync();
        await loss.QueueAsync();

        loss.Time.Advance(Backoff);

        await loss.ExpectAsync(EndpointTerminatedReason.Unreachable, DeadLetterReason.EndpointClosed);
    }

    [Fact]
    public async Task PeerIsReplaced_WhatWaitsIsToldAndReachesNobody()
    {
        await using var loss = await LossOfPeer.StartAsync();
        await loss.QueueAsync();

        await using var successor = await TestNode.StartAsync(at: $"127.0.0.1:{loss.PeerPort}", network: loss.Network);
        successor.Spawn("target");
        loss.Network.Heal(loss.Target.Address);
        loss.Time.Advance(Backoff);

        await loss.ExpectAsync(EndpointTerminatedReason.IncarnationEnded, DeadLetterReason.IncarnationEnded);
        await loss.Node.Root.RequestAsync<Touched>(loss.Target, new Touch(), TestTime.Ceiling).Within("a request to the successor");
        Assert.IsType<Touch>(Assert.Single(successor.Events.Of<Receipt>()).Message);
    }

    [Fact]
    public async Task OwnNodeLeaves_WhatWaitsIsTold()
    {
        await using var loss = await LossOfPeer.StartAsync();
        await loss.QueueAsync();

        await loss.Node.Remote.ShutdownAsync().Within("the shutdown");

        await loss.ExpectAsync(EndpointTerminatedReason.Shutdown, DeadLetterReason.Shutdown);
    }

    [Fact]
    public async Task EndpointIsDisconnectedInAnOutage_WhatWaitsIsTold()
    {
        await using var loss = await LossOfPeer.StartAsync();
        await loss.QueueAsync();

        await loss.Node.Remote.DisconnectAsync(loss.Target.Address).Within("disconnecting");

        await loss.ExpectAsync(EndpointTerminatedReason.Disconnected, DeadLetterReason.EndpointClosed);
    }

    [Fact]
    public async Task PeerBlocksUs_WhatWaitsIsTold()
    {
        await using var peer = await PlayedAcceptor.StartAsync();
        await using var loss = await LossOfPeer.StartAsync(peer);
        await loss.QueueAsync();

        peer.Answer(new Wire.RemoteMessage { ConnectResponse = new Wire.ConnectResponse { Blocked = true } });

        await loss.ExpectAsync(EndpointTerminatedReason.Blocked, DeadLetterReason.Blocked);
    }

    [Fact]
    public async Task ClientIsLost_WhatWaitsForItIsTold()
    {
        await using var network = new InMemoryNetwork { BufferBytes = 64 * 1024 };
        await using var server = await TestNode.StartAsync(
            options =>
            {
                options.Endpoint.MaxBatchBytes = 64 * 1024;
                options.Link.ClientResumeTimeout = TimeSpan.Zero;
            },
            network: network);
        await using var client = await TestNode.StartClientAsync(network: network);
        client.SpawnEcho("target");
        server.Spawn("guests");
        client.Root.Request(server.Pid("guests"), new StringValue { Value = "hello" }, client.Pid("target"));
        var target = (await server.NextReceiptAsync("guests")).Sender!;
        var waiting = new WaitingMessages(server, target);
        await waiting.WatchAsync();
        await server.AskAsync(target, "settled");

        // The client takes nothing in any more: what follows the first megabytes waits.
        network.BlackHole(server.Address);
        const int Large = 200;
        for (var i = 0; i < Large; i++)
        {
            server.Root.Send(target, new BytesValue { Value = Google.Protobuf.ByteString.CopyFrom(new byte[32 * 1024]) });
        }

        await waiting.QueueAsync();
        network.Cut(server.Address);

        await waiting.ExpectAsync(EndpointTerminatedReason.ClientLost, DeadLetterReason.EndpointClosed, message => message is not BytesValue);
        var statistics = server.Remote.GetEndpointStatistics(target.Address)!;
        Assert.InRange((await server.PublishedAsync<RemoteDeadLetterEvent>()).Count(letter => letter.Message is BytesValue), 1, Large);
        Assert.Equal(statistics.Accepted, statistics.Acknowledged + statistics.DeadLetters.Values.Sum());
        network.Heal(server.Address);
    }

    [Fact]
    public async Task WatchAndRequest_AfterTheLoss_AreAnsweredAtOnce()
    {
        await using var loss = await LossOfPeer.StartAsync();
        loss.Time.Advance(Backoff);
        await loss.Node.Events.NextAsync<EndpointTerminated>();

        // The address rests: nothing is dialled for these.
        var dials = loss.Network.Dials;
        await loss.QueueAsync();

        await loss.ExpectAsync(EndpointTerminatedReason.Unreachable, DeadLetterReason.Quarantined);
        Assert.Equal(dials, loss.Network.Dials);
    }

    /// <summary>A node whose endpoint of a peer waits: in a backoff that only manual time ends, or for the peer's answer to the handshake.</summary>
    private sealed class LossOfPeer(TestNode node, ManualTimeProvider time, InMemoryNetwork network, PID target, int peerPort) : IAsyncDisposable
    {
        private readonly WaitingMessages _waiting = new(node, target);

        public TestNode Node => node;

        public ManualTimeProvider Time => time;

        public InMemoryNetwork Network => network;

        public PID Target => target;

        public int PeerPort => peerPort;

        /// <summary>The peer was connected, and is gone.</summary>
        public static async Task<LossOfPeer> StartAsync()
        {
            var (network, time) = (new InMemoryNetwork(), new ManualTimeProvider());
            var node = await TestNode.StartAsync(GiveUpAfterOne, network: network, time: time);
            var peer = await TestNode.StartAsync(network: network);
            peer.SpawnEcho("target");
            var loss = new LossOfPeer(node, time, network, peer.Pid("target"), peer.Port);
            await loss._waiting.WatchAsync();
            await node.AskAsync(loss.Target, "settled");
            network.Kill(peer.Address, node.Address);
            await node.Events.NextAsync<EndpointReconnecting>();
            await peer.DisposeAsync();
            await time.WaitForTimerAsync(Backoff);
            return loss;
        }

        /// <summary>The peer has not answered yet.</summary>
        public static async Task<LossOfPeer> StartAsync(PlayedAcceptor peer)
        {
            var time = new ManualTimeProvider();
            var node = await TestNode.StartAsync(GiveUpAfterOne, time: time);
            var loss = new LossOfPeer(node, time, new InMemoryNetwork(), peer.Pid("target"), 0);
            await loss._waiting.WatchAsync();
            await peer.NextRequestAsync();
            return loss;
        }

        public Task QueueAsync() => _waiting.QueueAsync();

        public Task ExpectAsync(EndpointTerminatedReason why, DeadLetterReason reason) => _waiting.ExpectAsync(why, reason);

        public async ValueTask DisposeAsync()
        {
            await node.DisposeAsync();
            await network.DisposeAsync();
        }

        private static void GiveUpAfterOne(RemoteOptions options) => options.Reconnect = new ReconnectOptions { Jitter = 0, MaxAttempts = 1 };
    }

    /// <summary>One of everything that can wait for an endpoint, and what must become of it.</summary>
    private sealed class WaitingMessages(TestNode node, PID target)
    {
        private readonly MessageHeader _headers = MessageHeader.Empty.With("colour", "blue");
        private readonly List<Task<DeadLetterResponse>> _requests = [];
        private Task _stop = Task.CompletedTask;

        /// <summary>A watch that the peer knows of, when it is there.</summary>
        public Task WatchAsync() => StartedAsync("early", context => context.Watch(target));

        /// <summary>Returns when everything is in the lane.</summary>
        public async Task QueueAsync()
        {
            await StartedAsync("late", context => context.Watch(target));
            node.Root.Send(target, Text("first"));
            _requests.Add(node.RefusalAsync(target, Text("second")));
            await StartedAsync("asker", context => context.Request(target, Text("third")));
            node.Root.Send(target, MessageEnvelope.Wrap(Text("fourth"), _headers));
            node.Root.Send(target, PoisonPill.Instance);
            _requests.Add(node.RefusalAsync(target, Text("fifth")));
            _stop = node.Root.StopAsync(target);
        }

        /// <param name="why">What the event of the endpoint says.</param>
        /// <param name="reason">What every dead letter says.</param>
        /// <param name="isOurs">Which dead letters come from <see cref="QueueAsync"/>; all if left out.</param>
        public async Task ExpectAsync(EndpointTerminatedReason why, DeadLetterReason reason, Func<object, bool>? isOurs = null)
        {
            foreach (var request in _requests)
            {
                var refusal = await request;
                Assert.Equal((target, reason), (refusal.Target, refusal.GetReason()));
            }

            await _stop.Within("stopping an actor of a lost peer");
            var response = (DeadLetterResponse)(await node.Events.NextAsync<Receipt>(receipt => receipt.Message is DeadLetterResponse, expected: "the asker hears of it")).Message;
            Assert.Equal((target, reason), (response.Target, response.GetReason()));
            foreach (var watcher in new[] { "early", "late" })
            {
                var told = (Terminated)(await node.NextReceiptAsync(watcher)).Message;
                Assert.Equal((target, TerminatedReason.AddressTerminated), (told.Who, told.Why));
                await node.Root.PoisonAsync(node.Pid(watcher)).Within("stopping a watcher");
            }

            Assert.Equal(2, node.Events.Of<Receipt>().Count(receipt => receipt.Message is Terminated));
            var ended = Assert.Single(await node.Events.WaitForCountAsync<EndpointTerminated>(1));
            Assert.Equal((target.Address, why), (ended.Address, ended.Reason));

            // A connection that stood may have taken the Stop: control goes first. Without one it is a dead letter like the others.
            RemoteDeadLetterEvent[] letters = [.. (await node.PublishedAsync<RemoteDeadLetterEvent>()).Where(letter => IsQueued(letter) && isOurs?.Invoke(letter.Message) != false)];
            ExpectLetters(reason, [.. letters.Where(letter => letter.Message is not Stop)]);
            Assert.InRange(letters.Count(letter => letter.Message is Stop), isOurs is null ? 1 : 0, 1);
        }

        /// <summary>What was answered before the loss may not have been acknowledged by then: it was written, and did not wait.</summary>
        private static bool IsQueued(RemoteDeadLetterEvent letter) =>
            letter.Message is not StringValue { Value: "settled" } || letter.Reason != DeadLetterReason.DeliveryUnknown;

        private void ExpectLetters(DeadLetterReason reason, RemoteDeadLetterEvent[] letters)
        {
            Assert.All(letters, letter => Assert.Equal((target, reason), (letter.Pid, letter.Reason)));
            Assert.Equal(["first", "second", "third", "fourth", "fifth"], letters.Select(letter => letter.Message).OfType<StringValue>().Select(text => text.Value));
            Assert.Single(letters, letter => letter.Message is StringValue { Value: "third" } && node.Pid("asker").Equals(letter.Sender));
            Assert.Equal("blue", Assert.Single(letters, letter => letter.Message is StringValue { Value: "fourth" }).Header["colour"]);
            Assert.Single(letters, letter => letter.Message is PoisonPill);

            // A Watch is answered, so it is no dead letter.
            Assert.Equal(6, letters.Length);
        }

        /// <summary>An actor that has done this at its start.</summary>
        private Task StartedAsync(string name, Action<IContext> act)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            node.Spawn(name, context =>
            {
                if (context.Message is Started)
                {
                    act(context);
                    done.SetResult();
                }
            });
            return done.Task.Within($"the start of {name}");
        }

        private static StringValue Text(string text) => new() { Value = text };
    }
}
