using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests.Links;

[Trait("Behaviour", "R-05")]
public sealed class LinkInflowTests
{
    private static readonly TimeSpan AckDelay = TimeSpan.FromMilliseconds(5);

    private readonly ManualTimeProvider _time = new();
    private readonly AckStream _stream = new();
    private readonly LinkInflow _inflow;
    private IMessageOrigin _priority = null!;

    public LinkInflowTests()
    {
        var window = new CreditWindow(100, 10_000);
        window.Announce();
        _inflow = new LinkInflow(new LinkReceiver(), window, _time);
    }

    /// <summary>The sender waits for credit, the last mailbox gives it back between two streams: nobody else would ever say so.</summary>
    [Fact]
    public void Attach_CreditCameBackBeforeIt_IsSaid()
    {
        Receive(100);
        _inflow.AnnounceInHandshake();
        _inflow.Taken(100, 100);
        _time.Advance(AckDelay);
        Attach();
        _time.Advance(AckDelay);
        Assert.Equal(new LinkAck(1, new LinkCredit(200, 10_100)), Assert.Single(_stream.Acks));
    }

    /// <summary>It needs no credit and uses none up; what waits of it may be as much again, and counts when the link has ended.</summary>
    [Fact]
    public async Task Control_BeyondTheWindow_HoldsTheReaderUntilHalfIsLeft()
    {
        using (_inflow.Control.Post())
        {
            for (var i = 0; i < 39; i++)
            {
                ControlOrigin.Charge();
            }

            Assert.False(_inflow.IsExceeded);
            ControlOrigin.Charge();
        }

        Assert.True(_inflow.IsExceeded);
        var waiting = _inflow.WaitAsync();
        _inflow.Control.Taken(20, 20 * 256);
        Assert.False(waiting.IsCompleted);
        _inflow.Control.Taken(1, 256);
        await waiting.Within("half of the window");

        Assert.Equal(new LinkCredit(0, 19 * 256), _inflow.Outstanding);
        Assert.Equal(new LinkCredit(100, 10_000), _inflow.AnnounceInHandshake());
        var pool = new CreditPool(100_000);
        _inflow.End(pool);
        Assert.Equal(19 * 256, pool.Left);
        _inflow.Control.Taken(19, 19 * 256);
        Assert.Equal(0, pool.Left);
    }

    /// <summary>A write of the former stream completes late, and its writer finds that it was asked again meanwhile.</summary>
    [Fact]
    public async Task FormerStream_ItsWriterComesToLate_TakesNothingFromTheNextOne()
    {
        _stream.Hold();
        var former = new FrameWriter(_stream, _inflow);
        _inflow.Attach(former);
        former.Acknowledge();
        former.Acknowledge();
        Receive(50);
        _inflow.Detach(former);
        _inflow.AnnounceInHandshake();
        _inflow.Receiver.BeginStream();

        var present = new AckStream();
        _inflow.Attach(new FrameWriter(present, _inflow));
        _inflow.Taken(10, 10);

        // Where nothing keeps the writer from going on at once.
        await Task.Run(_stream.Release).Within("the end of the write");
        Assert.Single(_stream.Acks);
        _time.Advance(AckDelay);
        Assert.Equal(new LinkAck(1, new LinkCredit(110, 10_010)), Assert.Single(present.Acks));
    }

    /// <summary>What was said of a slow target held for its stream; the sender has forgotten it with that.</summary>
    [Fact]
    public void Attach_SlowTarget_IsSaidAgain()
    {
        var former = new FrameWriter(_stream, _inflow);
        _inflow.Attach(former);
        Receive(60, target: "slow");
        Assert.Equal("slow", Assert.Single(_stream.Notices).TargetId);
        _inflow.Detach(former);
        _inflow.Receiver.BeginStream();

        var present = new AckStream();
        _inflow.Attach(new FrameWriter(present, _inflow));
        Assert.Equal(new Wire.TargetPause { TargetId = "slow", Paused = true }, Assert.Single(present.Notices));
    }

    /// <summary>Credit that is lent because of a pause must not come before it: the sender would use it for the target that is to be paused.</summary>
    [Fact]
    public async Task Acknowledgement_APauseFallsDueWhileTheFormerIsWritten_GrantsNothingThatIsLentForIt()
    {
        Attach();
        _stream.Hold();
        Receive(50, target: "slow");
        Receive(45, target: "slower");

        // Where nothing keeps the writer from going on at once.
        await Task.Run(_stream.Release).Within("the end of the write");
        Assert.Equal(["slow", "slower"], _stream.Notices.Select(notice => notice.TargetId));
        Assert.Equal([138, 150], _stream.Acks.Select(ack => ack.Credit.Messages));
    }

    [Fact]
    public void Timer_EverythingWasSaid_WritesNothing()
    {
        Attach();
        _time.Advance(AckDelay);
        Assert.Empty(_stream.Acks);
        Receive(10);
        Receive(40);
        Assert.Equal(2ul, Assert.Single(_stream.Acks).Accepted);
        _time.Advance(AckDelay);
        Assert.Single(_stream.Acks);
    }

    [Fact]
    public void Receive_OneBatch_IsAcknowledgedAfterTheDelay()
    {
        Attach();
        Receive(1);
        Assert.Empty(_stream.Acks);
        _time.Advance(AckDelay);
        Assert.Equal(1ul, Assert.Single(_stream.Acks).Accepted);
    }

