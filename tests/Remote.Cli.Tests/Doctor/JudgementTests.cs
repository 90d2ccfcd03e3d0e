using System.Text;
using Wire = Remote.Protocol;

namespace Remote.Cli.Tests.Doctor;

/// <summary>Judgements of the doctor about what is hard to bring about.</summary>
[Trait("Behaviour", "O-04")]
public sealed class JudgementTests
{
    private static readonly TargetAddress Address = TargetAddress.Parse("node1:5070");

    [Fact]
    public void Handshake_Blocked_IsAProblem()
    {
        var finding = HandshakeCheck.Judge(new HandshakeAnswer("one", IsBlocked: true, []), new PeerIdentification(PeerKind.DotNet, null, null), Address);

        Assert.Equal((FindingLevel.Problem, "blocked"), (finding.Level, finding.Check));
    }

    [Fact]
    public void Handshake_ByAnotherThanTheService_IsAProblem()
    {
        var who = new PeerIdentification(PeerKind.Remote, new Wire.NodeInfo { SystemId = "one" }, null);

        var finding = HandshakeCheck.Judge(new HandshakeAnswer("two", IsBlocked: false, []), who, Address);

        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.Contains("one and two", finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Service_Stopping_IsAProblem() => Assert.Equal(
        FindingLevel.Problem, ServiceCheck.Judge(new PeerIdentification(PeerKind.Remote, new Wire.NodeInfo { Stopping = true }, null), Address).Level);

    [Theory]
    [InlineData("Not allowed: this node has the caller on its block list.")]
    [InlineData("The caller is blocked.")]
    public void Service_CallerBlocked_IsAProblem(string said)
    {
        var finding = ServiceCheck.Judge(new PeerIdentification(PeerKind.Remote, null, Failure.Refused(said, "")), Address);

        Assert.Equal((FindingLevel.Problem, "blocked"), (finding.Level, finding.Check));
    }

    [Theory]
    [InlineData(0.9, 0, "Ok")]
    [InlineData(-0.9, 0, "Ok")]
    [InlineData(1.1, 0, "Warning")]
    [InlineData(1.1, 1, "Ok")]
    [InlineData(-29, 0, "Warning")]
    [InlineData(-31, 0, "Problem")]
    public void Clock_Skew_CountsBeyondWhatIsUncertain(double ahead, double took, string level)
    {
        var asked = DateTimeOffset.UnixEpoch.AddYears(50);

        var finding = ClockCheck.Judge(asked.AddSeconds(ahead + (took / 2)), asked, TimeSpan.FromSeconds(took));

        Assert.Equal(level, finding.Level.ToString());
    }

    [Theory]
    [InlineData("UnknownType", "log id 2019")]
    [InlineData("NoSuchProcess", "docs/operations.md")]
    public void Peers_MessagesNotDelivered_AreSaidWithWhatToDo(string reason, string advice)
    {
        var peer = new Wire.EndpointInfo { Address = "node2:5070", State = Wire.ConnectionState.Connected, Incoming = new() { Rejected = { [reason] = 1_234 } } };

        var findings = PeersCheck.Judge(new Wire.GetEndpointsResponse { Endpoints = { peer }, Total = 1 }).ToArray();

        var note = Assert.Single(findings, static finding => finding.Level == FindingLevel.Note);
        Assert.Equal($"1,234 messages from node2:5070 were not delivered here: {reason} 1,234", note.What);
        Assert.Contains(advice, note.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Peers_LaneFullCreditGoneMessagesLost_AreSaid()
    {
        var peer = new Wire.EndpointInfo
        {
            Address = "node2:5070",
            State = Wire.ConnectionState.Connected,
            Level = Wire.PressureLevel.Critical,
            UserLane = new() { Length = 900, Capacity = 1_000 },
            Credit = new(),
            Outgoing = new() { Refused = { ["QueueFull"] = 3 }, DeadLetters = { ["QueueFull"] = 1, ["Expired"] = 2 } },
        };

        var findings = PeersCheck.Judge(new Wire.GetEndpointsResponse { Endpoints = { peer }, Total = 1 }).ToArray();

        Assert.Contains(findings, static finding => finding is { Level: FindingLevel.Warning } && finding.What.Contains("900 of 1,000", StringComparison.Ordinal));
        Assert.Contains(findings, static finding => finding is { Level: FindingLevel.Warning } && finding.What.Contains("credit 0", StringComparison.Ordinal));
        Assert.Contains(findings, static finding => finding is { Level: FindingLevel.Note } && finding.What.Contains("6 messages", StringComparison.Ordinal)
            && finding.What.Contains("QueueFull 4, Expired 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Peers_MoreThanCanBeAskedFor_AreNotCalledHealthy()
    {
        var peer = new Wire.EndpointInfo { Address = "node2:5070", State = Wire.ConnectionState.Connected };

        var findings = PeersCheck.Judge(new Wire.GetEndpointsResponse { Endpoints = { peer }, Total = 20_000, Next = "node2:5070" }).ToArray();

        Assert.Equal("only 1 of 20,000 were looked at", Assert.Single(findings).What);
    }

    [Theory]
    [InlineData("", "Closed")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002\u0046", "Tls")]
    [InlineData("\0\0\u0006\u0004\0\0\0\0\0\0\u0003\0\0\0\u0064", "Http2")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "Http1")]
    [InlineData("-ERR unknown command\r\n", "Other")]
    public void Probe_FirstBytes_SayWhatIsSpoken(string first, string spoken) =>
        Assert.Equal(spoken, ProtocolProbe.Judge(Encoding.Latin1.GetBytes(first)).Protocol.ToString());
}
