using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What the administration service tells of a node and its peers.</summary>
[Trait("Behaviour", "H-04")]
public sealed class EndpointListTests
{
    [Fact]
    public async Task Endpoints_OfTwoNodes_SayWhatTheStatisticsSay()
    {
        await using var node = await TestNode.StartAsync(setup: setup => setup.AddKind("b", Props.Empty).AddKind("a", Props.Empty));
        await using var peer = await TestNode.StartAsync();
        peer.SpawnEcho();
        for (var i = 0; i < 3; i++)
        {
            await node.AskAsync(peer.Pid("echo"), "hello");
        }

        node.Root.Send(peer.Pid("nobody"), new StringValue { Value = "lost" });
        await node.AskAsync(peer.Pid("echo"), "behind it");
        node.Spawn("watcher", context =>
        {
            if (context.Message is Started)
            {
                context.Watch(peer.Pid("echo"));
            }
        });
        using var admin = new AdminKit(node.Address);
        using var there = new AdminKit(peer.Address);

        var answer = await admin.GetAsync();
        var row = Assert.Single(answer.Endpoints);
        var statistics = node.Remote.GetEndpointStatistics(peer.Address)!;

        Assert.Equal((node.Address, node.SystemId, false), (answer.Node.Address, answer.Node.SystemId, answer.Node.Stopping));
        Assert.Equal(["a", "b"], answer.Node.Kinds);
        Assert.Equal((1, 1, 1), (answer.Node.Endpoints, answer.Node.IncomingStreams, answer.Node.IncomingLinks));
        Assert.Equal(Environment.ProcessId, answer.Node.Process.Id);
        Assert.True(answer.Node.Process.WorkingSetBytes > 0 && answer.Node.Process.CpuTime.ToTimeSpan() > TimeSpan.Zero);
        Assert.True(answer.Node.Started <= answer.Node.Time);
        Assert.Equal((1, ""), (answer.Total, answer.Next));

        Assert.Equal((peer.Address, peer.SystemId, false), (row.Address, row.SystemId, row.IsClient));
        Assert.Equal((Wire.ConnectionState.Connected, Wire.PressureLevel.Normal), (row.State, row.Level));
        Assert.Equal(statistics.ConnectedSince, row.ConnectedSince.ToDateTimeOffset());
        Assert.Equal((5, 5), (row.Outgoing.Offered, row.Outgoing.Accepted));
        Assert.Equal((4, 1), (row.Incoming.Received, row.Incoming.Streams));
        Assert.Equal((1_000_000, 0), (row.UserLane.Capacity, row.UserLane.Length));
        Assert.InRange(row.Credit.Messages, 65_000, 65_536);
        Assert.Equal("", row.CloseReason);
        await ThatAsync(async () => Assert.Single((await admin.GetAsync()).Endpoints).Watches == 1);

        var back = Assert.Single((await there.GetAsync()).Endpoints);
        Assert.Equal(1, back.Incoming.Rejected["NoSuchProcess"]);
        Assert.Equal(back.Incoming.Received, back.Incoming.Delivered + 1);
    }

    [Fact]
    public async Task Peer_ThatOnlySends_IsListedToo()
    {
        await using var node = await TestNode.StartAsync();
        await using var client = await TestNode.StartClientAsync();
        await using var peer = await TestNode.StartAsync();
        node.Spawn("sink");
        await client.Remote.WaitForConnectionAsync(node.Address).Within("the client");
        peer.Root.Send(node.Pid("sink"), new StringValue { Value = "hello" });
        await node.NextReceiptAsync("sink");
        using var admin = new AdminKit(node.Address);

        var rows = (await admin.GetAsync()).Endpoints;

        var sender = Assert.Single(rows, row => row.Address == peer.Address);
        Assert.Equal((Wire.ConnectionState.Idle, peer.SystemId, 1), (sender.State, sender.SystemId, sender.Incoming.Streams));
        await ThatAsync(async () => (await admin.GetAsync()).Endpoints.Single(row => row.Address == peer.Address).Incoming.Delivered == 1);
        Assert.True(Assert.Single(rows, row => row.Address == $"$client/{client.SystemId}").IsClient);
    }

