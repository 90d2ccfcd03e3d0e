using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What a server says to a client that resumes, frame by frame, and who may have a client's name.</summary>
[Trait("Behaviour", "H-02")]
public sealed class ClientLinkTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private readonly PlayedClient _client = new(LinkId.Create());
    private TestNode _server = null!;

    private static PID Sink => new(PlayedClient.Address, "sink");

    public async Task InitializeAsync() => _server = await TestNode.StartAsync(network: _network);

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task ClientComesBack_GetsWhatItDidNotAcknowledgeByteForByte()
    {
        Assert.Equal(Wire.LinkStatus.LinkNew, (await _client.ConnectAsync(_network, _server.Address)).LinkStatus);
        var first = await SendAsync(1);
        var second = await SendAsync(2);
        await _client.AcknowledgeAsync(1);
        await _client.SendAsync(Numbered(1, "to nobody"));
        await _server.Events.NextAsync<DeadLetterEvent>();
        await LoseAsync();
        Send(3);

        var answer = await _client.ConnectAsync(_network, _server.Address, nextExpected: 2);

        Assert.Equal((Wire.LinkStatus.LinkResumed, 2ul), (answer.LinkStatus, answer.NextExpected));
        Assert.Equal((1ul, 2ul), (first.Sequence, second.Sequence));
        Assert.Equal(second, await _client.NextBatchAsync());
        var third = await _client.NextBatchAsync();
        Assert.Equal((3ul, 3), (third.Sequence, Int32Value.Parser.ParseFrom(third.Envelopes.Single().MessageData).Value));
        Assert.Empty(await _server.PublishedAsync<EndpointTerminated>());
    }

    [Fact]
    public async Task ClientComesBack_ItsHandshakeAcknowledges()
    {
        await _client.ConnectAsync(_network, _server.Address);
        await SendAsync(1);
        await LoseAsync();

        await _client.ConnectAsync(_network, _server.Address, nextExpected: 2);

        await _server.Events.NextAsync<EndpointReconnected>();
        var statistics = _server.Remote.GetEndpointStatistics(PlayedClient.Address)!;
        Assert.Equal((1, 0, 1), (statistics.Acknowledged, statistics.Retained, statistics.Reconnects));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnotherLink_WhileTheFirstHasAStream_IsRefusedAndTheFirstGoesOn(bool byAnotherName)
    {
        const string AnotherName = "another.name:4000";
        _network.AddName(AnotherName, _server.Address);
        await using var other = new PlayedClient(LinkId.Create());
        await _client.ConnectAsync(_network, _server.Address);

        await other.DialAsync(_network, byAnotherName ? AnotherName : _server.Address);

        var refusal = await Assert.ThrowsAsync<RpcException>(other.ReadToEndAsync);
        Assert.Equal(StatusCode.AlreadyExists, refusal.StatusCode);
        Assert.Equal(1ul, (await SendAsync(1)).Sequence);
    }

    [Fact]
    public async Task AnotherLink_WhenTheFirstHasNoStream_ReplacesIt()
    {
        await using var other = new PlayedClient(LinkId.Create());
        await _client.ConnectAsync(_network, _server.Address);
        await SendAsync(1);
        await LoseAsync();
        Send(2);

        Assert.Equal(Wire.LinkStatus.LinkNew, (await other.ConnectAsync(_network, _server.Address)).LinkStatus);

        var letters = await _server.Events.WaitForCountAsync<RemoteDeadLetterEvent>(2);
        Assert.Equal(
            [(1, DeadLetterReason.DeliveryUnknown), (2, DeadLetterReason.EndpointClosed)],
            letters.Select(letter => (((Int32Value)letter.Message).Value, letter.Reason)));
        Assert.Equal(EndpointTerminatedReason.ClientLost, Assert.Single(await _server.PublishedAsync<EndpointTerminated>()).Reason);
        Send(3);
        Assert.Equal(1ul, (await other.NextBatchAsync()).Sequence);

        // The first has lost its link for good, and says so with a new one.
        Assert.Equal(Wire.LinkStatus.LinkUnknown, (await _client.ConnectAsync(_network, _server.Address, nextExpected: 2)).LinkStatus);
    }

    [Fact]
    public async Task ClientWithoutLinks_WhenOneWithALinkIsWaitedFor_ReplacesIt()
    {
        await _client.ConnectAsync(_network, _server.Address);
        await LoseAsync();
        Send(1);

        await using var plain = await PlayedDialler.DialAsync(_network, _server.Address);
        await plain.SendAsync(new Wire.RemoteMessage { ConnectRequest = new Wire.ConnectRequest { ClientConnection = new Wire.ClientConnection { MemberId = PlayedClient.SystemId } } });

        Assert.NotNull((await plain.ReadAsync())!.ConnectResponse);
        Assert.Equal(DeadLetterReason.EndpointClosed, (await _server.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        await _server.Events.WaitForCountAsync<EndpointConnected>(2);
        Send(2);
        Assert.Equal(0ul, (await plain.ReadAsync())!.MessageBatch.Sequence);
    }

    /// <summary>Anybody can claim an id. Links are told apart by their secret; one that has none must not end the session of one that lives.</summary>
    [Fact]
    public async Task ClientWithoutLinks_WhileOneWithItsIdIsConnected_IsRefusedAndTheFirstGoesOn()
    {
        await _client.ConnectAsync(_network, _server.Address);

        await using var plain = await PlayedDialler.DialAsync(_network, _server.Address);
        await plain.SendAsync(new Wire.RemoteMessage { ConnectRequest = new Wire.ConnectRequest { ClientConnection = new Wire.ClientConnection { MemberId = PlayedClient.SystemId } } });

        Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => plain.ReadAsync())).Status.StatusCode);
        Assert.Equal(1ul, (await SendAsync(1)).Sequence);
        Assert.Empty(await _server.PublishedAsync<EndpointTerminated>());
    }

    [Theory]
    [InlineData(1ul, false)]
    [InlineData(4ul, false)]
    [InlineData(3ul, true)]
    public async Task NextExpectedThatCannotBe_EndsTheLink(ulong nextExpected, bool isPossible)
    {
        await _client.ConnectAsync(_network, _server.Address);
        await SendAsync(1);
        await _client.AcknowledgeAsync(1);
        await SendAsync(2);

        // Read after the acknowledgement.
        await _client.SendAsync(Numbered(1, "to nobody"));
        await _server.Events.NextAsync<DeadLetterEvent>();
        await LoseAsync();
        var answer = await _client.ConnectAsync(_network, _server.Address, nextExpected);

        Assert.Equal(isPossible ? Wire.LinkStatus.LinkResumed : Wire.LinkStatus.LinkUnknown, answer.LinkStatus);
        if (!isPossible)
        {
            Assert.Equal(EndpointTerminatedReason.ClientLost, (await _server.Events.NextAsync<EndpointTerminated>()).Reason);
            Assert.Equal(DeadLetterReason.DeliveryUnknown, (await _server.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
            Assert.Equal(0, _server.Remote.Parts.Links.Count);
        }
    }

    [Fact]
    public async Task HalfCloseWithoutALeave_IsACut()
    {
        await _client.ConnectAsync(_network, _server.Address);

        await _client.HalfCloseAsync();

        await _server.Events.NextAsync<EndpointReconnecting>(waiting => waiting.Address == PlayedClient.Address);
        Assert.Equal(EndpointState.Backoff, _server.Remote.GetEndpointState(PlayedClient.Address));
    }

    [Fact]
    public async Task HalfCloseAfterALeave_IsAGoodbye()
    {
        await _client.ConnectAsync(_network, _server.Address);
        await _client.SendAsync(new Wire.RemoteMessage { Leave = new Wire.Leave { FinalSequence = 0 } });

        await _client.HalfCloseAsync();

        Assert.Equal(EndpointTerminatedReason.PeerLeft, (await _server.Events.NextAsync<EndpointTerminated>()).Reason);
        await _client.ReadToEndAsync();
        Assert.Equal(0, _server.Remote.Parts.Links.Count);
    }

    private static Wire.RemoteMessage Numbered(ulong sequence, string text)
    {
        var message = PlayedDialler.Batch("nobody", new StringValue { Value = text });
        message.MessageBatch.Sequence = sequence;
        return message;
    }

    private void Send(int number) => _server.Root.Send(Sink, new Int32Value { Value = number });

    private async Task<Wire.MessageBatch> SendAsync(int number)
    {
        await _server.Events.WaitForCountAsync<EndpointConnected>(1);
        Send(number);
        return await _client.NextBatchAsync();
    }

    private async Task LoseAsync()
    {
        await _client.LoseAsync();
        await _server.Events.NextAsync<EndpointReconnecting>();

        // The event comes from the end of the stream, which gives its link back a moment later.
        await _server.Remote.Parts.Streams.WhenEndedAsync(PlayedClient.SystemId).Within("the end of the lost stream");
    }
}
