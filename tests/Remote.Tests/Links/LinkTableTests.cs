namespace Remote.Tests.Links;

[Trait("Behaviour", "R-05")]
public class LinkTableTests
{
    private const string Own = "own";
    private const string Peer = "peer";
    private const string Name = "10.0.0.1:8001";
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    private readonly LinkTable _table = new(Own, LinkKit.TableLimits with { PerSystem = 3, PerNode = 5 });
    private readonly List<InboundLinkState> _ended = [];
    private readonly NoStream _stream = new();

    [Fact]
    public void Open_UnknownLink_IsNewOrUnknownByWhatTheDiallerRemembers()
    {
        Assert.Equal(LinkOpen.New, Open(Offer()).Open);
        var unknown = Open(Offer() with { Established = true });
        Assert.Equal(new LinkOpening(LinkOpen.Unknown), unknown);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void Open_ForAnotherIncarnation_IsUnknownAndLeavesNothing()
    {
        Assert.Equal(LinkOpen.Unknown, Open(Offer() with { ExpectedSystemId = "former" }).Open);
        Assert.Equal(0, _table.Count);
        Assert.Equal(LinkOpen.New, Open(Offer() with { ExpectedSystemId = Own }).Open);
    }

    [Fact]
    public void Open_LostStream_Resumes()
    {
        var offer = Offer();
        var link = Open(offer).Link!;
        Accept(link, 3);
        _table.Detach(link, _stream, TimeSpan.Zero);
        Assert.Equal(new LinkOpening(LinkOpen.Resumed, link), Open(offer with { Attempt = 2, Established = true }));
        Assert.Equal(4ul, link.Receiver.NextExpected);
        Assert.Same(_stream, link.Owner);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Open_AttemptNotAboveTheStored_IsStale(ulong attempt)
    {
        var offer = Offer();
        var link = Open(offer with { Attempt = 2 }).Link!;
        Assert.Equal(LinkOpen.Stale, Open(offer with { Attempt = attempt }).Open);
        Assert.Same(_stream, link.Owner);
        _table.Detach(link, _stream, TimeSpan.Zero);
        Assert.Equal(LinkOpen.Stale, Open(offer with { Attempt = attempt }).Open);
    }

    [Fact]
    public void Open_LiveStream_IsTakenOverWhenItsReaderIsGone()
    {
        var offer = Offer();
        var link = Open(offer).Link!;
        var next = new NoStream();
        Assert.Equal(new LinkOpening(LinkOpen.TakeOver, link, _stream), Open(offer with { Attempt = 2 }, stream: next));
        Assert.False(_table.TryClaim(link, 2, next));
        _table.Detach(link, _stream, TimeSpan.Zero);
        Assert.True(_table.TryClaim(link, 2, next));
        Assert.Same(next, link.Owner);

        // The former stream comes late with its goodbye.
        _table.Detach(link, _stream, TimeSpan.Zero);
        Assert.Same(next, link.Owner);
    }

    [Fact]
    public void TryClaim_OvertakenByALaterDial_IsRefused()
    {
        var offer = Offer();
        var link = Open(offer).Link!;
        Open(offer with { Attempt = 2 });
        var third = new NoStream();
        Assert.Equal(LinkOpen.TakeOver, Open(offer with { Attempt = 3 }, stream: third).Open);
        _table.Detach(link, _stream, TimeSpan.Zero);
        Assert.False(_table.TryClaim(link, 2, new NoStream()));
        Assert.True(_table.TryClaim(link, 3, third));
    }

    [Fact]
    public void TryClaim_LinkThatEnded_IsRefused()
    {
        var link = Open(Offer()).Link!;
        _table.Detach(link, _stream, TimeSpan.Zero);
        Assert.True(_table.End(link, default));
        Assert.False(_table.End(link, default));
        Assert.False(_table.TryClaim(link, 1, _stream));
    }

    [Fact]
    public void Open_LinkOfAnotherSystem_IsRefused()
    {
        var offer = Offer();
        Open(offer);
        Assert.Equal(LinkOpen.Foreign, Open(offer with { Attempt = 9 }, system: "thief").Open);
    }

    [Fact]
    public void Open_NewLinkOfTheSameSystemAndName_ReplacesALostOneOnly()
    {
        var first = Open(Offer()).Link!;
        Assert.Equal(LinkOpen.LiveElsewhere, Open(Offer()).Open);
        Assert.Equal(LinkOpen.New, Open(Offer(), dialled: "other:1").Open);
        _table.Detach(first, _stream, TimeSpan.Zero);
        Assert.Equal(LinkOpen.New, Open(Offer()).Open);
        Assert.Equal([first], _ended);
        Assert.True(first.IsEnded);
        Assert.Equal(2, _table.Count);
    }

    [Fact]
    public void Open_RetentionIsOver_IsUnknown()
    {
        var offer = Offer();
        var link = Open(offer).Link!;
        _table.Expire(TimeSpan.FromHours(1), _ended);
        Assert.Empty(_ended);
        _table.Detach(link, _stream, TimeSpan.FromHours(1));
        _table.Expire(TimeSpan.FromHours(1) + Minute - TimeSpan.FromTicks(1), _ended);
        Assert.Empty(_ended);
        Assert.Equal(LinkOpen.Unknown, Open(offer with { Attempt = 2, Established = true }, now: TimeSpan.FromHours(1) + Minute).Open);
        Assert.Equal([link], _ended);
    }

    [Fact]
    public void Open_TooManyOfOneSystem_OldestLostMakesRoom()
    {
        var links = Enumerable.Range(0, 3).Select(number => Open(Offer(), dialled: $"n{number}:1").Link!).ToList();
        Assert.Equal(LinkOpen.TooManyOfSystem, Open(Offer(), dialled: "n3:1").Open);
        _table.Detach(links[1], _stream, TimeSpan.FromSeconds(1));
        _table.Detach(links[2], _stream, TimeSpan.FromSeconds(2));
        Assert.Equal(LinkOpen.New, Open(Offer(), dialled: "n3:1", now: TimeSpan.FromSeconds(3)).Open);
        Assert.Equal([links[1]], _ended);
    }

    [Fact]
    public void Open_TooManyOfAll_IsRefusedWhateverIsLost_IfItCarriedSomething()
    {
        var links = Enumerable.Range(0, 5).Select(number => Open(Offer(), system: $"s{number}").Link!).ToList();
        links.ForEach(link => Accept(link, 1));
        _table.Detach(links[0], _stream, TimeSpan.Zero);
        Assert.Equal(LinkOpen.TooMany, Open(Offer(), system: "s5").Open);
        Assert.Equal(LinkOpen.New, Open(Offer(), system: "s0").Open);
    }

    [Fact]
    [Trait("Behaviour", "T-16")]
    public void Open_TooManyOfAll_TheOneThatIsLostForLongestAndCarriedNothingMakesRoom()
    {
        var links = Enumerable.Range(0, 5).Select(number => Open(Offer(), system: $"s{number}").Link!).ToList();
        Accept(links[0], 1);
        for (var lost = 0; lost < 3; lost++)
        {
            _table.Detach(links[lost], _stream, TimeSpan.FromSeconds(lost));
        }

        Assert.Equal(LinkOpen.New, Open(Offer(), system: "s5", now: TimeSpan.FromSeconds(5)).Open);
        Assert.Equal([links[1]], _ended);
        Assert.Equal(LinkOpen.New, Open(Offer(), system: "s6", now: TimeSpan.FromSeconds(5)).Open);
        Assert.Equal(LinkOpen.TooMany, Open(Offer(), system: "s7", now: TimeSpan.FromSeconds(5)).Open);
    }

    /// <summary>A system id is no secret: a peer at another address that says it neither takes the link nor stands in its way.</summary>
    [Fact]
    [Trait("Behaviour", "T-16")]
    public void Open_SameSystemAtAnotherAddress_IsAnotherPeer()
    {
        var offer = Offer();
        Assert.Equal(LinkOpen.New, _table.Open(offer, Peer, Name, _stream, default, _ended, "a:1").Open);
        Assert.Equal(LinkOpen.Foreign, _table.Open(offer with { Attempt = 2 }, Peer, Name, _stream, default, _ended, "b:1").Open);
        Assert.Equal(LinkOpen.New, _table.Open(Offer(), Peer, Name, _stream, default, _ended, "b:1").Open);
        Assert.Equal(LinkOpen.LiveElsewhere, _table.Open(Offer(), Peer, Name, _stream, default, _ended, "a:1").Open);
    }

    /// <summary>What a link waits for is whoever opened it: ids and addresses are no secrets.</summary>
    [Theory]
    [Trait("Behaviour", "T-16")]
    [InlineData("one", "two")]
    [InlineData("one", null)]
    [InlineData(null, "two")]
    public void Open_NewLinkWithAnotherCertificate_ReplacesNoLostOne(string? own, string? foreign)
    {
        var stream = new NoStream { Certificate = own };
        var link = Open(Offer(), stream: stream).Link!;
        _table.Detach(link, stream, TimeSpan.Zero);

        Assert.Equal(new LinkOpening(LinkOpen.LiveElsewhere), Open(Offer(), stream: new NoStream { Certificate = foreign }));
        Assert.Empty(_ended);
        Assert.False(link.IsEnded);

        Assert.Equal(LinkOpen.New, Open(Offer(), stream: new NoStream { Certificate = own }).Open);
        Assert.Equal([link], _ended);
    }

    [Fact]
    [Trait("Behaviour", "T-16")]
    public void Open_TooManyOfOneSystem_NoneWithAnotherCertificateMakesRoomOrTakesIt()
    {
        var stream = new NoStream { Certificate = "one" };
        var another = new NoStream { Certificate = "two" };
        var link = Open(Offer(), stream: stream).Link!;
        _table.Detach(link, stream, TimeSpan.Zero);
        for (var number = 0; number < 3; number++)
        {
            Assert.Equal(LinkOpen.New, Open(Offer(), dialled: $"n{number}:1", stream: another).Open);
        }

        Assert.Equal(LinkOpen.TooManyOfSystem, Open(Offer(), dialled: "n3:1", stream: another).Open);
        Assert.Empty(_ended);
        Assert.Equal(LinkOpen.New, Open(Offer(), dialled: "n4:1", stream: stream).Open);
    }

    /// <summary>Whoever knows the id of the link is its peer, with whichever certificate.</summary>
    [Fact]
    public void Open_ResumedWithARenewedCertificate_WaitsForThatFromThenOn()
    {
        var offer = Offer();
        var former = new NoStream { Certificate = "former" };
        var renewed = new NoStream { Certificate = "renewed" };
        var link = Open(offer, stream: former).Link!;
        _table.Detach(link, former, TimeSpan.Zero);
        Assert.Equal(LinkOpen.Resumed, Open(offer with { Attempt = 2, Established = true }, stream: renewed).Open);
        _table.Detach(link, renewed, TimeSpan.Zero);

        Assert.Equal(LinkOpen.LiveElsewhere, Open(Offer(), stream: former).Open);
        Assert.Equal(LinkOpen.New, Open(Offer(), stream: renewed).Open);
    }

    /// <summary>
    /// The model found it: a first handshake that comes late made an ended link anew, and the next dial resumed it from the first batch on.
    /// </summary>
    [Fact]
    public void Open_LateFirstHandshakeOfALinkThatIsOver_DoesNotBringItBack()
    {
        var late = Offer();
        var link = Open(late with { Attempt = 2 }).Link!;
        Accept(link, 3);
        _table.Detach(link, _stream, TimeSpan.Zero);
        Assert.Equal(LinkOpen.New, Open(Offer()).Open);
        Assert.Equal(LinkOpen.Unknown, Open(late).Open);
        Assert.Equal(LinkOpen.Unknown, Open(late with { Attempt = 3, Established = true }).Open);
        Assert.Equal(LinkOpen.Unknown, Open(late, now: Minute - TimeSpan.FromTicks(1)).Open);
        Assert.Equal(LinkOpen.New, Open(late, dialled: "other:1", now: Minute).Open);
    }

    [Fact]
    public void EndAll_OfASystem_ForgetsItsLinks()
    {
        Open(Offer(), dialled: "a:1");
        Open(Offer(), dialled: "b:1");
        Open(Offer(), system: "other");
        Assert.Equal(2, _table.EndAll(Peer, default).Count);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void EndAll_OfASystemAtAnAddress_ForgetsThoseOnly()
    {
        var link = _table.Open(Offer(), Peer, Name, _stream, default, _ended, "a:1").Link!;
        _table.Open(Offer(), Peer, Name, _stream, default, _ended, "b:1");
        Assert.Equal([link], _table.EndAll(Peer, default, static address => address == "a:1"));
        Assert.Equal(1, _table.Count);
    }

    private static LinkOffer Offer() => new(LinkId.Create(), 1, Established: false, null, LinkKit.Limits);

    private static void Accept(InboundLinkState link, int batches)
    {
        for (var batch = 0; batch < batches; batch++)
        {
            Assert.Equal(LinkJudgement.Accept, link.Receiver.Judge(link.Receiver.NextExpected));
            link.Receiver.Delivered();
        }
    }

    private LinkOpening Open(LinkOffer offer, string system = Peer, string dialled = Name, ILinkCarrier? stream = null, TimeSpan now = default) =>
        _table.Open(offer, system, dialled, stream ?? _stream, now, _ended);
}
