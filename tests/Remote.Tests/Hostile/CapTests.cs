using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Remote.Testing;
using Remote.Tests.Messaging;
using Remote.Tests.Serialization;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Each limit: what reaches it works, and one more is refused, with a status where one can still be sent, and counted.</summary>
[Trait("Behaviour", "T-15")]
public sealed class CapTests : DisposedAfterTest
{
    // A call that is answered as soon as its headers are read.
    private static readonly (string Name, string Value)[] NoSuchMethod =
        [(":method", "POST"), (":scheme", "http"), (":path", "/none/none"), (":authority", "test"), ("content-type", "application/grpc")];

    private readonly InMemoryNetwork _network = new();

    [Theory]
    [InlineData("Transport.MaxConnections")]
    [InlineData("Transport.MaxConnectionsPerAddress")]
    public async Task Connections_OneMoreIsClosedAtOnce_AndTheNextOneFindsThePlaceOfOneThatLeft(string limit)
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            options.Transport.MaxConnections = limit == "Transport.MaxConnections" ? 2 : null;
            options.Transport.MaxConnectionsPerAddress = limit == "Transport.MaxConnections" ? null : 2;
        });
        await using var first = await RawPeer.DialAsync(node.Address);
        await using (var second = await RawPeer.DialAsync(node.Address))
        {
            await first.NextAsync(frame => frame.Type == RawFrames.Settings, "the settings");
            await second.NextAsync(frame => frame.Type == RawFrames.Settings, "the settings");
            await using var third = await RawPeer.DialAsync(node.Address);

            await third.Closed.Within("the end of one too many");

            Assert.Empty(third.Frames);
            Assert.Equal((2, 1), (node.Remote.GetLimitStatistics().Connections, node.Remote.GetLimitStatistics().Refused[limit]));
            Assert.Contains(limit, (await node.Log.NextAsync("Refused")).Text, StringComparison.Ordinal);
        }

        while (node.Remote.GetLimitStatistics().Connections > 1)
        {
            await Task.Delay(1);
        }

        await using var fourth = await RawPeer.DialAsync(node.Address);
        await fourth.NextAsync(frame => frame.Type == RawFrames.Settings, "the settings of the next one");
    }

    [Theory]
    [InlineData("10.1.2.3", "::ffff:10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.1.2.4", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Source_IsAnAddress_OfIPv6ItsNetwork(string one, string other, bool same)
    {
        var (a, b) = (SourceOf(one), SourceOf(other));

        Assert.NotNull(a);
        Assert.Equal(same, a == b);
        Assert.Null(ConnectionGate.SourceOf(new System.Net.Sockets.UnixDomainSocketEndPoint("/x")));

        static UInt128? SourceOf(string address) => ConnectionGate.SourceOf(new System.Net.IPEndPoint(System.Net.IPAddress.Parse(address), 1));
    }

    [Fact]
    public async Task StreamsOfAConnection_OneMoreIsRefused()
    {
        await using var node = await TestNode.StartAsync(options => options.Transport.MaxStreamsPerConnection = 2);
        await using var peer = await RawPeer.DialAsync(node.Address);
        await peer.WriteAsync([.. RawFrames.Open(1), .. RawFrames.Open(3), .. RawFrames.Open(5)]);

        await peer.NextAsync(frame => frame is { Type: RawFrames.Reset, Stream: 5 }, "the refusal");

        Assert.Equal((7u, null, null), (peer.ResetOf(5), peer.ResetOf(1), peer.ResetOf(3)));
        await peer.WriteAsync(ListenerScripts.Handshake(1));
        await peer.NextAsync(frame => frame is { Type: RawFrames.Data, Stream: 1 }, "the answer to the handshake of the first");
    }

    /// <summary>Names and values count. Of the limits, one is below what Kestrel takes by itself, and one above.</summary>
    [Theory]
    [InlineData(1024)]
    [InlineData(128 * 1024)]
    public async Task HeaderBytesOfACall_AtTheirLimitAreRead_AndOneMoreIsRefused(int limit)
    {
        await using var node = await TestNode.StartAsync(options => options.Transport.MaxRequestHeaderBytes = limit);
        var room = limit - NoSuchMethod.Sum(header => header.Name.Length + header.Value.Length) - "x".Length;

        await AnsweredAsync(node, ("x", new string('x', room)));
        await TurnedAwayAsync(node, ("x", new string('x', room + 1)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200)]
    public async Task HeadersOfACall_AtTheirLimitAreRead_AndOneMoreIsRefused(int limit)
    {
        await using var node = await TestNode.StartAsync(options => options.Transport.MaxRequestHeaders = limit);
        var headers = Enumerable.Range(0, limit + 1 - NoSuchMethod.Length).Select(i => ($"x-{i}", "x")).ToArray();

        await AnsweredAsync(node, headers[1..]);
        await TurnedAwayAsync(node, headers);
    }

    [Fact]
    public async Task OpensOfAConnection_OneMoreIsRefusedWithAStatus_AndWhoGoesOnIsClosed()
    {
        const int Most = 20;
        var time = new ManualTimeProvider();
        await using var node = await TestNode.StartAsync(options => options.Transport.MaxOpensPerSecond = Most, time: time);
        await using var peer = await RawPeer.DialAsync(node.Address);
        for (var i = 0; i < Most; i++)
        {
            // Served, and over: there is no such method.
            await peer.WriteAsync(Ask(i));
            await peer.NextAsync(frame => frame.Type == RawFrames.Headers && frame.Stream == (2 * i) + 1, "an answer");
        }

        Assert.Empty(node.Remote.GetLimitStatistics().Refused);
        await peer.WriteAsync(Ask(Most));
        var refusal = await peer.NextAsync(frame => frame.Type == RawFrames.Headers && frame.Stream == (2 * Most) + 1, "the refusal");
        Assert.Contains("MaxOpensPerSecond", System.Text.Encoding.ASCII.GetString(refusal.Payload), StringComparison.Ordinal);
        Assert.Equal(1, node.Remote.GetLimitStatistics().Refused["Transport.MaxOpensPerSecond"]);

        // The next second has as many.
        time.Advance(TimeSpan.FromSeconds(1));
        await peer.WriteAsync(Ask(Most + 1));
        await peer.NextAsync(frame => frame.Type == RawFrames.Headers && frame.Stream == (2 * (Most + 1)) + 1, "an answer in the next second");
        Assert.Equal(1, node.Remote.GetLimitStatistics().Refused["Transport.MaxOpensPerSecond"]);

        for (var i = Most + 2; i < 20 * Most && !peer.Closed.IsCompleted; i++)
        {
            await peer.WriteAsync(Ask(i));
            await Task.Delay(1);
        }

        await peer.Closed.Within("the end of a connection that goes on regardless");

        static byte[] Ask(int i) =>
            RawFrames.Frame(RawFrames.Headers, RawFrames.EndHeaders | RawFrames.EndStream, (2 * i) + 1, RawFrames.Block(NoSuchMethod));
    }

    [Fact]
    public async Task Peers_OneMoreIsRefused_UntilOneHasLeft()
    {
        await using var node = await TestNode.StartAsync(options => options.Inbound.MaxPeers = 2, network: _network);
        var first = await ConnectAsync(node, "first");
        await using var second = await ConnectAsync(node, "second");

        await RefusedAsync(node, "third");

        Assert.Equal(2, node.Remote.GetLimitStatistics().Peers);
        Assert.Equal(1, node.Remote.GetLimitStatistics().Refused["Inbound.MaxPeers"]);
        await first.DisposeAsync();
        while (node.Remote.GetLimitStatistics().Peers > 1)
        {
            await Task.Delay(1);
        }

        await using var fourth = await ConnectAsync(node, "fourth");
    }

    [Theory]
    [InlineData("Link.MaxLinks")]
    [InlineData("Link.MaxLinksPerSystem")]
    public async Task Links_OneMoreIsRefused(string limit)
    {
        var isOfSystem = limit == "Link.MaxLinksPerSystem";
        await using var node = await TestNode.StartAsync(
            options => (options.Link.MaxLinks, options.Link.MaxLinksPerSystem) = isOfSystem ? (100, 2) : (2, 100), network: _network);
        List<PlayedDialler> open = [];
        for (var i = 0; i <= 2; i++)
        {
            _network.AddName($"name{i}:1", node.Address);
            var dialler = await PlayedDialler.DialAsync(_network, $"name{i}:1");
            open.Add(dialler);
            var offer = new LinkOffer(LinkId.Create(), 1, Established: false, ExpectedSystemId: null, LinkLimits.None);
            var system = isOfSystem ? "one" : $"system{i}";
            await dialler.Call.WriteAsync(Handshake.Request(system, "peer:1", CapabilityNames.All, offer)).AsTask().Within("a handshake");
            if (i < 2)
            {
                Assert.Equal(Wire.LinkStatus.LinkNew, (await dialler.ReadAsync())!.ConnectResponse.LinkStatus);
            }
            else
            {
                var refusal = await Assert.ThrowsAsync<RpcException>(dialler.ReadAsync);
                Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
                Assert.Contains(limit, refusal.Status.Detail, StringComparison.Ordinal);
            }
        }

        Assert.Equal((2, 1), (node.Remote.GetLimitStatistics().Links, node.Remote.GetLimitStatistics().Refused[limit]));
        foreach (var dialler in open)
        {
            await dialler.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("target", 100, true)]
    [InlineData("target", 101, false)]
    [InlineData("sender", 100, true)]
    [InlineData("sender", 101, false)]
    [InlineData("type", 100, true)]
    [InlineData("type", 101, false)]
    [InlineData("header", 1024, true)]
    [InlineData("header", 1025, false)]
    [InlineData("headers", 10, true)]
    [InlineData("headers", 11, false)]
    public void PieceOfAMessage_AtItsLimitIsRead_AndOneMoreCostsTheMessage(string piece, int size, bool isRead)
    {
        var limits = new InboundLimits(Envelopes: 10, TableEntries: 10, PidBytes: 100, TypeNameBytes: 100, HeaderBytes: 1024, Headers: 10);
        var batch = new Wire.MessageBatch { TypeNames = { "google.protobuf.Empty" }, Targets = { ByteString.CopyFromUtf8("t") } };
        var envelope = new Wire.MessageEnvelope { MessageData = ByteString.Empty };
        batch.Envelopes.Add(envelope);

        // Behind it one that is in order: it is read either way.
        batch.Envelopes.Add(new Wire.MessageEnvelope { MessageData = ByteString.Empty });
        switch (piece)
        {
            case "target":
                batch.Targets.Add(ByteString.CopyFromUtf8(new string('t', size)));
                envelope.Target = 1;
                break;
            case "sender":
                batch.Senders.Add(Pid(size));
                envelope.Sender = 1;
                break;
            case "type":
                batch.TypeNames.Add(new string('n', size));
                envelope.TypeId = 1;
                break;
            case "header":
                envelope.MessageHeader = Headers(1, size);
                break;
            default:
                envelope.MessageHeader = Headers(size, 0);
                break;
        }

        var sink = Codec.Decode(
            new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray(), new BatchDecoder(TestRegistry.Of(EmptyReflection.Descriptor), Codec.FromPeer, limits));

        // A type that is short enough is asked for, and not known.
        var expected = piece == "type" && isRead ? EnvelopeFault.UnknownType : EnvelopeFault.Malformed;
        Assert.Equal(isRead && piece != "type" ? 2 : 1, sink.Messages.Count);
        Assert.All(sink.Refused, refused => Assert.Equal(expected, refused.Fault));
    }

    [Theory]
    [InlineData(10, 1, true)]
    [InlineData(11, 1, false)]
    [InlineData(1, 8, true)]
    [InlineData(1, 9, false)]
    public void Batch_AtItsLimitsIsRead_AndOneMoreIsABadFrame(int envelopes, int moreTargets, bool isRead)
    {
        var limits = new InboundLimits(Envelopes: 10, TableEntries: 10, PidBytes: 100, TypeNameBytes: 100, HeaderBytes: 1024, Headers: 10);
        var batch = new Wire.MessageBatch { TypeNames = { "google.protobuf.Empty" }, Targets = { ByteString.CopyFromUtf8("t") } };
        batch.Targets.Add(Enumerable.Range(0, moreTargets).Select(i => ByteString.CopyFromUtf8($"t{i}")));
        batch.Envelopes.Add(Enumerable.Range(0, envelopes).Select(_ => new Wire.MessageEnvelope { MessageData = ByteString.Empty }));
        var bytes = new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray();
        var decoder = new BatchDecoder(TestRegistry.Of(EmptyReflection.Descriptor), Codec.FromPeer, limits);

        if (isRead)
        {
            Assert.Equal(envelopes, Codec.Decode(bytes, decoder).Messages.Count);
        }
        else
        {
            Assert.Throws<MalformedFrameException>(() => Codec.Decode(bytes, decoder));
        }
    }

    /// <summary>The options reach the stream: the peer is told why, and counted as one that broke the protocol.</summary>
    [Fact]
    public async Task BatchBeyondTheOptions_EndsTheStreamWithInvalidArgument()
    {
        await using var node = await TestNode.StartAsync(options => options.Inbound.MaxBatchMessages = 3, network: _network);
        node.Spawn("sink");
        await using var peer = await ConnectAsync(node, "peer");
        await peer.SendAsync(Batch(3));
        await node.NextReceiptAsync("sink");

        await peer.SendAsync(Batch(4));

        var refusal = await Assert.ThrowsAsync<RpcException>(peer.ReadAsync);
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        await node.Log.NextAsync("ProtocolViolation");

        static Wire.RemoteMessage Batch(int messages)
        {
            var batch = PlayedDialler.Batch("sink", new StringValue());
            batch.MessageBatch.Envelopes.Add(Enumerable.Repeat(batch.MessageBatch.Envelopes[0], messages - 1));
            return batch;
        }
    }

    /// <summary>A peer that keeps a link is told what this node takes, and obeys.</summary>
    [Fact]
    public async Task PeerWithALink_SendsNoLargerBatchesThanTheOptionsAllow()
    {
        await using var node = await TestNode.StartAsync(
            options => (options.Inbound.MaxBatchMessages, options.Inbound.MaxTableEntries) = (3, 9), network: _network);
        node.Spawn("sink");
        await using var peer = await TestNode.StartAsync(network: _network);
        for (var i = 0; i < 200; i++)
        {
            peer.Root.Send(node.Pid("sink"), new Int32Value { Value = i });
        }

        await node.Events.WaitForCountAsync<Receipt>(200);

        Assert.InRange(peer.Remote.GetEndpointStatistics(node.Address)!.Batches, 200 / 3, 200);
        Assert.Equal(0, peer.Remote.GetEndpointStatistics(node.Address)!.Reconnects);
    }

    [Theory]
    [InlineData("id\nof two lines", "peer:1")]
    [InlineData("id", "unix:///run/a\nb")]
    public async Task NamesWithControlCharacters_AreNone(string systemId, string address)
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var peer = await PlayedDialler.DialAsync(_network, node.Address);

        await peer.SendAsync(PlayedDialler.Request(systemId, address));

        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(peer.ReadAsync)).StatusCode);
    }

    /// <summary>That of a peer which this node dials has the same limits, but that it may be missing.</summary>
    [Theory]
    [InlineData("", 1, true)]
    [InlineData("i", 256, true)]
    [InlineData("i", 257, false)]
    [InlineData("i\n", 2, false)]
    public void IdInAnAnswer_TooLongOrWithAControlCharacter_IsAViolationThatDoesNotQuoteIt(string part, int times, bool isTaken)
    {
        var id = string.Concat(Enumerable.Repeat(part, times));
        var answer = new Wire.RemoteMessage { ConnectResponse = new Wire.ConnectResponse { MemberId = id } };

        var error = Record.Exception(() => Assert.Same(answer.ConnectResponse, Handshake.ReadResponse(answer, "peer:1")));

        if (isTaken)
        {
            Assert.Null(error);
            return;
        }

        var violation = Assert.IsType<RemoteException>(error);
        Assert.Equal((RemoteError.ProtocolViolation, "peer:1"), (violation.Error, violation.Address));
        Assert.Equal(
            "peer:1 answered the handshake with a member_id that is none: it must have 1 to 256 characters, "
                + $"none of them a control character; it has {id.Length}.",
            violation.Message);
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    private static Wire.PID Pid(int size)
    {
        var pid = new Wire.PID { Address = "a:1", Id = "" };
        pid.Id = new string('s', size - pid.CalculateSize() - 2);
        Assert.Equal(size, pid.CalculateSize());
        return pid;
    }

    /// <summary>So many headers, of so many bytes together if that is not 0.</summary>
    private static Wire.MessageHeader Headers(int count, int bytes)
    {
        var headers = new Wire.MessageHeader();
        for (var i = 0; i < count; i++)
        {
            headers.HeaderData[$"k{i}"] = "";
        }

        for (var value = ""; headers.CalculateSize() < bytes;)
        {
            value += "v";
            headers.HeaderData["k0"] = value;
        }

        Assert.True(bytes == 0 || headers.CalculateSize() == bytes, $"{headers.CalculateSize()} bytes.");
        return headers;
    }

    /// <summary>The call is answered by gRPC: there is no such method.</summary>
    private static async Task AnsweredAsync(TestNode node, params (string Name, string Value)[] more)
    {
        await using var peer = await AskAsync(node, more);
        var answer = await peer.NextAsync(frame => frame is { Type: RawFrames.Headers, Stream: 1 }, "the answer");
        Assert.Contains("application/grpc", System.Text.Encoding.ASCII.GetString(answer.Payload), StringComparison.Ordinal);
    }

    /// <summary>The call does not get as far as gRPC, and is told so: Request Header Fields Too Large.</summary>
    private static async Task TurnedAwayAsync(TestNode node, params (string Name, string Value)[] more)
    {
        await using var peer = await AskAsync(node, more);
        var answer = await peer.NextAsync(frame => frame is { Type: RawFrames.Headers, Stream: 1 }, "the refusal");
        Assert.Contains("431", System.Text.Encoding.ASCII.GetString(answer.Payload), StringComparison.Ordinal);
    }

    private static async Task<RawPeer> AskAsync(TestNode node, (string Name, string Value)[] more)
    {
        var peer = await RawPeer.DialAsync(node.Address);
        var frames = ListenerScripts.Split(1, RawFrames.Block([.. NoSuchMethod, .. more]));
        frames[0][4] |= RawFrames.EndStream;
        foreach (var frame in frames)
        {
            await peer.WriteAsync(frame);
        }

        return peer;
    }

    private async Task<PlayedDialler> ConnectAsync(TestNode node, string system)
    {
        var dialler = await PlayedDialler.DialAsync(_network, node.Address);
        await dialler.SendAsync(PlayedDialler.Request(system, $"{system}:1"));
        Assert.Equal(node.SystemId, (await dialler.ReadAsync())!.ConnectResponse.MemberId);
        return dialler;
    }

    private async Task RefusedAsync(TestNode node, string system)
    {
        await using var dialler = await PlayedDialler.DialAsync(_network, node.Address);
        await dialler.SendAsync(PlayedDialler.Request(system, $"{system}:1"));
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(dialler.ReadAsync)).StatusCode);
    }
}
