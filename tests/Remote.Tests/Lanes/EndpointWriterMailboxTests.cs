using Proto;

namespace Remote.Tests;

public sealed class EndpointWriterMailboxTests
{
    private static readonly PID Target = new("peer:1", "target");
    private LaneTaker? _taker;

    [Fact]
    [Trait("Behaviour", "B-01")]
    public void Post_FullLane_RefusesExactlyAtCapacity()
    {
        var mailbox = Mailbox(capacity: 3);

        Assert.Equal(PostResult.AcceptedTakeRole, mailbox.Post(Message(1), out _, out _));
        Assert.Equal(PostResult.Accepted, mailbox.Post(Message(2), out _, out _));
        Assert.Equal(PostResult.Accepted, mailbox.Post(Message(3), out _, out _));
        Assert.Equal(PostResult.Full, mailbox.Post(Message(4), out _, out _));
        Assert.Equal(3, mailbox.Snapshot(EndpointState.Connected).QueueLength);
    }

    [Fact]
    [Trait("Behaviour", "B-01")]
    public void Take_NotYetEncoded_StillFillsTheLane()
    {
        var mailbox = Mailbox(capacity: 2);
        mailbox.Post(Message(1), out _, out _);
        mailbox.Post(Message(2), out _, out _);

        Assert.Equal([1, 2], Taker(mailbox).TakeNumbers());
        Assert.Equal(PostResult.Full, mailbox.Post(Message(3), out _, out _));

        mailbox.Publish(null, new WriterOutcome { Written = 1 });
        Assert.Equal(PostResult.Accepted, mailbox.Post(Message(3), out _, out _));
        Assert.Equal(PostResult.Full, mailbox.Post(Message(4), out _, out _));
    }

    [Fact]
    [Trait("Behaviour", "B-01")]
    public void Post_DropOldest_GivesBackTheOldest()
    {
        var mailbox = Mailbox(capacity: 2, OverflowPolicy.DropOldest);
        mailbox.Post(Message(1), out _, out _);
        mailbox.Post(Message(2), out _, out _);

        Assert.Equal(PostResult.Accepted, mailbox.Post(Message(3), out _, out var evicted));

        Assert.Equal(1, evicted.Message);
        Assert.Equal([2, 3], TakeUser(mailbox));
    }

    [Fact]
    [Trait("Behaviour", "B-02")]
    public void Take_ControlPostedLast_ComesFirst()
    {
        var mailbox = Mailbox(capacity: 2);
        mailbox.Post(Message(1), out _, out _);
        mailbox.Post(Message(2), out _, out _);
        Assert.Equal(PostResult.Accepted, mailbox.PostControl(new RemoteDelivery(Target, new Watch(Target)), out _));

        Assert.Equal(TakeState.Taken, Taker(mailbox).Take());

        Assert.IsType<Watch>(Assert.Single(Taker(mailbox).Control));
        Assert.Equal([1, 2], Taker(mailbox).User.Select(delivery => (int)delivery.Message));
    }

    [Fact]
    public void Take_EmptyLanes_FreesTheRoleForTheNextPost()
    {
        var mailbox = Mailbox(capacity: 2);
        Assert.Equal(PostResult.AcceptedTakeRole, mailbox.Post(Message(1), out _, out _));
        Taker(mailbox).Take();
        Assert.Equal(PostResult.Accepted, mailbox.Post(Message(2), out _, out _));
        Taker(mailbox).Take(settled: 1);

        Assert.Equal(TakeState.Empty, Taker(mailbox).Take(settled: 1));
        Assert.Equal(PostResult.AcceptedTakeRole, mailbox.Post(Message(3), out _, out _));
    }

    [Fact]
    public async Task Post_WhileSomebodyWaits_IsRefused()
    {
        var mailbox = Mailbox(capacity: 1);
        mailbox.Post(Message(1), out _, out _);
        Assert.Equal(PostResult.Full, mailbox.PostOrWait(Message(2), out _, out var first));
        Assert.Equal(PostResult.Full, mailbox.PostOrWait(Message(3), out _, out var second));

        Taker(mailbox).Take();
        Taker(mailbox).Take(settled: 1, most: 0);

        // The room went to the first waiter; a Send may not pass the second.
        await first!.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(second!.Task.IsCompleted);
        Assert.Equal(PostResult.Full, mailbox.Post(Message(4), out _, out _));
    }

