using Grpc.Core;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Peers that answer the handshake with something else, or as somebody else.</summary>
[Trait("Behaviour", "E-01")]
public sealed class HandshakeFaultTests
{
    public static TheoryData<string> Answers() => ["nothing set", "disconnect", "batch", "request", "the end"];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task AnswerThatIsNone_IsAFailedAttempt(string answer)
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedAcceptor.StartAsync();
        peer.Answer(answer switch
        {
            "disconnect" => new Wire.RemoteMessage { DisconnectRequest = new() },
            "batch" => new Wire.RemoteMessage { MessageBatch = new() },
            "request" => new Wire.RemoteMessage { ConnectRequest = new() },
            "the end" => null,
            _ => new Wire.RemoteMessage(),
        });

        await Assert.ThrowsAsync<DeadLetterException>(() => node.AskAsync(peer.Pid("x"), "hello").Within("the request"));

        var ended = await node.Events.NextAsync<EndpointTerminated>();
        Assert.Equal((peer.Address, EndpointTerminatedReason.Unreachable), (ended.Address, ended.Reason));
        Assert.Equal(3, peer.Streams);
    }

    /// <summary>Whoever is dialled was not asked whether it may send anything: that is asked of those that dial (<c>Access</c>, <c>AuthorizePeer</c>).</summary>
    [Fact]
    public async Task MessagesOnAStreamThatTheNodeOpened_EndIt_AndAreNotDelivered()
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        node.Spawn("sink");
        await using var peer = await PlayedCalls.ListenAsync(async stream =>
        {
            await stream.Reader.ReadAsync();
            await stream.WriteMessageAsync(new Wire.RemoteMessage { ConnectResponse = new Wire.ConnectResponse { MemberId = "0123456789abcdef0123456789abcdef" } });
            await stream.WriteMessageAsync(PlayedDialler.Batch("sink", new Google.Protobuf.WellKnownTypes.StringValue { Value = "not asked for" }));
            while (await stream.Reader.ReadAsync())
            {
                // What was to be sent to it.
            }
        });

        node.Root.Send(new PID(peer.Address, "x"), new Google.Protobuf.WellKnownTypes.StringValue { Value = "dial me" });

        var lost = await node.Events.NextAsync<EndpointReconnecting>();
        Assert.Contains("MessageBatch has no place on a stream that this node opened", lost.Error.Message, StringComparison.Ordinal);
        await node.Root.PoisonAsync(node.Pid("sink")).Within("the end of the sink");
        Assert.DoesNotContain(node.Events.Of<Receipt>(), receipt => receipt.Message is Google.Protobuf.WellKnownTypes.StringValue);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Unauthenticated)]
    [InlineData(StatusCode.Unimplemented)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.FailedPrecondition)]
    public async Task RefusalForGood_ClosesWithoutRetries(StatusCode code)
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedAcceptor.StartAsync();
        peer.Refuse(code, "not you");

        await Assert.ThrowsAsync<DeadLetterException>(() => node.AskAsync(peer.Pid("x"), "hello").Within("the request"));

        var ended = await node.Events.NextAsync<EndpointTerminated>();
        Assert.Equal(EndpointTerminatedReason.Refused, ended.Reason);
        Assert.Equal(1, peer.Streams);
        Assert.Empty(await node.PublishedAsync<EndpointReconnecting>());
        Assert.Contains("not you", node.Remote.GetEndpointStatistics(peer.Address)!.LastError, StringComparison.Ordinal);
        Assert.Equal("RefusedByPeer", (await node.Log.NextAsync("RefusedByPeer")).Event.Name);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.AlreadyExists)]
    [InlineData(StatusCode.DeadlineExceeded)]
    public async Task RefusalThatMayPass_IsAFailedAttempt(StatusCode code)
    {
        await using var node = await TestNode.StartAsync(TestPeers.GiveUpQuickly);
        await using var peer = await PlayedAcceptor.StartAsync();
        peer.Refuse(code, "not now");

        await Assert.ThrowsAsync<DeadLetterException>(() => node.AskAsync(peer.Pid("x"), "hello").Within("the request"));

        Assert.Equal(EndpointTerminatedReason.Unreachable, (await node.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Equal(3, peer.Streams);
    }

    [Fact]
    public async Task PeersThatGiveNoId_AreNotTakenForOne()
    {
        await using var node = await TestNode.StartAsync();
        await using var one = await PlayedAcceptor.StartAsync();
        await using var other = await PlayedAcceptor.StartAsync();

        node.Root.Send(one.Pid("x"), new Google.Protobuf.WellKnownTypes.StringValue { Value = "one" });
        await one.AcceptAsync("");
        await one.TakeAsync(1);
        node.Root.Send(other.Pid("x"), new Google.Protobuf.WellKnownTypes.StringValue { Value = "other" });
        await other.AcceptAsync("");

        var batch = Assert.Single(await other.TakeAsync(1));
        Assert.Equal("other", Google.Protobuf.WellKnownTypes.StringValue.Parser.ParseFrom(batch.Envelopes[0].MessageData).Value);
    }

    [Fact]
    public async Task Shutdown_WhileAPeerDoesNotAnswer_EndsAtOnce()
    {
        var time = new ManualTimeProvider();
        await using var peer = await PlayedAcceptor.StartAsync();
        await using var node = await TestNode.StartAsync(time: time);
        var request = node.Root.RequestAsync<object>(peer.Pid("x"), new Google.Protobuf.WellKnownTypes.StringValue(), CancellationToken.None);
        await peer.NextRequestAsync();

        // No time passes on the node's clock, so no timeout can have ended this.
        await node.Remote.ShutdownAsync().Within("the shutdown");

        await Assert.ThrowsAsync<DeadLetterException>(() => request.Within("the request"));
    }

    [Fact]
    public async Task Shutdown_DuringBackOff_EndsAtOnce()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network, time: time);
        var request = node.Root.RequestAsync<object>(new PID("127.0.0.1:9", "x"), new Google.Protobuf.WellKnownTypes.StringValue(), CancellationToken.None);
        await node.Events.NextAsync<EndpointReconnecting>();

        await node.Remote.ShutdownAsync().Within("the shutdown");

        await Assert.ThrowsAsync<DeadLetterException>(() => request.Within("the request"));
        Assert.Equal(1, network.Dials);
    }

    [Fact]
    [Trait("Behaviour", "R-07")]
    public async Task PeerThatNeverAnswersTheHandshake_IsAFailedAttemptAfterTheTimeout()
    {
        var time = new ManualTimeProvider();
        await using var peer = await PlayedAcceptor.StartAsync();
        var timeout = TimeSpan.FromSeconds(7);
        await using var node = await TestNode.StartAsync(options => (options.Reconnect.MaxAttempts, options.HandshakeTimeout) = (1, timeout), time: time);
        var request = node.Root.RequestAsync<object>(peer.Pid("x"), new Google.Protobuf.WellKnownTypes.StringValue(), CancellationToken.None);
        await peer.NextRequestAsync();
        await time.WaitForTimerAsync(timeout);
        time.Advance(timeout);

        var failed = await node.Events.NextAsync<EndpointReconnecting>();

        Assert.Equal(RemoteError.Timeout, Assert.IsType<RemoteException>(failed.Error).Error);
        Assert.Contains("did not answer the handshake", failed.Error.Message, StringComparison.Ordinal);
        await node.Remote.ShutdownAsync().Within("the shutdown");
        await Assert.ThrowsAsync<DeadLetterException>(() => request.Within("the request"));
    }

    [Fact]
    [Trait("Behaviour", "R-07")]
    public async Task PeerThatAcceptsTcpAndSaysNothing_IsAFailedAttemptAfterTheTimeout()
    {
        var time = new ManualTimeProvider();
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var timeout = TimeSpan.FromSeconds(7);
        await using var node = await TestNode.StartAsync(options => (options.Reconnect.MaxAttempts, options.HandshakeTimeout) = (1, timeout), time: time);
        var target = new PID($"127.0.0.1:{((System.Net.IPEndPoint)silent.LocalEndpoint).Port}", "x");
        node.Root.Send(target, new Google.Protobuf.WellKnownTypes.StringValue());
        using var accepted = await silent.AcceptTcpClientAsync().WaitAsync(TestTime.Ceiling);
        await time.WaitForTimerAsync(timeout);
        time.Advance(timeout);

        var failed = await node.Events.NextAsync<EndpointReconnecting>();

        Assert.Equal(RemoteError.Timeout, Assert.IsType<RemoteException>(failed.Error).Error);
    }
}
