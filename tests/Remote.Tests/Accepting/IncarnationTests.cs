using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

public sealed class IncarnationTests
{
    private const string Peer = "peer:8000";

    [Fact]
    public void Memory_KeepsSixteenPerAddressForAnHour()
    {
        var time = new ManualTimeProvider();
        var memory = new IncarnationMemory(time, maxAddresses: 2);
        for (var i = 0; i < 17; i++)
        {
            memory.Add("a:1", $"id{i}");
        }

        Assert.False(memory.Contains("a:1", "id0"));
        Assert.True(memory.Contains("a:1", "id1"));
        Assert.False(memory.Contains("b:1", "id1"));
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(memory.Contains("a:1", "id1"));
    }

    [Fact]
    public void Memory_SeenAgain_IsTheLastToBeForgotten()
    {
        var memory = new IncarnationMemory(new ManualTimeProvider(), maxAddresses: 2);
        for (var i = 0; i < 16; i++)
        {
            memory.Add("a:1", $"id{i}");
        }

        memory.Add("a:1", "id0");
        memory.Add("a:1", "new");

        Assert.True(memory.Contains("a:1", "id0"));
        Assert.False(memory.Contains("a:1", "id1"));
        Assert.True(memory.Contains("a:1", "id2"));
        Assert.True(memory.Contains("a:1", "new"));
    }

    [Fact]
    public void Memory_TooManyAddresses_ForgetsTheOldOnesAndThenAll()
    {
        var time = new ManualTimeProvider();
        var memory = new IncarnationMemory(time, maxAddresses: 2);
        memory.Add("a:1", "id");
        time.Advance(TimeSpan.FromHours(1));
        memory.Add("b:1", "id");

        memory.Add("c:1", "id");
        Assert.True(memory.Contains("b:1", "id"));
        Assert.True(memory.Contains("c:1", "id"));

        memory.Add("d:1", "id");
        Assert.False(memory.Contains("b:1", "id"));
        Assert.True(memory.Contains("d:1", "id"));
    }

