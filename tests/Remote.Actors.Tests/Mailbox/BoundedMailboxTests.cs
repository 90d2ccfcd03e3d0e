namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-07")]
public sealed class BoundedMailboxTests
{
    [Theory]
    [InlineData(MailboxOverflow.Reject, "1,2,3", "4,5")]
    [InlineData(MailboxOverflow.DropOldest, "3,4,5", "1,2")]
    [InlineData(MailboxOverflow.DropNewest, "1,2,5", "3,4")]
    public async Task Send_FullMailbox_OneMessageGoesByPolicy(MailboxOverflow overflow, string kept, string dropped)
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(3, overflow));

        for (var i = 1; i <= 5; i++)
        {
            system.Root.Send(busy.Pid, $"{i}");
        }

        Assert.Equal(3, system.System.Processes.Diagnose(busy.Pid.Id)!.UserMessages);
        Assert.Equal(dropped, string.Join(',', system.DeadLetters.Of<DeadLetterEvent>().Select(letter => letter.Message)));
        Assert.All(system.DeadLetters.Of<DeadLetterEvent>(), letter => Assert.Equal((busy.Pid, DeadLetterReason.MailboxFull), (letter.Target, letter.Reason)));
        Assert.Equal(kept, string.Join(',', await busy.FinishAsync()));
    }

    [Theory]
    [InlineData(MailboxOverflow.Reject, 1)]
    [InlineData(MailboxOverflow.DropOldest, 0)]
    [InlineData(MailboxOverflow.DropNewest, 0)]
    public async Task Request_RefusedOrDisplaced_FailsAtOnce(MailboxOverflow overflow, int victim)
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1, overflow));

        var requests = new[] { system.Root.RequestAsync<string>(busy.Pid, "first"), system.Root.RequestAsync<string>(busy.Pid, "second") };

        var refused = await Assert.ThrowsAsync<DeadLetterException>(() => requests[victim].Within("the refusal"));
        Assert.Equal(DeadLetterReason.MailboxFull, refused.Reason);
        Assert.False(requests[1 - victim].IsCompleted);
        await busy.FinishAsync();
    }

    [Theory]
    [InlineData(MailboxOverflow.Reject)]
    [InlineData(MailboxOverflow.DropOldest)]
    [InlineData(MailboxOverflow.DropNewest)]
    public async Task PoisonAsync_FullMailbox_IsTakenInAndNeverDropped(MailboxOverflow overflow)
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(2, overflow));
        system.Root.Send(busy.Pid, "1");
        system.Root.Send(busy.Pid, "2");

        var ended = system.Root.PoisonAsync(busy.Pid);
        system.Root.Send(busy.Pid, "3");
        system.Root.Poison(busy.Pid);
        busy.Open();

        await ended.Within("the end of a full actor");
        Assert.Equal(overflow == MailboxOverflow.DropOldest ? ["2"] : ["1", "2"], busy.Received);
    }

    [Fact]
    public async Task Send_FullMailboxWithOrigin_CreditComesBackOncePerMessage()
    {
        foreach (var overflow in Enum.GetValues<MailboxOverflow>())
        {
            await using var system = new TestSystem();
            var origin = new FakeOrigin();
            var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(3, overflow));

            for (var i = 0; i < 10; i++)
            {
                system.Root.Send(busy.Pid, new MessageEnvelope("message", origin: origin, size: 7));
            }

            Assert.Equal((7, 49), (origin.Messages, origin.Bytes));
            await busy.FinishAsync();
            await system.Root.PoisonAsync(busy.Pid).Within("the actor's end");
            Assert.Equal((10, 70), (origin.Messages, origin.Bytes));
        }
    }

    [Fact]
    public async Task Send_FromManyThreads_CountIsExact()
    {
        await using var system = new TestSystem();
        var capacity = 1000;
        var offered = TestScale.Count(40_000);
        foreach (var overflow in Enum.GetValues<MailboxOverflow>())
        {
            var before = system.System.DeadLetters.Count;
            var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(capacity, overflow));

            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < offered; i++)
                {
                    system.Root.Send(busy.Pid, "message");
                }
            }))).Within("the senders");

            Assert.Equal(capacity, system.System.Processes.Diagnose(busy.Pid.Id)!.UserMessages);
            Assert.Equal((4 * offered) - capacity, system.System.DeadLetters.Count - before);
            Assert.Equal(capacity, (await busy.FinishAsync()).Count);
        }
    }

    [Fact]
    public async Task Send_WhileTheActorWorks_EveryMessageIsHandledOrADeadLetter()
    {
        await using var system = new TestSystem();
        var offered = TestScale.Count(200_000);
        var handled = 0;
        var pid = system.Root.Spawn(Functions.Props(context =>
        {
            if (context.Message is string)
            {
                handled++;
            }
        }).WithMailbox(() => Mailboxes.Bounded(64, MailboxOverflow.DropOldest)));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < offered; i++)
            {
                system.Root.Send(pid, "message");
            }
        }))).Within("the senders");
        await system.Root.PoisonAsync(pid).Within("the actor to have worked off its mailbox");

        Assert.Equal(4 * offered, handled + system.System.DeadLetters.Count);
    }

    [Fact]
    public void Bounded_BadArguments_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Mailboxes.Bounded(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mailboxes.Bounded(int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mailboxes.Bounded(1, (MailboxOverflow)9));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(100)]
    public void TryPost_UpToTheCapacity_KeepsTheOrder(int capacity)
    {
        var mailbox = Mailboxes.Bounded(capacity);
        for (var round = 0; round < 50; round++)
        {
            for (var i = 0; i < capacity; i++)
            {
                Assert.True(mailbox.TryPost(new MessageEnvelope(i)));
            }

            Assert.False(mailbox.TryPost(new MessageEnvelope(-1)));
            Assert.Equal(capacity, mailbox.Count);
            for (var i = 0; i < capacity; i++)
            {
                Assert.True(mailbox.TryTake(out var envelope));
                Assert.Equal(i, envelope.Message);
            }

            Assert.False(mailbox.TryTake(out _));
            Assert.True(mailbox.IsEmpty);
        }
    }
}
