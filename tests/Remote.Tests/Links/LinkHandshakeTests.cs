using Google.Protobuf;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Tests.Links;

public class LinkHandshakeTests
{
    private const string Peer = "10.0.0.2:8002";
    private static readonly byte[] IdBytes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255];
    private static readonly string[] Names = [CapabilityNames.Heartbeat, CapabilityNames.Resume];
    private static readonly LinkLimits Limits = new(4 * 1024 * 1024, 65_536, 196_608);
    private static readonly LinkCredit Credit = new(65_536, 16 * 1024 * 1024);

    private static LinkOffer ServerOffer => new(Id(), 300, Established: true, "m2", Limits);

    private static LinkOffer ClientOffer => new(Id(), 1, Established: false, null, Limits) { Credit = Credit, NextExpected = 1 };

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public void Request_WithLink_IsTheGoldenBytes()
    {
        GoldenFrames.AssertSame("connect-server-link", Handshake.Request("m1", "10.0.0.1:8001", Names, ServerOffer));
        GoldenFrames.AssertSame("connect-client-link", Handshake.Request("c1", null, Names, ClientOffer));
    }

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public void Response_WithLink_IsTheGoldenBytes()
    {
        var peer = Handshake.ReadRequest(Golden("connect-server-link"), Names);
        GoldenFrames.AssertSame("connect-response-new", Handshake.Response("m2", peer, Names, new LinkAnswer(LinkStatus.New, 1, Credit, Limits, Peer)));
        GoldenFrames.AssertSame(
            "connect-response-resumed",
            Handshake.Response("m2", peer, [CapabilityNames.Resume], new LinkAnswer(LinkStatus.Resumed, 301, new(70_000, 17_000_000), LinkLimits.None, null)));
        GoldenFrames.AssertSame(
            "connect-response-unknown",
            Handshake.Response("m2", peer, [CapabilityNames.Resume], new LinkAnswer(LinkStatus.Unknown, 0, default, Limits, "unix:///run/m2.sock")));
    }

    /// <summary>A word about it means something only if both say that they know it.</summary>
    [Fact]
    [Trait("Behaviour", "Z-03")]
    [Trait("Behaviour", "K-03")]
    public void PriorityCredit_IsWrittenAndCountsOnlyWithTheCapability()
    {
        string[] names = [CapabilityNames.Resume, CapabilityNames.Priority];
        string[] older = [CapabilityNames.Resume];
        var credit = new LinkCredit(1007, 1_049_000);
        var offer = ClientOffer with { Priority = credit };
        GoldenFrames.AssertSame("connect-client-priority", Handshake.Request("c1", null, names, offer));
        var peer = Handshake.ReadRequest(Golden("connect-client-priority"), names);
        Assert.Equal((offer, StreamCapabilities.Resume | StreamCapabilities.Priority), (peer.Offer, peer.Capabilities));
        Assert.Equal((ClientOffer, StreamCapabilities.Resume), Known(Handshake.ReadRequest(Golden("connect-client-priority"), older)));

        var answer = new LinkAnswer(LinkStatus.New, 1, Credit, LinkLimits.None) { Priority = credit };
        GoldenFrames.AssertSame("connect-response-priority", Handshake.Response("m2", peer, names, answer));
        var response = Golden("connect-response-priority").ConnectResponse;
        Assert.Equal(answer, Handshake.ReadAnswer(response, Peer, names));
        Assert.Equal(answer with { Priority = null }, Handshake.ReadAnswer(response, Peer, older));

        static (LinkOffer?, StreamCapabilities) Known(PeerIdentity peer) => (peer.Offer, peer.Capabilities);
    }

    [Fact]
    public void ReadRequest_GoldenBytes_IsTheOffer()
    {
        var server = Handshake.ReadRequest(Golden("connect-server-link"), Names);
        Assert.Equal(ServerOffer, server.Offer);
        Assert.Equal(StreamCapabilities.Heartbeat | StreamCapabilities.Resume, server.Capabilities);
        Assert.Equal(ClientOffer, Handshake.ReadRequest(Golden("connect-client-link"), Names).Offer);
    }

    [Fact]
    public void ReadAnswer_GoldenBytes_IsTheAnswer()
    {
        Assert.Equal(new LinkAnswer(LinkStatus.New, 1, Credit, Limits, Peer), Answer("connect-response-new"));
        Assert.Equal(new LinkAnswer(LinkStatus.Resumed, 301, new(70_000, 17_000_000), LinkLimits.None), Answer("connect-response-resumed"));
        Assert.Equal(new LinkAnswer(LinkStatus.Unknown, 0, default, Limits, "unix:///run/m2.sock"), Answer("connect-response-unknown"));
        Assert.Null(Answer("connect-response"));
    }

    [Fact]
    public void ReadRequest_CapabilityNotOurs_IsAsWithoutResume()
    {
        string[] ours = [CapabilityNames.Heartbeat];
        var peer = Handshake.ReadRequest(Golden("connect-server-link"), ours);
        Assert.Null(peer.Offer);
        Assert.Equal(StreamCapabilities.Heartbeat, peer.Capabilities);
        Assert.Null(Handshake.ReadAnswer(Golden("connect-response-new").ConnectResponse, Peer, ours));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(4096)]
    public void ReadRequest_LinkIdOfAnotherLength_IsAsWithoutResume(int length)
    {
        var message = Golden("connect-server-link");
        message.ConnectRequest.ServerConnection.LinkId = ByteString.CopyFrom(new byte[length]);
        var peer = Handshake.ReadRequest(message, Names);
        Assert.Null(peer.Offer);
        Assert.Equal(StreamCapabilities.Heartbeat, peer.Capabilities);
        Assert.True(peer.HasCapabilities);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ulong.MaxValue)]
    public void ReadRequest_AttemptOutOfRange_IsRefused(ulong attempt)
    {
        var message = Golden("connect-server-link");
        message.ConnectRequest.ServerConnection.Attempt = attempt;
        AssertRefused(message);
    }

    [Fact]
    public void ReadRequest_ExpectedIdTooLong_IsRefused()
    {
        var message = Golden("connect-server-link");
        message.ConnectRequest.ServerConnection.ExpectedSystemId = new string('x', 257);
        AssertRefused(message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ulong.MaxValue)]
    public void ReadRequest_ClientsNextExpectedOutOfRange_IsRefused(ulong next)
    {
        var message = Golden("connect-client-link");
        message.ConnectRequest.ClientConnection.NextExpected = next;
        AssertRefused(message);
    }

    [Fact]
    public void ReadRequest_NumbersBeyondOurs_MeanNoLimit()
    {
        var message = Golden("connect-client-link");
        message.ConnectRequest.ClientConnection.Credit = new() { Messages = ulong.MaxValue, Bytes = 1ul << 63 };
        message.ConnectRequest.ClientConnection.Limits = new() { MessageBytes = uint.MaxValue, Envelopes = 0 };
        var offer = Handshake.ReadRequest(message, Names).Offer!;
        Assert.Equal(new LinkCredit(long.MaxValue, long.MaxValue), offer.Credit);
        Assert.Equal(LinkLimits.None, offer.Limits);
    }

    [Fact]
    public void ReadAnswer_UnknownStatus_IsAViolation()
    {
        var response = Golden("connect-response-new").ConnectResponse;
        response.LinkStatus = (Wire.LinkStatus)3;
        var error = Assert.Throws<RemoteException>(() => Handshake.ReadAnswer(response, Peer, Names));
        Assert.Equal(RemoteError.ProtocolViolation, error.Error);
    }

    [Fact]
    public void Response_ToPeerWithoutLink_HasNoLinkFields()
    {
        var peer = Handshake.ReadRequest(Golden("connect-server"), Names);
        GoldenFrames.AssertSame("connect-response", Handshake.Response("m2", peer, Names, new LinkAnswer(LinkStatus.New, 1, Credit, Limits, Peer)));
    }

    [Fact]
    public void LinkId_Printed_SaysNothing()
    {
        var id = LinkId.Create();
        Assert.NotEqual(id, LinkId.Create());
        Assert.True(LinkId.TryRead(id.ToArray(), out var read));
        Assert.Equal(id, read);
        Assert.Equal(id.GetHashCode(), read.GetHashCode());
        Assert.Equal("(link id)", id.ToString());
        Assert.Contains("Id = (link id),", ServerOffer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bound_PeerTakesLess_TheEncoderWritesLess()
    {
        var own = new EncodeLimits(BatchSize: 1000, MaxBatchBytes: 1_000_000, MaxMessageBytes: 4_000_000);
        Assert.Equal(own, LinkLimits.None.Bound(own));
        Assert.Equal(own with { BatchSize = 500 }, (Limits with { Envelopes = 500 }).Bound(own));
        Assert.Equal(own with { BatchSize = 100 }, (Limits with { TableEntries = 300 }).Bound(own));
        Assert.Equal(own with { BatchSize = 1, MaxMessageBytes = 1 }, new LinkLimits(1, 1, 1).Bound(own));
    }

    private static LinkId Id() => LinkId.TryRead(IdBytes, out var id) ? id : throw new InvalidOperationException("16 bytes are an id.");

    private static Wire.RemoteMessage Golden(string name) => RemoteFrame.Parse(GoldenFrames.Read(name));

    private static LinkAnswer? Answer(string name) => Handshake.ReadAnswer(Golden(name).ConnectResponse, Peer, Names);

    private static void AssertRefused(Wire.RemoteMessage message)
    {
        var error = Assert.Throws<RpcException>(() => Handshake.ReadRequest(message, Names));
        Assert.Equal(StatusCode.InvalidArgument, error.Status.StatusCode);
    }
}
