namespace Remote.Tests;

/// <summary>Callers that wait for a slow target cost and hinder nobody else.</summary>
[Trait("Behaviour", "B-04")]
public sealed class AdmissionTests
{
    private readonly EndpointOptions _options = new() { QueueCapacity = 10, MaxWaiters = 1000 };

    [Fact]
    public void Admit_ManyWaitForASlowTarget_LooksAtThemOncePerChange()
    {
        const int Waiters = 1000;
        var lane = new UserLane(_options, new BackpressureOptions());
        var taken = new RemoteDelivery[10];
        FillShare(lane, taken);
        for (var i = 0; i < Waiters; i++)
        {
            Assert.False(lane.TryAdmitOrWait(MailboxKit.Delivery("slow", i), out _));
        }

        for (var i = 0; i < 100; i++)
        {
            var fast = MailboxKit.Delivery("fast", i);
            Assert.True(lane.TryAdmit(fast, out _, out _));
            lane.Add(fast);
            Assert.Equal(0, lane.Admit());
            lane.Settle(lane.Take(taken, []));
            Assert.Equal(0, lane.Admit());
        }

        Assert.InRange(lane.WaitersSeen, 0, Waiters);

        lane.PauseTarget("slow", isPaused: false);
        Assert.Equal(5, lane.Admit());
    }

    /// <summary>The target of the first one had nothing parked, but its share was full.</summary>
    [Fact]
    public void Admit_OneOfTwoSlowTargetsGoesOn_LetsItsCallersIn()
    {
        var lane = new UserLane(_options, new BackpressureOptions());
        FillShare(lane, new RemoteDelivery[10]);
        lane.PauseTarget("other", isPaused: true);
        Assert.False(lane.TryAdmitOrWait(MailboxKit.Delivery("other", 1), out var other));
        Assert.False(lane.TryAdmitOrWait(MailboxKit.Delivery("slow", 2), out var slow));
        Assert.Equal(0, lane.Admit());

        lane.PauseTarget("other", isPaused: false);

        Assert.Equal(1, lane.Admit());
        Assert.Equal((true, false), (other!.Task.IsCompleted, slow!.Task.IsCompleted));
    }

    [Fact]
    public void Return_TheStreamIsOver_LetsThemIn()
    {
        var lane = new UserLane(_options, new BackpressureOptions());
        FillShare(lane, new RemoteDelivery[10]);
        Assert.False(lane.TryAdmitOrWait(MailboxKit.Delivery("slow", 1), out _));

        lane.Return([]);

        Assert.Equal(1, lane.Admit());
    }

    /// <summary>Nothing came with the other lanes that would make a writer look at the callers.</summary>
    [Fact]
    public void MoveTo_FromAnEmptyMailbox_HindersNobody()
    {
        var mailbox = MailboxKit.Linked(_options);
        var taker = new LaneTaker(mailbox);
        mailbox.PauseTarget("slow", isPaused: true);
        for (var i = 0; i < 5; i++)
        {
            mailbox.Post(MailboxKit.Delivery("slow", i), out _, out _);
            taker.Take();
        }

        Assert.Equal(PostResult.Full, mailbox.PostOrWait(MailboxKit.Delivery("slow", 5), out _, out _));
        Assert.NotEqual(PostResult.Full, mailbox.Post(MailboxKit.Delivery("fast", 6), out _, out _));
        MailboxKit.Mailbox(_options).MoveTo(mailbox, out _);

        Assert.NotEqual(PostResult.Full, mailbox.Post(MailboxKit.Delivery("fast", 7), out _, out _));
    }

    /// <summary>Half of the lane is parked for a slow target.</summary>
    private static void FillShare(UserLane lane, RemoteDelivery[] taken)
    {
        lane.PauseTarget("slow", isPaused: true);
        for (var i = 0; i < 5; i++)
        {
            lane.Add(MailboxKit.Delivery("slow", i));
        }

        Assert.Equal(0, lane.Take(taken, []));
    }
}