    [Fact]
    public void Withdraw_WaiterGone_LeavesNothing()
    {
        var mailbox = Mailbox(capacity: 1);
        mailbox.Post(Message(1), out _, out _);
        mailbox.PostOrWait(Message(2), out _, out var waiter);

        Assert.True(mailbox.Withdraw(waiter!, null));
        Assert.False(mailbox.Withdraw(waiter!, null));
        Assert.Equal([1], TakeUser(mailbox));
        Assert.Empty(TakeUser(mailbox));
    }

    [Fact]
    [Trait("Behaviour", "B-06")]
    public void Withdraw_RefusedAfterItsTime_IsOffered_AndCancelledIsNot()
    {
        var mailbox = Mailbox(capacity: 1);
        mailbox.Post(Message(1), out _, out _);
        mailbox.PostOrWait(Message(2), out _, out var late);
        mailbox.PostOrWait(Message(3), out _, out var cancelled);

        Assert.True(mailbox.Withdraw(late!, DeadLetterReason.QueueFull));
        Assert.True(mailbox.Withdraw(cancelled!, null));

        var statistics = mailbox.Snapshot(EndpointState.Connected);
        Assert.Equal((2L, 1L, 1L, 0), (statistics.Offered, statistics.Accepted, statistics.Refused["QueueFull"], statistics.Waiters));
    }

    [Fact]
    public void PostOrWait_TooManyWaiters_GetsNoPlace()
    {
        var mailbox = Mailbox(capacity: 1, maxWaiters: 1);
        mailbox.Post(Message(1), out _, out _);
        mailbox.PostOrWait(Message(2), out _, out var first);
        mailbox.PostOrWait(Message(3), out _, out var second);

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Fact]
    public void Return_HeldMessages_ComeFirstAgain()
    {
        var mailbox = Mailbox(capacity: 10);
        _taker = new LaneTaker(mailbox, batchSize: 4);
        for (var i = 1; i <= 5; i++)
        {
            mailbox.Post(Message(i), out _, out _);
        }

        Assert.Equal([1], Taker(mailbox).TakeNumbers(most: 1));
        Assert.Equal(3, Taker(mailbox).Left);
        mailbox.Publish(null, new WriterOutcome { Written = 1 });
        mailbox.EndStream(byVerdict: false);

        Assert.Equal(4, mailbox.Snapshot(EndpointState.Connected).QueueLength);
        _taker = new LaneTaker(mailbox, batchSize: 1);
        Assert.Equal([2, 3, 4, 5], Enumerable.Range(0, 4).SelectMany(settled => Taker(mailbox).TakeNumbers(Math.Min(settled, 1))));
    }

    [Fact]
    public void BeginDetach_RoleTaken_PassesItAtTheNextTake()
    {
        var mailbox = Mailbox(capacity: 10);
        mailbox.Post(Message(1), out _, out _);
        Assert.False(mailbox.BeginDetach());

        Assert.Equal(TakeState.Detached, mailbox.Take());
        mailbox.EndStream(byVerdict: false);

        _taker = new LaneTaker(mailbox);
        Assert.Equal([1], TakeUser(mailbox));
    }

    [Fact]
    public void TryClaim_RoleTaken_LeavesItWithItsHolder()
    {
        var mailbox = Mailbox(capacity: 10);
        mailbox.Post(Message(1), out _, out _);

        Assert.False(mailbox.TryClaim());
        Assert.Equal(TakeState.Taken, Taker(mailbox).Take());
        Assert.Equal(TakeState.Empty, Taker(mailbox).Take(settled: 1));
        Assert.True(mailbox.TryClaim());
    }

