namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-13")]
public sealed class SendAsyncTests
{
    [Fact]
    public async Task SendAsync_Unbounded_CompletesSynchronously()
    {
        await using var system = new TestSystem();
        var pid = system.Root.Spawn(Functions.Echo);

        Assert.True(system.Root.SendAsync(pid, Started.Instance).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task SendAsync_Room_CompletesSynchronously_NoRoom_Waits()
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(2));

        Assert.True(system.Root.SendAsync(busy.Pid, "1").IsCompletedSuccessfully);
        Assert.True(system.Root.SendAsync(busy.Pid, "2").IsCompletedSuccessfully);
        var waiting = system.Root.SendAsync(busy.Pid, "3").AsTask();
        Assert.False(waiting.IsCompleted);
        Assert.Equal(2, system.System.Processes.Diagnose(busy.Pid.Id)!.UserMessages);

        busy.Open();
        await waiting.Within("room in the mailbox");
        Assert.Equal(["1", "2", "3"], await busy.FinishAsync());
    }

    [Fact]
    public async Task SendAsync_Waiters_AreServedInOrder()
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(3));
        var count = TestScale.Count(1000);

        var sends = Enumerable.Range(0, count).Select(i => system.Root.SendAsync(busy.Pid, $"{i}").AsTask()).ToList();
        busy.Open();
        await Task.WhenAll(sends).Within("all to be taken");

        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), await busy.FinishAsync());
        Assert.Equal(0, system.System.DeadLetters.Count);
    }

    [Theory]
    [InlineData(MailboxOverflow.Reject)]
    [InlineData(MailboxOverflow.DropOldest)]
    [InlineData(MailboxOverflow.DropNewest)]
    public async Task Send_WhileSomebodyWaits_NeverPasses(MailboxOverflow overflow)
    {
        await using var system = new TestSystem();
        var mailbox = new LeakyMailbox(Mailboxes.Bounded(1, overflow));
        var busy = await BusyActor.SpawnAsync(system, mailbox);
        await system.Root.SendAsync(busy.Pid, "first");
        var waiting = system.Root.SendAsync(busy.Pid, "waiter").AsTask();

        // Even when a place has become free that the waiter has not been given yet.
        mailbox.Leak();
        system.Root.Send(busy.Pid, "pushy");

        Assert.Equal("pushy", (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Message);
        Assert.False(waiting.IsCompleted);
        var second = system.Root.SendAsync(busy.Pid, "second waiter").AsTask();
        await waiting.Within("the place to be given to the waiter");
        busy.Open();
        await second.Within("the second waiter's turn");
        Assert.Equal(["waiter", "second waiter"], await busy.FinishAsync());
    }

    [Theory]
    [InlineData(MailboxOverflow.DropOldest)]
    [InlineData(MailboxOverflow.DropNewest)]
    public async Task SendAsync_NeverDisplaces(MailboxOverflow overflow)
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(2, overflow));
        var sends = Enumerable.Range(0, 5).Select(i => system.Root.SendAsync(busy.Pid, $"{i}").AsTask()).ToList();

        busy.Open();
        await Task.WhenAll(sends).Within("all to be taken");

        Assert.Equal(["0", "1", "2", "3", "4"], await busy.FinishAsync());
        Assert.Equal(0, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task SendAsync_Cancelled_IsNotSent()
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1));
        await system.Root.SendAsync(busy.Pid, "1");
        using var cancellation = new CancellationTokenSource();
        var cancelled = system.Root.SendAsync(busy.Pid, "cancelled", cancellation.Token).AsTask();
        var next = system.Root.SendAsync(busy.Pid, "next").AsTask();

        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Within("the cancellation"));
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        busy.Open();
        await next.Within("the next waiter's turn");
        Assert.Equal(["1", "next"], await busy.FinishAsync());
        Assert.Equal(0, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task SendAsync_AlreadyCancelled_IsNotSent()
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1));
        var unbounded = system.Root.Spawn(Functions.Echo);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => system.Root.SendAsync(busy.Pid, "no", new CancellationToken(true)).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => system.Root.SendAsync(unbounded, "no", new CancellationToken(true)).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => system.Root.SendAsync(new PID("", "missing"), "no", new CancellationToken(true)).AsTask());

        Assert.Empty(await busy.FinishAsync());
        Assert.Equal(0, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task SendAsync_TargetEndsMeanwhile_IsAnExceptionAndOneDeadLetter()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1));
        await system.Root.SendAsync(busy.Pid, "queued");
        var envelope = new MessageEnvelope("waiting", origin: origin, size: 9);
        var waiting = system.System.Processes.Get(busy.Pid).SendUserMessageAsync(busy.Pid, envelope, CancellationToken.None).AsTask();
        var ended = system.Root.StopAsync(busy.Pid);

        busy.Open();
        await ended.Within("the actor's end");

        var refused = await Assert.ThrowsAsync<DeadLetterException>(() => waiting.Within("the refusal"));
        Assert.Equal((busy.Pid, DeadLetterReason.Stopped), (refused.Target, refused.Reason));
        Assert.Equal(["queued", "waiting"], (await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(2)).Select(letter => letter.Message));
        Assert.Equal((1, 9L), (origin.Messages, origin.Bytes));
    }

    [Fact]
    public async Task SendAsync_MissingActor_IsAnExceptionAndOneDeadLetter()
    {
        await using var system = new TestSystem();

        var refused = await Assert.ThrowsAsync<DeadLetterException>(() => system.Root.SendAsync(new PID("", "missing"), "text").AsTask());

        Assert.Equal(DeadLetterReason.NoSuchProcess, refused.Reason);
        Assert.Single(system.DeadLetters.Of<DeadLetterEvent>());
    }

    [Fact]
    public async Task SendAsync_LongerThanTheTimeout_IsRefused()
    {
        await using var system = new TestSystem(manualTime: true, configure: options => options.SendTimeout = TimeSpan.FromSeconds(30));
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1));
        await system.Root.SendAsync(busy.Pid, "1");
        var first = system.Root.SendAsync(busy.Pid, "first").AsTask();
        system.Clock.Advance(TimeSpan.FromSeconds(10));
        var second = system.Root.SendAsync(busy.Pid, "second").AsTask();

        system.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(DeadLetterReason.MailboxFull, (await Assert.ThrowsAsync<DeadLetterException>(() => first.Within("the timeout"))).Reason);
        system.Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.False(second.IsCompleted);
        system.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<DeadLetterException>(() => second.Within("the timeout"));

        Assert.Equal(["first", "second"], system.DeadLetters.Of<DeadLetterEvent>().Select(letter => letter.Message));
        Assert.Equal(["1"], await busy.FinishAsync());
    }

    [Fact]
    public async Task SendAsync_TooManyWaiters_OneMoreIsRefusedAtOnce()
    {
        await using var system = new TestSystem(configure: options => options.MaxSendWaiters = 2);
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1));
        await system.Root.SendAsync(busy.Pid, "1");
        var waiters = new[] { "2", "3" }.Select(text => system.Root.SendAsync(busy.Pid, text).AsTask()).ToList();

        var refused = await Assert.ThrowsAsync<DeadLetterException>(() => system.Root.SendAsync(busy.Pid, "4").AsTask().Within("the refusal"));

        Assert.Equal(DeadLetterReason.MailboxFull, refused.Reason);
        busy.Open();
        await Task.WhenAll(waiters).Within("the waiters' turn");
        Assert.Equal(["1", "2", "3"], await busy.FinishAsync());
    }

    [Fact]
    public async Task SendAsync_CallingActorIsStopped_WaitEnds()
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1));
        await system.Root.SendAsync(busy.Pid, "1");
        using var ownToken = new CancellationTokenSource();
        foreach (var token in new[] { CancellationToken.None, ownToken.Token })
        {
            var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var sender = system.Spawn(async context =>
            {
                if (context.Message is string text)
                {
                    var send = context.SendAsync(busy.Pid, text, token);
                    waits.TrySetResult();
                    await send;
                }
            });
            system.Root.Send(sender, "never sent");
            await waits.Task.Within("the sender to wait");

            await system.Root.StopAsync(sender).Within("the end of an actor that waits for room");
        }

        Assert.Equal(["1"], await busy.FinishAsync());
        Assert.Equal(0, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task SendAsync_TwoActorsInACycle_GetTheirTimeoutAndGoOn()
    {
        await using var system = new TestSystem(expectErrors: true, manualTime: true, configure: options => options.SendTimeout = TimeSpan.FromSeconds(30));
        var pids = new PID[2];
        var busy = Completions();
        var full = Completions();
        for (var i = 0; i < 2; i++)
        {
            var (self, other) = (i, 1 - i);
            pids[i] = system.Root.Spawn(Props.FromFunction(async context =>
            {
                if (context.Message is "flood")
                {
                    // An actor that is not busy yet would take what the other one sends, and neither would wait.
                    busy[self].SetResult();
                    await busy[other].Task;
                    await context.SendAsync(pids[other], "one");
                    var second = context.SendAsync(pids[other], "two");
                    full[self].TrySetResult();
                    await second;
                }
                else if (context.Message is "ask")
                {
                    context.Respond("alive");
                }
            }).WithMailbox(() => Mailboxes.Bounded(1)));
        }

        var floods = new[] { new MessageEnvelope("flood"), new MessageEnvelope("flood") };
        for (var i = 0; i < 2; i++)
        {
            system.Root.Send(pids[i], in floods[i]);
        }

        await Task.WhenAll(full[0].Task, full[1].Task).Within("both to wait for each other");
        system.Clock.Advance(TimeSpan.FromSeconds(31));

        var letters = await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(1);
        Assert.Equal(("two", DeadLetterReason.MailboxFull), (letters[0].Message, letters[0].Reason));

        static TaskCompletionSource[] Completions() =>
            [new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously)];
    }

    [Fact]
    public async Task SendAsync_ManyProducersAndASlowActor_LoseNothing()
    {
        await using var system = new TestSystem();
        var perProducer = TestScale.Count(20_000);
        var next = new int[4];
        var pid = system.Root.Spawn(Functions.Props(context =>
        {
            if (context.Message is (int producer, int number))
            {
                Assert.Equal(next[producer]++, number);
            }
        }).WithMailbox(() => Mailboxes.Bounded(8)));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(producer => Task.Run(async () =>
        {
            for (var i = 0; i < perProducer; i++)
            {
                await system.Root.SendAsync(pid, (producer, i));
            }
        }))).Within("the producers");
        await system.Root.PoisonAsync(pid).Within("the actor to have worked off its mailbox");

        Assert.All(next, count => Assert.Equal(perProducer, count));
        Assert.Equal(0, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task SendAsync_ActorsEndUnderFire_EverySendIsTakenOrRefused()
    {
        await using var system = new TestSystem();
        var rounds = TestScale.Count(300);
        for (var round = 0; round < rounds; round++)
        {
            var origin = new FakeOrigin();
            var pid = system.Root.Spawn(Functions.Echo.WithMailbox(() => Mailboxes.Bounded(2)));
            var sends = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    try
                    {
                        var envelope = new MessageEnvelope(i, origin: origin, size: 1);
                        await system.System.Processes.Get(pid).SendUserMessageAsync(pid, envelope, CancellationToken.None);
                    }
                    catch (DeadLetterException)
                    {
                        // The origin hears of it like of all the others.
                    }
                }
            })).ToList();
            await system.Root.StopAsync(pid).Within("the actor's end");
            await Task.WhenAll(sends).Within($"all sends of round {round} to end");

            await origin.WhenToldOf(60);
            Assert.Equal((60, 60L), (origin.Messages, origin.Bytes));
        }
    }

    /// <summary>A bounded mailbox in which a place can become free without a turn, as it does between two steps of one.</summary>
    private sealed class LeakyMailbox(IMailbox inner) : IMailbox
    {
        public int Count => inner.Count;

        public bool IsEmpty => inner.IsEmpty;

        public void Leak() => Assert.True(inner.TryTake(out _));

        public bool TryPost(in MessageEnvelope envelope) => inner.TryPost(in envelope);

        public bool TryDisplace(in MessageEnvelope arriving, out MessageEnvelope? displaced) => inner.TryDisplace(in arriving, out displaced);

        public bool TryTake(out MessageEnvelope envelope) => inner.TryTake(out envelope);
    }
}
