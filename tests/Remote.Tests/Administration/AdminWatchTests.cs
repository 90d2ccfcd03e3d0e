using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The streams of the administration service: statistics and events, and what becomes of watchers that are slow.</summary>
[Trait("Behaviour", "H-04")]
public sealed class AdminWatchTests
{
    [Fact]
    public async Task Statistics_ComeOnceAnIntervalAndAreNew()
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await TestNode.StartAsync();
        peer.SpawnEcho();
        using var admin = new AdminKit(node.Address);
        using var stream = admin.Admin.WatchStatistics(new Wire.WatchStatisticsRequest { Interval = TimeSpan.FromMilliseconds(100).ToDuration() });

        var first = await AdminKit.NextAsync(stream);
        Assert.Equal((1, 0, 0, 1), (first.Number, first.Missed, first.Endpoints.Count, first.Node.Watchers));
        await node.AskAsync(peer.Pid("echo"), "hello");
        Wire.StatisticsUpdate update;
        do
        {
            update = await AdminKit.NextAsync(stream);
            Assert.Equal(first.Number + 1, update.Number);
            first = update;
        }
        while (update.Endpoints.Count == 0 || update.Endpoints[0].Outgoing.Acknowledged < 1);

        Assert.Equal((peer.Address, 1), (update.Endpoints[0].Address, update.Total));
    }

    [Theory]
    [InlineData(0, 99)]
    [InlineData(3_601, 0)]
    [InlineData(-1, 0)]
    public async Task Interval_ThatIsOutOfRange_IsInvalidArgument(int seconds, int milliseconds)
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);
        var interval = TimeSpan.FromSeconds(seconds) + TimeSpan.FromMilliseconds(milliseconds);
        using var stream = admin.Admin.WatchStatistics(new Wire.WatchStatisticsRequest { Interval = interval.ToDuration() });

        Assert.Equal(StatusCode.InvalidArgument, (await AdminKit.FailsAsync(AdminKit.NextAsync(stream))).StatusCode);
    }

    [Fact]
    public async Task Events_OfAPeerThatComesAndGoes_AreTold()
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);
        using var stream = await admin.WatchAsync();
        await using (var peer = await TestNode.StartAsync())
        {
            await node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");
            var connected = await AdminKit.NextAsync(stream);
            Assert.Equal((1, 0, "EndpointConnected", peer.Address), (connected.Number, connected.Missed, connected.Type, connected.Address));
            Assert.Equal(peer.SystemId, connected.Fields["system_id"]);

            node.Root.Send(node.Pid("nobody"), new StringValue { Value = "not ours: it never left this node" });
            node.Remote.PeerBlockList.BlockAddress("elsewhere:1", "a reason");
            var blocked = await AdminKit.NextAsync(stream);
            Assert.Equal(("EndpointBlocked", "elsewhere:1"), (blocked.Type, blocked.Address));
            Assert.Equal(("ThisNode", "a reason"), (blocked.Fields["by"], blocked.Fields["reason"]));

            await node.Remote.DisconnectAsync(peer.Address).Within("the end of the endpoint");
            var ended = await AdminKit.NextAsync(stream);
            Assert.Equal((3, "EndpointTerminated", "Disconnected"), (ended.Number, ended.Type, ended.Fields["reason"]));
        }
    }

    [Fact]
    public async Task DeadLetters_AreToldWithoutTheirContent()
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);
        using var stream = await admin.WatchAsync(new Wire.WatchEventsRequest { Types_ = { "RemoteDeadLetterEvent" }, AddressPart = node.Address });

        peer.Root.Send(node.Pid("nobody"), new StringValue { Value = "marked-content" });

        var letter = await AdminKit.NextAsync(stream);
        Assert.Equal(("nobody", "NoSuchProcess"), (letter.Fields["target"], letter.Fields["reason"]));
        Assert.Equal(typeof(StringValue).FullName, letter.Fields["message_type"]);
        Assert.DoesNotContain("marked-content", letter.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_ThatAreNotAskedFor_AreNotTold()
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);
        using var stream = await admin.WatchAsync(new Wire.WatchEventsRequest { Types_ = { "EndpointBlocked" }, AddressPart = "WANTED" });

        node.Remote.PeerBlockList.BlockAddress("elsewhere:1");
        node.Remote.PeerBlockList.BlockAddress("wanted:1");
        node.Remote.PeerBlockList.UnblockAddress("wanted:1");
        node.Remote.PeerBlockList.BlockAddress("wanted:2");

        var told = new[] { await AdminKit.NextAsync(stream), await AdminKit.NextAsync(stream) };
        Assert.Equal([(1, 0, "wanted:1"), (2, 0, "wanted:2")], told.Select(update => (update.Number, update.Missed, update.Address)));
        using var unknown = admin.Admin.WatchEvents(new Wire.WatchEventsRequest { Types_ = { "EndpointMissing" } });
        var refusal = await AdminKit.FailsAsync(AdminKit.NextAsync(unknown));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains("EndpointConnected", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatcherThatDoesNotRead_LosesTheOldestAndHoldsNobodyUp()
    {
        const int Buffer = 10;
        const int Sent = 20_000;
        await using var node = await TestNode.StartAsync(options => options.Administration.EventBuffer = Buffer);
        using var admin = new AdminKit(node.Address);
        using var stream = await admin.WatchAsync(new Wire.WatchEventsRequest { Types_ = { "EndpointBlocked" } });
        var reason = new string('x', 1_000);

        // Far more than the windows of HTTP/2 take.
        for (var i = 0; i < Sent; i++)
        {
            node.Remote.PeerBlockList.BlockAddress("elsewhere:1", reason);
            node.Remote.PeerBlockList.UnblockAddress("elsewhere:1");
        }

        await node.PublishedAsync<EndpointBlocked>();
        node.Remote.PeerBlockList.BlockAddress("last:1");
        var (number, missed) = (0L, 0L);
        for (var address = ""; address != "last:1";)
        {
            var update = await AdminKit.NextAsync(stream);
            Assert.Equal(number + update.Missed + 1, update.Number);
            (number, missed, address) = (update.Number, missed + update.Missed, update.Address);
        }

        Assert.Equal(Sent + 1, number);
        Assert.InRange(missed, 1, Sent);
    }

    [Fact]
    public async Task MoreWatchersThanThereMayBe_AreRefused()
    {
        await using var node = await TestNode.StartAsync(options => options.Administration.MaxWatchers = 2);
        using var admin = new AdminKit(node.Address);
        var first = await admin.WatchAsync();
        using var second = await admin.WatchAsync();
        using var third = admin.Admin.WatchEvents(new Wire.WatchEventsRequest());

        Assert.Equal(StatusCode.ResourceExhausted, (await AdminKit.FailsAsync(AdminKit.NextAsync(third))).StatusCode);

        first.Dispose();
        while ((await admin.GetAsync()).Node.Watchers == 2)
        {
            // Its place is given back when the node has noticed.
        }

        using var fourth = await admin.WatchAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Shutdown_LetsWatchersGo(bool reads)
    {
        var node = await TestNode.StartAsync(options => options.Administration.EventBuffer = 10_000);
        using var admin = new AdminKit(node.Address);
        using var events = await admin.WatchAsync(new Wire.WatchEventsRequest { Types_ = { "EndpointBlocked" } });
        using var statistics = admin.Admin.WatchStatistics(new Wire.WatchStatisticsRequest());
        await AdminKit.NextAsync(statistics);
        for (var i = 0; i < 5_000 && !reads; i++)
        {
            node.Remote.PeerBlockList.BlockAddress("elsewhere:1", new string('x', 1_000));
            node.Remote.PeerBlockList.UnblockAddress("elsewhere:1");
        }

        // Within its own time: a watcher that reads nothing holds it up no longer than one that does.
        await node.DisposeAsync();

        var end = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (true)
            {
                await AdminKit.NextAsync(events);
            }
        });
        Assert.True(end is RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled }, end.ToString());
        Assert.True(!reads || end is RpcException { StatusCode: StatusCode.Unavailable }, end.ToString());
    }

    /// <summary>A call that is not reset would wait for its caller to read what was written last.</summary>
    [Fact]
    public async Task Write_UnderWayWhenTheNodeShutsDown_ResetsItsCall()
    {
        var watchers = new Watchers(1);
        var resets = 0;
        using var place = watchers.Enter(CancellationToken.None, () => resets++);
        var write = place.WriteAsync(new TaskCompletionSource().Task);
        Assert.False(write.IsCompleted);

        watchers.Stop();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.Within("the end of the write"));
        Assert.Equal(1, resets);
    }

    [Fact]
    public async Task NobodyWatching_NobodyListens()
    {
        await using var system = new ActorSystem();
        var feed = new EventFeed(NodeKit.SettingsOf(system));
        Assert.False(feed.IsListening);

        var filter = EventFilter.Of(new Wire.WatchEventsRequest());
        var (first, second) = (feed.Subscribe(new EventRing(filter, 1)), feed.Subscribe(new EventRing(filter, 1)));
        first.Dispose();
        Assert.True(feed.IsListening);
        second.Dispose();

        Assert.False(feed.IsListening);
    }
}
