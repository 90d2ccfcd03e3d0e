using Remote.Tests.Messaging;

namespace Remote.Tests.Links;

[Trait("Behaviour", "R-05")]
public class LinkOutflowTests
{
    [Fact]
    public void NextAttempt_EachDial_RisesAndSaysWhetherItWasAnswered()
    {
        using var kit = new LinkKit();
        var first = kit.Sender.NextAttempt(LinkKit.Limits);
        Assert.Equal((1ul, false, null), (first.Attempt, first.Established, first.ExpectedSystemId));
        var second = kit.Sender.NextAttempt(LinkKit.Limits);
        Assert.Equal((2ul, false), (second.Attempt, second.Established));
        kit.Sender.BeginStream(LinkKit.Answer(LinkStatus.New, 1), "p1");
        kit.Sender.StreamEnded(byVerdict: false);
        var third = kit.Sender.NextAttempt(LinkKit.Limits);
        Assert.Equal((3ul, true, "p1", first.Id), (third.Attempt, third.Established, third.ExpectedSystemId, third.Id));
    }

    [Fact]
    public void Acknowledge_InOrder_FreesWhatIsAccepted()
    {
        using var kit = new LinkKit().Connected();
        kit.Retain(LinkKit.Tell(1), LinkKit.Control(), LinkKit.Tell(2));
        kit.Retain(LinkKit.Control());
        kit.Retain(LinkKit.Tell(3));
        Assert.Equal([1ul, 2, 3], kit.WriteAll());
        Assert.Equal((3, 3L), (kit.Sender.RetainedCount, kit.Sender.Ledger.Retained));
        Assert.Equal(2, kit.Acknowledge(2));
        Assert.Equal((1, 1L, 2L), (kit.Sender.RetainedCount, kit.Sender.Ledger.Retained, kit.Sender.Ledger.Acknowledged));
        Assert.Equal(0, kit.Acknowledge(1));
        Assert.Equal(0, kit.Acknowledge(2));
        Assert.Equal(1, kit.Acknowledge(3));
        Assert.Equal(0, kit.Sender.RetainedCount);
    }