    [Fact]
    [Trait("Behaviour", "B-04")]
    public void Accept_SenderPassedItsCredit_TakesNothingMoreUntilItIsMadeGood()
    {
        Attach();
        Assert.Throws<CreditExceededException>(() => Receive(101));
        Assert.Throws<CreditExceededException>(() => _inflow.Accept(Batch(2)));
        _inflow.Taken(50, 50);
        Assert.True(_inflow.Accept(Batch(2)));
    }

    /// <summary>They are counted on totals of their own, and nobody's credit is touched by the other.</summary>
    [Fact]
    [Trait("Behaviour", "K-03")]
    public void PriorityBatch_IsCountedAndToldByItself()
    {
        _inflow.AnnouncePriorityInHandshake(isUsed: true);
        Attach();
        ReceivePriority(1000);
        Assert.Equal((1000, 1000), (_inflow.Outstanding.Messages, _inflow.Outstanding.Bytes));
        Receive(1);
        _time.Advance(AckDelay);
        Assert.Equal((new LinkCredit(100, 10_000), LinkCredit.PriorityWindow), (_stream.Acks[^1].Credit, _stream.Acks[^1].Priority));

        // A quarter at once, less with the timer.
        _priority.Taken(250, 250);
        Assert.Equal(LinkCredit.PriorityWindow + new LinkCredit(250, 250), _stream.Acks[^1].Priority);
        _priority.Taken(1, 1);
        _inflow.Taken(1, 1);
        _time.Advance(AckDelay);
        Assert.Equal((new LinkCredit(101, 10_001), LinkCredit.PriorityWindow + new LinkCredit(251, 251)), (_stream.Acks[^1].Credit, _stream.Acks[^1].Priority));
        Assert.Equal(749, _inflow.Outstanding.Messages);
    }

    /// <summary>Only because of them: no user message would ever ask for an acknowledgement.</summary>
    [Fact]
    [Trait("Behaviour", "K-03")]
    public void PriorityMessages_TakenBetweenTwoStreams_AreInTheHandshakeOrSaidAfterIt()
    {
        _inflow.AnnouncePriorityInHandshake(isUsed: true);
        ReceivePriority(10);
        _priority.Taken(4, 4);
        Assert.Equal(LinkCredit.PriorityWindow + new LinkCredit(4, 4), _inflow.AnnouncePriorityInHandshake(isUsed: true));
        _priority.Taken(6, 6);
        _inflow.Receiver.BeginStream();
        Attach();
        _time.Advance(AckDelay);
        Assert.Equal(LinkCredit.PriorityWindow + new LinkCredit(10, 10), Assert.Single(_stream.Acks).Priority);
    }

    [Fact]
    [Trait("Behaviour", "K-03")]
    public void Peer_WithoutTheCapability_HearsNothingOfThem()
    {
        Assert.Null(_inflow.AnnouncePriorityInHandshake(isUsed: false));
        Attach();
        Receive(30);
        Assert.Equal(default, Assert.Single(_stream.Acks).Priority);
    }

    [Fact]
    [Trait("Behaviour", "K-03")]
    [Trait("Behaviour", "B-04")]
    public void PrioritySender_PassesTheWindow_IsOutUntilMailboxesHaveCaughtUp()
    {
        Attach();
        ReceivePriority(999);
        Assert.Throws<CreditExceededException>(() => ReceivePriority(2));
        Assert.Throws<CreditExceededException>(() => _inflow.Accept(Batch(3)));
        _priority.Taken(1, 1);
        _time.Advance(AckDelay);
        Assert.Throws<CreditExceededException>(() => _inflow.Accept(Batch(3)));
        _inflow.AnnouncePriorityInHandshake(isUsed: true);
        Assert.True(_inflow.Accept(Batch(3)));
    }

    private void ReceivePriority(int messages)
    {
        Assert.True(_inflow.Accept(Batch(_inflow.Receiver.NextExpected, messages) with { IsPriority = true }));
        _priority = _inflow.Charge("any", 1);
        Assert.Same(_priority, _inflow.Origin);
        _inflow.Settle(messages, messages);
    }

    private void Attach() => _inflow.Attach(new FrameWriter(_stream, _inflow));

    private static BatchInfo Batch(ulong sequence, int messages = 1) => new(messages, sequence, TargetDialect.Unknown, messages);

    private void Receive(int messages, string? target = null)
    {
        Assert.True(_inflow.Accept(Batch(_inflow.Receiver.NextExpected, messages)));
        for (var i = 0; target is not null && i < messages; i++)
        {
            _inflow.Charge(target, 1);
        }

        _inflow.Settle(messages, messages);
    }

    /// <summary>Reads what is written, at once unless it is held.</summary>
    private sealed class AckStream : IGrpcStream
    {
        private TaskCompletionSource? _held;

        public List<LinkAck> Acks { get; } = [];

        public List<Wire.TargetPause> Notices { get; } = [];

        public FrameReader Reader => throw new NotSupportedException();

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            if (LinkFrames.TryReadAck(message.Span, out var ack))
            {
                Acks.Add(ack);
            }
            else
            {
                Notices.Add(Wire.RemoteMessage.Parser.ParseFrom(message.Span).TargetPause);
            }

            return _held is null ? ValueTask.CompletedTask : new ValueTask(_held.Task);
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public void Abort()
        {
        }

        public void Hold() => _held = new TaskCompletionSource();

        public void Release()
        {
            var held = _held!;
            _held = null;
            held.SetResult();
        }
    }
}