    [Fact]
    public void PostControl_FullLane_SaysSo()
    {
        var mailbox = Mailbox(capacity: 1, controlCapacity: 2);
        mailbox.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);
        mailbox.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);

        Assert.Equal(PostResult.Full, mailbox.PostControl(new RemoteDelivery(Target, Stop.Instance), out _));
    }

    [Fact]
    public void Close_GivesBackEverythingOnce()
    {
        var mailbox = Mailbox(capacity: 2);
        mailbox.Post(Message(1), out _, out _);
        mailbox.Post(Message(2), out _, out _);
        mailbox.PostOrWait(Message(3), out _, out var waiter);
        mailbox.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);

        var first = mailbox.Close(DeadLetterReason.Shutdown, DeadLetterReason.Shutdown);
        var second = mailbox.Close(DeadLetterReason.Shutdown, DeadLetterReason.Shutdown);

        Assert.Equal([1, 2], first.User.Select(delivery => (int)delivery.Message));
        Assert.Single(first.Control);
        Assert.Same(waiter, Assert.Single(first.Waiters));
        Assert.Empty(second.User);
        Assert.Empty(second.Waiters);
        Assert.Equal(PostResult.Closed, mailbox.Post(Message(4), out _, out _));
    }

    [Fact]
    [Trait("Behaviour", "E-04")]
    public void MoveTo_KeepsOrderAndRedirectsLaterPosts()
    {
        var from = Mailbox(capacity: 10);
        var to = Mailbox(capacity: 1);
        from.Post(Message(1), out _, out _);
        from.Post(Message(2), out _, out _);

        Assert.True(from.MoveTo(to, out var late));
        Assert.Empty(late.User);

        Assert.Equal(PostResult.Moved, from.Post(Message(3), out _, out _));
        var (left, there) = (from.Snapshot(EndpointState.Closed), to.Snapshot(EndpointState.Connected));
        Assert.Equal((2L, 2L, 0), (left.Accepted, left.Moved, left.QueueLength));
        Assert.Equal((2L, 0L, 2), (there.Accepted, there.Moved, there.QueueLength));
        Assert.Equal([1, 2], TakeUser(to));
    }

    [Fact]
    [Trait("Behaviour", "E-04")]
    public void TryRetire_NothingThere_SendsWhateverComesLaterOn()
    {
        var mailbox = Mailbox(capacity: 10);
        var told = 0;

        Assert.True(mailbox.TryRetire(() => told++));

        Assert.Equal(PostResult.Moved, mailbox.Post(Message(1), out _, out _));
        Assert.Equal(PostResult.Moved, mailbox.PostControl(new RemoteDelivery(Target, new Watch(Target)), out _));
        Assert.False(mailbox.TryRetire(() => told++));
        Assert.Equal(1, told);
    }

    /// <summary>The next endpoint of the address is looked at from then on, and no counter may fall.</summary>
    [Fact]
    [Trait("Behaviour", "B-06")]
    public void TryRetire_WhatItHasCounted_CountsInTheNextOneAtOnce()
    {
        var record = new EndpointRecord("peer:1");
        var retired = MailboxKit.Mailbox(new EndpointOptions(), record: record);
        var next = MailboxKit.Mailbox(new EndpointOptions(), record: record);
        retired.Post(Message(1), out _, out _);
        Taker(retired).Take();
        Taker(retired).Take(settled: 1);

        Assert.True(retired.TryRetire(static () => { }));

        Assert.Equal((1L, 1L), Counted(next));
        Assert.Equal((1L, 1L), Counted(retired));
        retired.Close(DeadLetterReason.EndpointClosed, DeadLetterReason.EndpointClosed);
        Assert.Equal((1L, 1L), Counted(next));

        static (long Accepted, long Written) Counted(EndpointWriterMailbox mailbox)
        {
            var now = mailbox.Snapshot(EndpointState.Connected);
            return (now.Accepted, now.Written);
        }
    }

    /// <summary>Who writes the last message publishes it, and lets go without the lock: the drain that begins at the same moment has nobody to wait for.</summary>
    [Fact]
    public void BeginDrain_WhileTheWriterLetsGo_Completes()
    {
        const int Rounds = 5_000;
        EndpointWriterMailbox? current = null;
        var done = 0;
        var writer = new Thread(() =>
        {
            for (var round = 1; round <= Rounds; round++)
            {
                EndpointWriterMailbox? mailbox;
                while ((mailbox = Interlocked.Exchange(ref current, null)) is null)
                {
                    Thread.SpinWait(1);
                }

                // Each round a little later, so that some meet in the middle of the other's step.
                Thread.SpinWait(round % 8);
                mailbox.Publish(null, new WriterOutcome { Written = 1 });
                if (!mailbox.TryRelease())
                {
                    mailbox.Take();
                }

                Volatile.Write(ref done, round);
            }
        })
        { IsBackground = true };
        writer.Start();
        for (var round = 1; round <= Rounds; round++)
        {
            var mailbox = MailboxKit.Mailbox(new EndpointOptions());
            var taker = new LaneTaker(mailbox, batchSize: 1);
            mailbox.Post(Message(round), out _, out _);
            Assert.Equal(TakeState.Taken, taker.Take());
            Volatile.Write(ref current, mailbox);

            var drained = mailbox.BeginDrain(DeadLetterReason.Shutdown);

            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref done) == round, TestTime.Ceiling), "The writer lets go.");
            Assert.True(drained.IsCompletedSuccessfully, $"Nobody completes the drain of round {round}.");
        }
    }

    [Fact]
    public async Task BeginDrain_CompletesWhenTheWriterFoundNothingMore()
    {
        var mailbox = Mailbox(capacity: 10);
        mailbox.Post(Message(1), out _, out _);
        var drained = mailbox.BeginDrain(DeadLetterReason.Shutdown);
        Assert.False(drained.IsCompleted);
        Assert.Equal(PostResult.Closed, mailbox.Post(Message(2), out _, out _));

        Taker(mailbox).Take();
        Taker(mailbox).Take(settled: 1);

        await drained.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    [Trait("Behaviour", "E-04")]
    public void MoveTo_TheOtherWasClosedMeanwhile_GivesEverythingBack()
    {
        var from = Mailbox(capacity: 1);
        var to = Mailbox(capacity: 10);
        from.Post(Message(1), out _, out _);
        from.PostOrWait(Message(2), out _, out var waiter);
        from.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);
        to.Close(DeadLetterReason.Shutdown, DeadLetterReason.Shutdown);

        Assert.False(from.MoveTo(to, out var late));

        Assert.Equal([1], late.User.Select(delivery => (int)delivery.Message));
        Assert.Single(late.Control);
        Assert.Same(waiter, Assert.Single(late.Waiters));
        var statistics = from.Snapshot(EndpointState.Closed);
        Assert.Equal((2L, 1L, 1L, 1L, 0L), (statistics.Offered, statistics.Accepted, statistics.DeadLetters["EndpointClosed"], statistics.Refused["EndpointClosed"], statistics.Moved));
        Assert.Equal(0, to.Snapshot(EndpointState.Closed).QueueLength);
    }

    /// <summary>Nothing would ever leave a mailbox that has moved.</summary>
    [Fact]
    [Trait("Behaviour", "E-04")]
    public void MoveTo_TheOtherHasMovedItself_GivesEverythingBack()
    {
        var (first, second, third) = (Mailbox(capacity: 1), Mailbox(capacity: 10), Mailbox(capacity: 10));
        first.Post(Message(1), out _, out _);
        first.PostOrWait(Message(2), out _, out var waiter);
        first.PostControl(new RemoteDelivery(Target, Stop.Instance), out _);
        second.MoveTo(third, out _);

        Assert.False(first.MoveTo(second, out var late));

        Assert.Equal([1], late.User.Select(delivery => (int)delivery.Message));
        Assert.Single(late.Control);
        Assert.Same(waiter, Assert.Single(late.Waiters));
        var statistics = first.Snapshot(EndpointState.Closed);
        Assert.Equal((1L, 1L, 0L), (statistics.Accepted, statistics.DeadLetters["EndpointClosed"], statistics.Moved));
        Assert.Equal((0, 0), (second.Snapshot(EndpointState.Closed).QueueLength, third.Snapshot(EndpointState.Closed).QueueLength));
    }

    private static EndpointWriterMailbox Mailbox(
        int capacity, OverflowPolicy overflow = OverflowPolicy.DropNewest, int controlCapacity = 100, int maxWaiters = 100)
    {
        var options = new EndpointOptions { QueueCapacity = capacity, Overflow = overflow, MaxWaiters = maxWaiters };
        return MailboxKit.Mailbox(options, controlCapacity);
    }

    /// <summary>The stream that drains the lanes, from the first time that a test asks for it.</summary>
    private LaneTaker Taker(EndpointWriterMailbox mailbox) => _taker ??= new LaneTaker(mailbox);

    private static RemoteDelivery Message(int number) => new(Target, number);

    /// <summary>Takes what waits after everything taken earlier is settled.</summary>
    private int[] TakeUser(EndpointWriterMailbox mailbox) =>
        Taker(mailbox).TakeNumbers(mailbox.Snapshot(EndpointState.Connected).InFlight - Taker(mailbox).Left);
}