    [Fact]
    public async Task Endpoint_ThatHasEnded_SaysWhy()
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        node.Root.Send(PID.FromAddress("127.0.0.1:1", "nobody"), new StringValue { Value = "hello" });
        await node.Events.NextAsync<EndpointTerminated>();
        using var admin = new AdminKit(node.Address);

        var row = Assert.Single((await admin.GetAsync()).Endpoints);

        Assert.Equal((Wire.ConnectionState.Closed, "Unreachable"), (row.State, row.CloseReason));
        Assert.NotEqual("", row.LastError);
        Assert.Equal(1, row.Outgoing.DeadLetters["EndpointClosed"]);
        Assert.Null(row.Credit);
        Assert.Empty((await admin.GetAsync(new Wire.GetEndpointsRequest { SkipClosed = true })).Endpoints);
    }

    [Fact]
    public async Task ManyEndpoints_ComeInPages()
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            TestPeers.GiveUpQuickly(options);
            options.Hooks.Connect = (_, _) => throw new IOException("There is no network.");
        });
        var addresses = Enumerable.Range(0, 25).Select(number => $"host{number:00}.example:1").ToArray();
        foreach (var address in addresses)
        {
            node.Root.Send(PID.FromAddress(address, "nobody"), new StringValue { Value = "hello" });
        }

        using var admin = new AdminKit(node.Address);
        List<string> seen = [];
        var pages = 0;
        for (var after = ""; pages == 0 || after.Length > 0; pages++)
        {
            var page = await admin.GetAsync(new Wire.GetEndpointsRequest { Limit = 10, After = after });
            Assert.Equal(25, page.Total);
            seen.AddRange(page.Endpoints.Select(row => row.Address));
            after = page.Next;
        }

        Assert.Equal(3, pages);
        Assert.Equal(addresses, seen);
        var some = await admin.GetAsync(new Wire.GetEndpointsRequest { AddressPart = "HOST1" });
        Assert.Equal((10, 10), (some.Total, some.Endpoints.Count));
    }

    [Fact]
    public async Task Page_StaysBelowTheLimitOfMessages()
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            TestPeers.GiveUpQuickly(options);
            options.Hooks.Connect = (_, _) => throw new IOException("There is no network.");
            options.MaxMessageBytes = options.Endpoint.MaxBatchBytes = 1024;
        });
        for (var number = 0; number < 20; number++)
        {
            node.Root.Send(PID.FromAddress($"host{number:00}.example:1", "nobody"), new StringValue { Value = "hello" });
        }

        using var admin = new AdminKit(node.Address);
        var page = await admin.GetAsync();

        Assert.InRange(page.Endpoints.Count, 1, 10);
        Assert.Equal((20, page.Endpoints[^1].Address), (page.Total, page.Next));
    }

    [Theory]
    [InlineData(-1, "", "", "limit is -1")]
    [InlineData(10_001, "", "", "1 to 10000")]
    [InlineData(0, "long", "", "at most 1024")]
    [InlineData(0, "", "long", "at most 1024")]
    public async Task Request_ThatCannotBe_IsInvalidArgument(int limit, string part, string after, string said)
    {
        await using var node = await TestNode.StartAsync();
        using var admin = new AdminKit(node.Address);
        var text = new string('x', 1_025);

        var refusal = await AdminKit.FailsAsync(admin.GetAsync(new Wire.GetEndpointsRequest
        {
            Limit = limit,
            AddressPart = part.Replace("long", text, StringComparison.Ordinal),
            After = after.Replace("long", text, StringComparison.Ordinal),
        }));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains(said, refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Peer_WithoutTheService_AnswersUnimplemented()
    {
        await using var peer = await PlayedCalls.ListenAsync(LoopbackCalls.EchoAsync);
        using var admin = new AdminKit(peer.Address);

        Assert.Equal(StatusCode.Unimplemented, (await AdminKit.FailsAsync(admin.GetAsync())).StatusCode);
    }

    /// <summary>What follows from events of which nobody tells.</summary>
    private static async Task ThatAsync(Func<Task<bool>> holds)
    {
        using var ceiling = new CancellationTokenSource(TestTime.Ceiling);
        while (!await holds())
        {
            Assert.False(ceiling.IsCancellationRequested, "It did not come to that.");
        }
    }
}