    [Fact]
    public async Task Handshake_NobodyCanBeAskedAtTheClaimedAddress_IsToldToTryAgain()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network);
        await using var peer = await StartAsync("peer", network);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        network.Refuse(Peer);

        await using var stranger = await DialAsync(network, node.Address, "f00df00df00df00df00df00df00df00d");
        var exception = await Assert.ThrowsAsync<RpcException>(() => stranger.Call.Reader.ReadAsync().AsTask().Within("the refusal"));

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Equal(EndpointState.Connected, node.Remote.GetEndpointState(Peer));
        network.Heal(Peer);
    }

    /// <summary>That is no fault of the one that says it lives there: it may be told so while another service has its port for a moment.</summary>
    [Fact]
    public async Task Handshake_SomethingElseAnswersAtTheClaimedAddress_IsToldToTryAgain()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            options => options.Reconnect.InitialDelay = options.Reconnect.MaxDelay = TimeSpan.FromHours(1), network: network, at: "node:8000");
        var peer = await StartAsync("peer", network);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        network.Cut(Peer);
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        await peer.DisposeAsync();
        await using var other = await PlayedCalls.ListenAsync(
            async stream =>
            {
                await stream.Reader.ReadAsync();
                await stream.WriteAsync(new byte[] { 0xFF, 0xFF, 0xFF });
            },
            network, new DnsEndPoint("peer", 8000));

        await using var stranger = await DialAsync(network, node.Address, "f00df00df00df00df00df00df00df00d");
        var exception = await Assert.ThrowsAsync<RpcException>(() => stranger.Call.Reader.ReadAsync().AsTask().Within("the refusal"));

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.DoesNotContain(node.Log.Lines, line => line.Event.Name == "ProtocolViolation");
    }

    [Fact]
    public async Task Handshake_OneClaimAfterTheOther_DialsOnceASecondAtTheMost()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(at: "node:8000", network: network, time: time);
        await using var peer = await StartAsync("peer", network);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        await RefusedAsync("f00df00df00df00df00df00df00df00d");
        var dials = Dials();

        var second = RefusedAsync("0ddba110ddba110ddba110ddba110ddb");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        Assert.False(second.IsCompleted);
        Assert.Equal(dials, Dials());
        time.Advance(TimeSpan.FromSeconds(1));

        await second.Within("the second refusal");
        Assert.Equal(dials + 1, Dials());

        int Dials() => peer.Log.Lines.Count(line => line.Event.Name == "Accepted");

        async Task RefusedAsync(string systemId)
        {
            await using var liar = await DialAsync(network, node.Address, systemId);
            var exception = await Assert.ThrowsAsync<RpcException>(() => liar.Call.Reader.ReadAsync().AsTask().Within("the refusal"));
            Assert.Equal(StatusCode.FailedPrecondition, exception.StatusCode);
        }
    }

    [Fact]
    public async Task Handshake_ClaimsTheAddressOfALivingNode_IsRefusedAndDisplacesNothing()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network);
        await using var peer = await StartAsync("peer", network);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");

        await using var liar = await DialAsync(network, node.Address, "f00df00df00df00df00df00df00df00d");
        var exception = await Assert.ThrowsAsync<RpcException>(() => liar.Call.Reader.ReadAsync().AsTask().Within("the refusal"));

        Assert.Equal(StatusCode.FailedPrecondition, exception.StatusCode);
        Assert.Equal(EndpointState.Connected, node.Remote.GetEndpointState(Peer));
        Assert.Empty(await node.PublishedAsync<EndpointTerminated>());
        Assert.Empty(await node.PublishedAsync<EndpointReconnecting>());
    }

    [Fact]
    [Trait("Behaviour", "R-04")]
    public async Task Restart_OnTheSameAddress_EndsTheFormerLife()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await StartAsync("node", network);
        var former = await StartAsync("peer", network);
        former.Spawn("sink");
        node.Spawn("watcher", context =>
        {
            if (context.Message is StringValue)
            {
                context.Watch(new PID(Peer, "sink"));
            }
        });
        node.Root.Send(node.Pid("watcher"), new StringValue { Value = "watch it" });
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");

        // The old process goes on somewhere behind a cut network, while a new one takes its address.
        network.Refuse(Peer);
        network.Cut(Peer);
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        node.Root.Send(new PID(Peer, "sink"), new StringValue { Value = "for the former life" });
        await former.DisposeAsync();
        await using var successor = await StartAsync("peer", network);
        successor.Spawn("sink");
        network.Heal(Peer);

        await node.Events.NextAsync<EndpointTerminated>(fact => fact.Reason == EndpointTerminatedReason.IncarnationEnded, expected: "the end of the former life");
        var terminated = (Terminated)(await node.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated, expected: "Terminated")).Message;
        Assert.Equal(TerminatedReason.AddressTerminated, terminated.Why);
        Assert.Equal(DeadLetterReason.IncarnationEnded, Assert.Single(await node.PublishedAsync<RemoteDeadLetterEvent>()).Reason);

        node.Root.Send(new PID(Peer, "sink"), new StringValue { Value = "for the new life" });
        Assert.Equal("for the new life", ((StringValue)(await successor.NextReceiptAsync("sink")).Message).Value);

        await using var ghost = await DialAsync(network, node.Address, former.SystemId);
        var exception = await Assert.ThrowsAsync<RpcException>(() => ghost.Call.Reader.ReadAsync().AsTask().Within("the refusal"));
        Assert.Contains("has ended", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "R-04")]
    public async Task Restart_JustAfterTheAddressWasVerified_IsVerifiedAnewAndNotRefused()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();

        // Our own dial never comes: what the successor claims is all we hear of it.
        await using var node = await TestNode.StartAsync(
            options => options.Reconnect.InitialDelay = options.Reconnect.MaxDelay = TimeSpan.FromHours(1), network: network, time: time, at: "node:8000");
        node.Spawn("sink");
        var former = await StartAsync("peer", network);
        await node.Remote.WaitForConnectionAsync(Peer).Within("the connection");
        await using var liar = await DialAsync(network, node.Address, "f00df00df00df00df00df00df00df00d");
        await Assert.ThrowsAsync<RpcException>(() => liar.Call.Reader.ReadAsync().AsTask().Within("the verification"));
        network.Cut(Peer);
        await node.Events.WaitForCountAsync<EndpointReconnecting>(1);
        await former.DisposeAsync();

        await using var successor = await StartAsync("peer", network);
        successor.Root.Send(node.Pid("sink"), new StringValue { Value = "I am new" });
        var refused = successor.Events.WaitForCountAsync<EndpointTerminated>(1);
        var held = time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        Assert.True(await Task.WhenAny(held, refused) == held, "The successor was refused by what was known of its predecessor.");
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("I am new", ((StringValue)(await node.NextReceiptAsync("sink")).Message).Value);
        Assert.Empty(await successor.PublishedAsync<EndpointTerminated>());
        Assert.Equal(EndpointTerminatedReason.IncarnationEnded, (await node.Events.NextAsync<EndpointTerminated>()).Reason);
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network) =>
        TestNode.StartAsync(at: $"{host}:8000", network: network);

    private static async Task<Stranger> DialAsync(InMemoryNetwork network, string address, string systemId)
    {
        var client = PlayedCalls.Channel(address, network.ConnectAsync);
        var call = client.Receive();
        await call.WriteAsync(Handshake.Request(systemId, Peer, [])).AsTask().Within("the stranger's handshake");
        return new Stranger(client, call);
    }

    private sealed record Stranger(PeerChannel Client, DialledCall Call) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Call.Abort();
            await Client.DisposeAsync();
        }
    }
}