    [Fact]
    public void Acknowledge_MoreThanWasWritten_IsAViolation()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(1);
        kit.Retain(LinkKit.Tell(2));
        Assert.False(kit.Sender.Acknowledge(LinkKit.Ack(2)));
        Assert.Equal(2, kit.Sender.RetainedCount);
        Assert.False(kit.Sender.Acknowledge(LinkKit.Ack(ulong.MaxValue)));
    }

    /// <summary>What was lent is not in the answer of a handshake (decision page 0015). Control goes on, and user messages wait.</summary>
    [Fact]
    public void Retain_ControlAfterAHandshakeWithLessCreditThanWasSent_GoesOn()
    {
        using var kit = new LinkKit().Connected(messages: 3);
        kit.Send(3);
        kit.Sender.StreamEnded(byVerdict: false);
        kit.Sender.NextAttempt(LinkKit.Limits);
        kit.Sender.BeginStream(LinkKit.Answer(LinkStatus.Resumed, 4, messages: 2), LinkKit.Peer);

        kit.Retain(LinkKit.Control());

        Assert.Equal([4ul], kit.WriteAll());
        Assert.False(kit.Sender.MayWriteUser(0));
    }

    /// <summary>Written on the stream before, and not yet on this one: nobody can have accepted it after the handshake said otherwise.</summary>
    [Fact]
    public void Acknowledge_OfTheFormerStream_IsAViolation()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(3);
        kit.Redial(2);
        Assert.False(kit.Sender.Acknowledge(LinkKit.Ack(3)));
    }

    [Fact]
    public void Acknowledge_ReadAfterTheStreamEnded_Counts()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(3);
        kit.Sender.StreamEnded(byVerdict: false);
        Assert.Equal(2, kit.Acknowledge(2));
        Assert.False(kit.Sender.Acknowledge(LinkKit.Ack(4)));
        kit.Sender.BeginStream(LinkKit.Answer(LinkStatus.Resumed, 3), LinkKit.Peer);
        Assert.Equal([3ul], kit.WriteAll());
    }

    [Fact]
    public void Acknowledge_BeforeTheWriteReturns_KeepsTheMemoryUntilThen()
    {
        using var kit = new LinkKit().Connected();
        kit.Retain(LinkKit.Tell(1));
        Assert.True(kit.Sender.TryNextUnwritten(out var batch));
        var bytes = batch.Memory.ToArray();
        Assert.Equal(1, kit.Acknowledge(1));
        Assert.Equal(0, kit.Sender.RetainedCount);
        Assert.Equal(bytes, batch.Memory.ToArray());
        kit.Sender.Written();
        Assert.Equal(0, batch.Count);
        Assert.Throws<ObjectDisposedException>(() => batch.Memory);
    }

    [Fact]
    public void BeginStream_Resumed_WritesAgainWhatIsExpected()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(5);
        kit.Sender.Acknowledge(LinkKit.Ack(1));
        Assert.Equal(new LinkBeginning(LinkBegin.Begun), kit.Redial(4));
        Assert.Equal((3L, 2L), (kit.Sender.Ledger.Acknowledged, kit.Sender.Ledger.Retained));
        Assert.True(kit.Sender.MadeProgress);
        kit.Retain(LinkKit.Tell(6));
        Assert.Equal([4ul, 5, 6], kit.WriteAll());
        Assert.Equal(new LinkBeginning(LinkBegin.Begun), kit.Redial(4));
        Assert.False(kit.Sender.MadeProgress);
        Assert.Equal([4ul, 5, 6], kit.WriteAll());
    }

    [Fact]
    public void BeginStream_ResumedBytes_AreThoseOfTheFirstTime()
    {
        using var kit = new LinkKit().Connected();
        kit.Retain(LinkKit.Tell(1), LinkKit.Tell(2));
        kit.Sender.TryNextUnwritten(out var batch);
        var first = batch.Memory.ToArray();
        kit.Redial(1);
        kit.Sender.TryNextUnwritten(out batch);
        Assert.Equal(first, batch.Memory.ToArray());
        var sink = Codec.Decode(first);
        Assert.Equal(1ul, Assert.Single(sink.Batches).Sequence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(ulong.MaxValue)]
    public void BeginStream_NextExpectedThatCannotBe_IsAViolation(ulong next)
    {
        using var kit = new LinkKit().Connected();
        kit.Send(3);
        kit.Retain(LinkKit.Tell(4));
        kit.Sender.Acknowledge(LinkKit.Ack(2));
        Assert.Equal(LinkBegin.Violation, kit.Redial(next).Begin);
        Assert.Equal([3ul, 4], kit.Sender.Restart().Select(batch => batch.Sequence));
    }

    [Fact]
    public void BeginStream_NewForAnEstablishedLink_IsAViolation()
    {
        using var kit = new LinkKit().Connected();
        kit.Sender.StreamEnded(byVerdict: false);
        Assert.Equal(LinkBegin.Violation, kit.Sender.BeginStream(LinkKit.Answer(LinkStatus.New, 1), LinkKit.Peer).Begin);
    }

    [Fact]
    public void BeginStream_Unknown_ARestartGivesEverythingBack()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(2);
        kit.Sender.StreamEnded(byVerdict: false);
        var former = kit.Sender.Id;
        Assert.Equal(LinkBegin.Unknown, kit.Sender.BeginStream(LinkKit.Answer(LinkStatus.Unknown, 0), LinkKit.Peer).Begin);
        var retained = kit.Sender.Restart();
        Assert.Equal([1ul, 2], retained.Select(batch => batch.Sequence));
        Assert.All(retained, batch => batch.Release());
        var offer = kit.Sender.NextAttempt(LinkKit.Limits);
        Assert.Equal((1ul, false, LinkKit.Peer), (offer.Attempt, offer.Established, offer.ExpectedSystemId));
        Assert.NotEqual(former, offer.Id);
        kit.Sender.BeginStream(LinkKit.Answer(LinkStatus.New, 1), LinkKit.Peer);
        Assert.Equal(new LinkCredit(1000, 1_000_000), kit.Sender.Credit);
        kit.Retain(LinkKit.Tell(1));
        Assert.Equal([1ul], kit.WriteAll());
    }

    [Fact]
    public void BeginStream_PeerThatCannotResume_HasNoLink()
    {
        using var kit = new LinkKit().Connected();
        kit.Sender.StreamEnded(byVerdict: false);
        Assert.Equal(LinkBegin.NoLink, kit.Sender.BeginStream(null, LinkKit.Peer).Begin);
        Assert.False(kit.Sender.IsOnStream);
        Assert.Equal(new LinkCredit(int.MaxValue, long.MaxValue), kit.Sender.Credit);
    }

    [Fact]
    public void Credit_TotalsOfTheLink_NeverDecrease()
    {
        using var kit = new LinkKit().Connected(messages: 3);
        kit.Retain(LinkKit.Tell(1), LinkKit.Tell(2), LinkKit.Control());
        Assert.Equal(1, kit.Sender.Credit.Messages);
        kit.WriteAll();
        kit.Sender.Acknowledge(LinkKit.Ack(1, messages: 5));
        Assert.Equal(3, kit.Sender.Credit.Messages);
        kit.Sender.Acknowledge(LinkKit.Ack(1, messages: 4));
        Assert.Equal(3, kit.Sender.Credit.Messages);
        kit.Redial(2);
        Assert.Equal(998, kit.Sender.Credit.Messages);
    }

    [Fact]
    public void Room_Full_IsLeftForControl()
    {
        using var kit = new LinkKit(new LinkOptions { MaxRetainedBytes = 1000, MaxRetainedBatches = 2 }, controlReserve: 1).Connected();
        kit.Retain(LinkKit.Tell(1));
        Assert.True(kit.Sender.HasRoom);
        kit.Retain(LinkKit.Tell(2));
        Assert.False(kit.Sender.HasRoom);
        Assert.True(kit.Sender.HasControlRoom);
        kit.Retain(LinkKit.Control());
        Assert.False(kit.Sender.HasControlRoom);
        kit.WriteAll();
        kit.Sender.Acknowledge(LinkKit.Ack(2));
        Assert.True(kit.Sender.HasRoom);
    }

    [Fact]
    public void Room_BytesUsedUp_IsFull()
    {
        using var kit = new LinkKit(new LinkOptions { MaxRetainedBytes = 1 }).Connected();
        kit.Send(1);
        Assert.False(kit.Sender.HasRoom);
        Assert.True(kit.Sender.HasControlRoom);
        kit.Acknowledge(1);
        Assert.True(kit.Sender.HasRoom);
    }

    [Fact]
    public void Poison_RefusedTwice_IsReplacedByAnEmptyBatch()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(2);
        kit.Retain(LinkKit.Tell(3), LinkKit.Tell(4), LinkKit.Control());
        kit.Send(1);
        var available = kit.Sender.Credit;
        Assert.Null(kit.Redial(3, byVerdict: true).Rejected);
        Assert.Equal([3ul, 4], kit.WriteAll());
        var rejected = kit.Redial(3, byVerdict: true).Rejected!;
        Assert.Equal((3ul, 2, 3), (rejected.Sequence, rejected.UserMessages, rejected.Deliveries.Length));
        Assert.Equal(new LinkCredit(available.Messages + 2, available.Bytes + rejected.UserBytes), kit.Sender.Credit);
        Assert.Equal(1, kit.Sender.Ledger.Retained);
        rejected.Release();

        kit.Sender.TryNextUnwritten(out var empty);
        var sink = Codec.Decode(empty.Memory.ToArray());
        Assert.Equal(new BatchInfo(0, 3, TargetDialect.Unknown, 0), Assert.Single(sink.Batches));
        kit.Sender.Written();
        Assert.Equal([4ul], kit.WriteAll());
        Assert.Equal(1, kit.Acknowledge(4));
    }

    [Fact]
    [Trait("Behaviour", "K-03")]
    public void PriorityBatch_IsRetainedAndChargedByItself()
    {
        using var kit = new LinkKit().Connected(priority: new LinkCredit(10, 1000));
        var (user, priority) = (kit.Sender.Credit, kit.Sender.PriorityCredit);
        kit.Retain(isPriority: true, LinkKit.Control(), LinkKit.Urgent(1), LinkKit.Urgent(2));
        kit.WriteAll();
        Assert.Equal(user, kit.Sender.Credit);
        var charged = kit.Sender.PriorityCredit;
        Assert.Equal((priority.Messages - 2, true), (charged.Messages, charged.Bytes < priority.Bytes));
        Assert.Equal(2, kit.Sender.Ledger.Retained);

        // What a late or repeated word says is less, and changes nothing.
        Assert.True(kit.Sender.Acknowledge(LinkKit.Ack(1) with { Priority = new LinkCredit(14, 1100) }));
        Assert.True(kit.Sender.Acknowledge(LinkKit.Ack(1) with { Priority = new LinkCredit(11, 1200) }));
        Assert.True(kit.Sender.Acknowledge(LinkKit.Ack(1)));
        Assert.Equal(new LinkCredit(14, 1200) - (new LinkCredit(10, 1000) - charged), kit.Sender.PriorityCredit);
    }

    /// <summary>The next stream says anew whether there is any; a batch that was made is sent as it is.</summary>
    [Fact]
    [Trait("Behaviour", "K-03")]
    public void PriorityCredit_IsThatOfTheStream()
    {
        using var kit = new LinkKit().Connected(priority: new LinkCredit(10, 1000));
        kit.Retain(isPriority: true, LinkKit.Urgent(1));
        kit.WriteAll();
        kit.Redial(1);
        Assert.Equal(default, kit.Sender.PriorityCredit);
        Assert.Equal([1ul], kit.WriteAll());
        kit.Redial(2, priority: new LinkCredit(11, 1000));
        Assert.Equal(10, kit.Sender.PriorityCredit.Messages);

        kit.Sender.Restart();
        kit.Sender.NextAttempt(LinkKit.Limits);
        kit.Sender.BeginStream(LinkKit.Answer(LinkStatus.New, 1) with { Priority = new LinkCredit(10, 1000) }, LinkKit.Peer);
        Assert.Equal(new LinkCredit(10, 1000), kit.Sender.PriorityCredit);
    }

    [Fact]
    [Trait("Behaviour", "K-03")]
    public void Poison_InAPriorityBatch_GivesPriorityCreditBack()
    {
        var window = new LinkCredit(10, 1000);
        using var kit = new LinkKit().Connected(priority: window);
        var user = kit.Sender.Credit;
        kit.Retain(isPriority: true, LinkKit.Urgent(1));
        kit.WriteAll();
        kit.Redial(1, byVerdict: true, window);
        kit.WriteAll();
        kit.Redial(1, byVerdict: true, window).Rejected!.Release();
        Assert.Equal((user, window), (kit.Sender.Credit, kit.Sender.PriorityCredit));
    }

    /// <summary>A thousand cuts are no verdict; a cut between two verdicts takes neither back.</summary>
    [Fact]
    public void Poison_Cuts_SayNothing()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(1);
        for (var cut = 0; cut < 5; cut++)
        {
            Assert.Null(kit.Redial(1).Rejected);
            kit.WriteAll();
        }

        Assert.Null(kit.Redial(1, byVerdict: true).Rejected);
        kit.WriteAll();
        Assert.Null(kit.Redial(1).Rejected);
        kit.WriteAll();
        Assert.NotNull(kit.Redial(1, byVerdict: true).Rejected);
    }

    [Fact]
    public void Poison_VerdictBeforeTheBatchWasSentOrAfterProgress_IsNotAboutIt()
    {
        using var kit = new LinkKit().Connected();
        kit.Send(2);
        Assert.Null(kit.Redial(1, byVerdict: true).Rejected);

        // Nothing was written on this stream.
        Assert.Null(kit.Redial(1, byVerdict: true).Rejected);
        kit.WriteAll();

        // Progress: it is the next batch now.
        Assert.Null(kit.Redial(2, byVerdict: true).Rejected);
        kit.WriteAll();
        Assert.Equal(2ul, kit.Redial(2, byVerdict: true).Rejected?.Sequence);
    }
}
