namespace Remote.Tests.Links;

[Trait("Behaviour", "R-05")]
public class LinkReceiverTests
{
    private readonly LinkReceiver _receiver = new();

    [Fact]
    public void Judge_AnyNumber_OnlyTheNextIsAccepted()
    {
        Assert.Equal(LinkJudgement.Gap, _receiver.Judge(0));
        Assert.Equal(LinkJudgement.Gap, _receiver.Judge(2));
        Assert.Equal(LinkJudgement.Accept, _receiver.Judge(1));
        Assert.Equal(2ul, _receiver.NextExpected);
        Assert.Equal(LinkJudgement.Duplicate, _receiver.Judge(1));
        Assert.Equal(LinkJudgement.Gap, _receiver.Judge(ulong.MaxValue));
        Assert.Equal(LinkJudgement.Accept, _receiver.Judge(2));
    }

    [Fact]
    public void Accepted_BeforeAllIsDelivered_IsNotSaid()
    {
        _receiver.Judge(1);
        Assert.Equal(0ul, _receiver.Accepted);
        Assert.False(_receiver.HasUnacknowledged);
        _receiver.Delivered();
        Assert.Equal(1ul, _receiver.Accepted);
        Assert.True(_receiver.HasUnacknowledged);
        Assert.Equal(1ul, _receiver.TakeAck());
        Assert.False(_receiver.HasUnacknowledged);
    }

    [Fact]
    public void IsAckDue_After64BatchesOrADuplicate_IsTrue()
    {
        for (var sequence = 1ul; sequence <= 64; sequence++)
        {
            Assert.False(_receiver.IsAckDue);
            _receiver.Judge(sequence);
            _receiver.Delivered();
        }

        Assert.True(_receiver.IsAckDue);
        Assert.Equal(64ul, _receiver.TakeAck());
        Assert.False(_receiver.IsAckDue);
        _receiver.Judge(3);
        Assert.True(_receiver.IsAckDue);
        Assert.Equal(64ul, _receiver.TakeAck());
        Assert.False(_receiver.HasUnacknowledged);
    }

    [Fact]
    public void IsFinal_TheLastBatch_AndNoOther()
    {
        Assert.True(_receiver.IsFinal(0));
        _receiver.Judge(1);
        Assert.False(_receiver.IsFinal(0));
        Assert.True(_receiver.IsFinal(1));
        Assert.False(_receiver.IsFinal(2));
    }
}
