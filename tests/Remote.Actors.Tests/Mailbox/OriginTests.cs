namespace Remote.Actors.Tests;

/// <summary>Credit comes back exactly once per message, however it ends.</summary>
[Trait("Behaviour", "A-07")]
public sealed class OriginTests
{
    [Fact]
    public async Task Turn_TellsTheOriginOncePerTurn()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Unbounded());

        for (var i = 0; i < 650; i++)
        {
            system.Root.Send(busy.Pid, new MessageEnvelope("message", origin: origin, size: 3));
        }

        Assert.Equal(0, origin.Messages);
        await busy.FinishAsync();

        // An actor has ended before the turn in which it ends has: what it took in that turn is told after that.
        await origin.WhenToldOf(650);

        // 300 per turn: the first turn after the gate, two more, and nothing twice.
        Assert.Equal((650, 1950L, 3), (origin.Messages, origin.Bytes, origin.Calls));
    }

    [Fact]
    public async Task Turn_SeveralOrigins_EachIsToldItsOwn()
    {
        await using var system = new TestSystem();
        var origins = new[] { new FakeOrigin(), new FakeOrigin() };
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Unbounded());

        foreach (var origin in new[] { 0, 0, 1, 1, 1, 0 })
        {
            system.Root.Send(busy.Pid, new MessageEnvelope("message", origin: origins[origin], size: origin + 1));
        }

        system.Root.Send(busy.Pid, "local");
        await busy.FinishAsync();

        await origins[0].WhenToldOf(3);
        await origins[1].WhenToldOf(3);
        Assert.Equal((3, 3L, 2), (origins[0].Messages, origins[0].Bytes, origins[0].Calls));
        Assert.Equal((3, 6L, 1), (origins[1].Messages, origins[1].Bytes, origins[1].Calls));
    }

    [Fact]
    public async Task Await_TellsTheOriginBeforeItWaits()
    {
        await using var system = new TestSystem();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var origin = new FakeOrigin((_, _) => told.TrySetResult());
        var gate = new Gate();
        var pid = system.Spawn(context => context.Message is Gate closed ? closed.PassAsync() : Task.CompletedTask);

        system.Root.Send(pid, new MessageEnvelope(gate, origin: origin, size: 5));

        await told.Task.Within("the origin to be told while the actor waits");
        Assert.Equal((1, 5L), (origin.Messages, origin.Bytes));
        gate.Open();
        await system.Root.PoisonAsync(pid).Within("the actor's end");
        Assert.Equal(1, origin.Messages);
    }

    [Fact]
    public async Task DeadLetters_TellTheOriginAtOnce()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var stopped = system.Root.Spawn(Functions.Echo);
        await system.Root.StopAsync(stopped).Within("the actor's end");

        system.Root.Send(new PID("", "missing"), new MessageEnvelope("message", origin: origin, size: 1));
        system.Root.Send(stopped, new MessageEnvelope("message", origin: origin, size: 2));
        system.Root.Send(new PID("far:1", "missing"), new MessageEnvelope("message", origin: origin, size: 3));
        system.Root.Send(system.System.DeadLetters.Pid, new MessageEnvelope("message", origin: origin, size: 4));
        system.Root.Send(new PID("", "$eventstream"), new MessageEnvelope("message", origin: origin, size: 5));

        Assert.Equal((5, 15L, 5), (origin.Messages, origin.Bytes, origin.Calls));
    }

    [Fact]
    public async Task Stop_WithBacklog_TellsTheOriginOfAllOfIt()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Unbounded());
        for (var i = 0; i < 100; i++)
        {
            system.Root.Send(busy.Pid, new MessageEnvelope("message", origin: origin, size: 2));
        }

        var ended = system.Root.StopAsync(busy.Pid);
        busy.Open();
        await ended.Within("the actor's end");
        await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(100);

        await origin.WhenToldOf(100);
        Assert.Equal((100, 200L), (origin.Messages, origin.Bytes));
        Assert.Empty(busy.Received);
    }

    [Fact]
    public async Task Poison_WithOrigin_CountsAsTaken()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var pid = system.Root.Spawn(Functions.Echo);

        system.Root.Send(pid, new MessageEnvelope(PoisonPill.Instance, origin: origin, size: 2));
        await system.Root.StopAsync(pid).Within("the actor's end");

        await origin.WhenToldOf(1);
        Assert.Equal((1, 2L), (origin.Messages, origin.Bytes));
    }

    [Fact]
    public async Task StashedAndReentered_CountAsTaken_AndAreNotToldAgain()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var reenter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pid = system.Spawn(context =>
        {
            switch (context.Message)
            {
                case "stash":
                    context.Stash();
                    break;
                case "reenter":
                    context.ReenterAfter(reenter.Task, () => context.Respond("reentered"));
                    break;
                case "ask":
                    context.Respond("answer");
                    break;
            }
        });

        system.Root.Send(pid, new MessageEnvelope("stash", origin: origin, size: 1));
        system.Root.Send(pid, new MessageEnvelope("stash", origin: origin, size: 1));
        var request = new PendingRequest<string>();
        system.System.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);
        system.Root.Send(pid, new MessageEnvelope("reenter", request.Pid, origin: origin, size: 1));
        await system.Root.RequestAsync<string>(pid, "ask").Within("the actor to have taken them");
        await system.Root.RequestAsync<string>(pid, "ask").Within("the next turn");
        Assert.Equal(3, origin.Messages);
        reenter.SetResult();
        await request.Task.Within("the continuation");
        await system.Root.StopAsync(pid).Within("the actor's end");

        // The stash has become dead letters, whose credit is back already.
        await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(2);
        Assert.Equal((3, 3L), (origin.Messages, origin.Bytes));
    }

    [Fact]
    public async Task Failure_MessageCountsAsTakenOnce()
    {
        await using var system = new TestSystem(expectErrors: true);
        var origin = new FakeOrigin();
        var pid = system.Spawn(context =>
        {
            if (context.Message is Exception exception)
            {
                throw exception;
            }
        });

        for (var i = 0; i < 5; i++)
        {
            system.Root.Send(pid, new MessageEnvelope(new Boom(), origin: origin, size: 1));
        }

        await system.Root.PoisonAsync(pid).Within("the actor's end");
        await origin.WhenToldOf(5);
        Assert.Equal((5, 5L), (origin.Messages, origin.Bytes));
    }

    [Fact]
    public async Task Forward_LeavesTheOriginBehind()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var last = system.Root.Spawn(Functions.Echo);
        var first = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                context.Forward(last);
            }
        });

        system.Root.Send(first, new MessageEnvelope("message", last, origin: origin, size: 1));
        await system.Root.PoisonAsync(first).Within("the first actor's end");
        await system.Root.StopAsync(last).Within("the last actor's end");

        await origin.WhenToldOf(1);
        Assert.Equal(1, origin.Messages);
    }

    [Fact]
    public async Task EveryEnd_AtRandom_SumsUp()
    {
        // Actors of all mailboxes that fail, stash, stop and are poisoned under fire, by several threads.
        await using var system = new TestSystem(expectErrors: true);
        var origin = new FakeOrigin();
        var perThread = TestScale.Count(50_000);
        var sent = 0;
        var sentBytes = 0L;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < perThread; i++)
            {
                var pid = new PID("", $"victim{random.Next(8)}");
                if (random.Next(50) == 0)
                {
                    SpawnVictim(system, random, pid.Id);
                }

                object message = random.Next(100) switch { 0 => new Boom(), 1 => PoisonPill.Instance, 2 => "stash", _ => "message" };
                var size = random.Next(1000);
                Interlocked.Increment(ref sent);
                Interlocked.Add(ref sentBytes, size);
                system.Root.Send(pid, new MessageEnvelope(message, origin: origin, size: size));
                if (random.Next(200) == 0)
                {
                    system.Root.Stop(pid);
                }
            }
        }))).Within("the senders");
        await system.System.ShutdownAsync().Within("the shutdown");
        foreach (var name in Enumerable.Range(0, 8))
        {
            await system.Root.StopAsync(new PID("", $"victim{name}")).Within("the end of a victim");
        }

        // The last turns drain their mailboxes after the actor is gone; nothing tells of that but the origin.
        await origin.WhenToldOf(sent);
        Assert.Equal((sent, sentBytes), (origin.Messages, origin.Bytes));
    }

    private static void SpawnVictim(TestSystem system, Random random, string name)
    {
        Func<IMailbox> mailbox = random.Next(4) switch
        {
            0 => Mailboxes.Unbounded,
            1 => () => Mailboxes.Bounded(10, MailboxOverflow.Reject),
            2 => () => Mailboxes.Bounded(10, MailboxOverflow.DropOldest),
            _ => () => Mailboxes.Bounded(10, MailboxOverflow.DropNewest),
        };
        try
        {
            system.Root.SpawnNamed(Props.FromFunction(ReceiveAsync).WithMailbox(mailbox), name);
        }
        catch (ProcessNameExistException)
        {
            // It is still alive: just as well.
        }

        static async Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case Exception exception:
                    await Task.Yield();
                    throw exception;
                case "stash":
                    context.Stash();
                    break;
            }
        }
    }
}
