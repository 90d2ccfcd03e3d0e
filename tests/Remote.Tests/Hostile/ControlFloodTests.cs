using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Control messages for an actor that stands still: they need no credit, and are bounded all the same.</summary>
[Collection(nameof(HostileScene))]
[Trait("Behaviour", "T-16")]
public sealed class ControlFloodTests : IAsyncLifetime
{
    private const int PerBatch = BatchDecoder.MaxEnvelopes;
    private const int Batches = 31;

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestNode _node = null!;

    private int Waiting => ((IObservedMailbox)ProtoActorInternals.MailboxOf((ActorProcess)_node.Find("gated")!)).SystemMessageCount!.Value;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(network: _network, time: _time);
        _node.SpawnEcho();
        _node.Spawn("gated", context => context.Message is Int32Value ? _open.Task : Task.CompletedTask);
        _node.Root.Send(_node.Pid("gated"), new Int32Value());
        await _node.NextReceiptAsync("gated");
    }

    public async Task DisposeAsync()
    {
        _open.TrySetResult();
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    /// <summary>Two million of them, from a peer that keeps a link and from one that keeps none.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Flood_IsHeldBack_AndAllOfItComesWhenTheActorGoesOn(bool hasLink)
    {
        await using var flooder = await ConnectAsync(hasLink);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var flood = FloodAsync(flooder, hasLink);
        var refused = await _node.Log.NextAsync("Refused");

        Assert.Contains("flooder:1 was refused by waiting control", refused.Text, StringComparison.Ordinal);
        await using (var neighbour = await TestNode.StartAsync(network: _network))
        {
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal("re:x", await neighbour.AskAsync(_node.Pid("echo"), "x").Within("an answer to the neighbour"));
            }
        }

        // What makes it stop is beyond the share, and the rest of its batch.
        Assert.InRange(Waiting, PerBatch + 1, 2 * PerBatch);
        Assert.False(flood.IsCompleted);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(kept < 64 * 1024 * 1024, $"{kept:N0} bytes are kept.");

        // Nothing is read, so nothing is heard of the peer, which is not silent for that.
        for (var passed = TimeSpan.Zero; passed < 3 * new HeartbeatOptions().Timeout; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _open.SetResult();
        await flood.Within("the rest of the flood");
        await flooder.SendAsync(Batch(hasLink ? Batches + 1u : 0, new StringValue(), count: 1));
        await _node.NextReceiptAsync("gated");
        Assert.Equal(0, Waiting);
        Assert.InRange(_node.Remote.GetLimitStatistics().Refused["waiting control"], 1, Batches);
    }

    /// <summary>A held stream that is lost is not held any longer, and what it left goes on counting.</summary>
    [Fact]
    public async Task Flood_ThatIsCutOffWhileItIsHeld_IsOver()
    {
        var flooder = await ConnectAsync(hasLink: true);
        var flood = FloodAsync(flooder, hasLink: true);
        await _node.Log.NextAsync("Refused");

        await flooder.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => flood.Within("the end of the flood"));

        while (_node.Remote.GetLimitStatistics().Peers > 0)
        {
            await Task.Delay(1);
        }
    }

    /// <summary>On a stream that a node has dialled only its heartbeat finds the loss out, while it neither reads nor has anything to send.</summary>
    [Fact]
    public async Task HeldStreamThatWasDialled_AndIsCut_IsDialledAgain()
    {
        await using var server = await TestNode.StartAsync(network: _network);
        await using var client = await TestNode.StartClientAsync(network: _network, time: _time);
        client.Root.Send(client.Spawn("gated", context => context.Message is Int32Value ? _open.Task : Task.CompletedTask), new Int32Value());
        await client.NextReceiptAsync("gated");
        await client.Remote.WaitForConnectionAsync(server.Address).Within("the connection");
        for (var i = 0; i < 70_000; i++)
        {
            server.SendSystem(client.Pid("gated"), new Watch(server.Pid($"watcher{i}")));
        }

        await client.Log.NextAsync("Refused");
        _network.Cut(server.Address);

        using var timeout = new CancellationTokenSource(TestTime.Ceiling);
        while (client.Events.Of<EndpointReconnecting>().Count == 0)
        {
            Assert.False(timeout.IsCancellationRequested, "The client does not notice that its stream is lost.");
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        _open.SetResult();
    }

    /// <summary>As after a reconnect, when all watches are issued again.</summary>
    [Fact]
    public async Task FiftyThousandWatches_AreReadOn()
    {
        const int count = 50_000;
        await using var peer = await TestNode.StartAsync(network: _network);
        for (var i = 0; i < count; i++)
        {
            peer.SendSystem(_node.Pid("gated"), new Watch(peer.Pid($"watcher{i}")));
        }

        Assert.Equal("re:x", await peer.AskAsync(_node.Pid("echo"), "x").Within("an answer behind the watches"));

        Assert.Equal(count, Waiting);
        Assert.DoesNotContain("waiting control", _node.Remote.GetLimitStatistics().Refused.Keys);
        _open.SetResult();
        Assert.Equal("re:x", await peer.AskAsync(_node.Pid("echo"), "x"));
        _node.Root.Send(_node.Pid("gated"), new StringValue());
        await _node.NextReceiptAsync("gated");
        Assert.Equal(0, Waiting);
    }

    private static async Task FloodAsync(PlayedDialler flooder, bool hasLink)
    {
        var batch = Batch(0, new Unwatch { Watcher = new PID("flooder:1", "w") }, PerBatch);
        for (var i = 1u; i <= Batches; i++)
        {
            batch.MessageBatch.Sequence = hasLink ? i : 0;
            await flooder.Call.WriteMessageAsync(batch);
        }
    }

    private static Wire.RemoteMessage Batch(uint sequence, IMessage message, int count)
    {
        var envelope = new Wire.MessageEnvelope { MessageData = message.ToByteString() };
        return new Wire.RemoteMessage
        {
            MessageBatch = new Wire.MessageBatch
            {
                Sequence = sequence,
                TypeNames = { message.Descriptor.FullName },
                Targets = { ByteString.CopyFromUtf8("gated") },
                Envelopes = { Enumerable.Repeat(envelope, count) },
            },
        };
    }

    private async Task<PlayedDialler> ConnectAsync(bool hasLink)
    {
        var flooder = await PlayedDialler.DialAsync(_network, _node.Address);
        var offer = new LinkOffer(LinkId.Create(), 1, Established: false, ExpectedSystemId: null, LinkLimits.None);
        await (hasLink
            ? flooder.Call.WriteAsync(Handshake.Request("flooder", "flooder:1", CapabilityNames.All, offer)).AsTask().Within("a handshake")
            : flooder.SendAsync(PlayedDialler.Request("flooder", "flooder:1")));
        Assert.NotNull(await flooder.ReadAsync());
        return flooder;
    }
}
