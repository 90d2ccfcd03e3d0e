using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-12")]
public sealed class AsyncActorTests
{
    [Fact]
    public async Task Receive_Async_NextMessageWaits()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var gate = new Gate();
        var pid = system.Spawn(async context =>
        {
            if (context.Message is Gate closed)
            {
                probe.Record("enter");
                await closed.PassAsync();
                probe.Record("leave");
            }
            else if (context.Message is string text)
            {
                probe.Record(text);
            }
        });

        system.Root.Send(pid, gate);
        system.Root.Send(pid, "next");
        await gate.Entered.Within("the actor to be busy");
        Assert.Equal(["enter"], probe.Of<string>());
        gate.Open();

        Assert.Equal(["enter", "leave", "next"], await probe.WaitForCountAsync<string>(3));
    }

    [Fact]
    public async Task Receive_AfterAwait_ContextIsStillThatOfTheMessage()
    {
        await using var system = new TestSystem();
        var pid = system.Spawn(async context =>
        {
            if (context.Message is int number)
            {
                await Task.Yield();
                await Task.Run(() => { });
                context.Respond((int)context.Message - number + number);
            }
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => system.Root.RequestAsync<int>(pid, i))).Within("the answers");

        Assert.Equal(Enumerable.Range(0, 500), answers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Receive_TwoMessagesOfOneActor_NeverRunAtTheSameTime(bool async)
    {
        await using var system = new TestSystem();
        var perSender = TestScale.Count(100_000);
        var inside = 0;
        var overlaps = 0;

        // Not atomic on purpose: what one message writes, the next must see, on whatever thread.
        var counter = 0;
        var pid = system.Spawn(async context =>
        {
            if (context.Message is not int number)
            {
                return;
            }

            overlaps += Interlocked.Exchange(ref inside, 1);
            if (async && number % 50 == 0)
            {
                await Task.Yield();
            }

            counter++;
            Volatile.Write(ref inside, 0);
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < perSender; i++)
            {
                system.Root.Send(pid, i);
                if (i % 100 == 0)
                {
                    system.System.SendSystem(pid, new Unwatch(pid));
                }
            }
        }))).Within("the senders");
        await system.Root.PoisonAsync(pid).Within("the actor to have worked off its mailbox");

        Assert.Equal((0, 4 * perSender), (overlaps, counter));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failure_ShowsActorMessageTypeAndOriginalStack(bool async)
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var strategy = new OneForOneStrategy(
            (_, reason) =>
            {
                probe.Record(reason);
                return SupervisorDirective.Stop;
            },
            0,
            null);
        var pid = system.Root.SpawnNamed(Props.FromProducer(() => new Thrower(async)).WithGuardianSupervisorStrategy(strategy), "thrower");

        system.Root.Send(pid, 42);

        var reason = await probe.NextAsync<InvalidOperationException>();
        var logged = Assert.Single(system.Log.Named("ActorFailed"));
        Assert.Same(reason, logged.Exception);
        Assert.Contains("thrower", logged.Text, StringComparison.Ordinal);
        Assert.Contains("System.Int32", logged.Text, StringComparison.Ordinal);
        Assert.Contains(nameof(Thrower), logged.Text, StringComparison.Ordinal);
        Assert.Contains("DeepInside", logged.Exception!.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receive_ThatReturnsNull_IsAFailure()
    {
        await using var system = new TestSystem(expectErrors: true);
        var instances = 0;
        var pid = system.Root.Spawn(Props.FromProducer(() =>
        {
            var instance = ++instances;
            return new NullActor(instance);
        }));

        system.Root.Send(pid, "null");

        Assert.Equal(2, await system.Root.RequestAsync<int>(pid, "instance?").Within("the new instance's answer"));
    }

    [Fact]
    public async Task CancellationToken_IsCancelledByStop_WhileTheActorWaits()
    {
        await using var system = new TestSystem();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pid = system.Spawn(async context =>
        {
            if (context.Message is string)
            {
                var forever = new TaskCompletionSource().Task.WaitAsync(context.CancellationToken);
                waiting.SetResult();
                await forever;
            }
        });
        system.Root.Send(pid, "wait");
        await waiting.Task.Within("the actor to wait");

        // The cancelled wait throws, which is no failure: it was told to stop.
        await system.Root.StopAsync(pid).Within("the end of an actor that waits for ever");

        Assert.Empty(system.Log.Named("ActorFailed"));
    }

    [Fact]
    public async Task CancellationToken_IsRenewedByRestart()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var pid = system.Spawn(context =>
        {
            switch (context.Message)
            {
                case "token":
                    probe.Record(context.CancellationToken);
                    break;
                case Boom boom:
                    throw boom;
            }
        });
        system.Root.Send(pid, "token");
        system.Root.Send(pid, new Boom());
        system.Root.Send(pid, "token");

        var tokens = await probe.WaitForCountAsync<CancellationToken>(2);

        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = tokens[0].Register(cancelled.SetResult);
        await cancelled.Task.Within("the first life's token to be cancelled");
        Assert.False(tokens[1].IsCancellationRequested);
        await system.Root.StopAsync(pid).Within("the actor's end");
        Assert.True(tokens[1].IsCancellationRequested);
    }

    private sealed class NullActor(int instance) : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            if (context.Message is "null")
            {
                return null!;
            }

            if (context.Sender is not null)
            {
                context.Respond(instance);
            }

            return Task.CompletedTask;
        }
    }

    private sealed class Thrower(bool async) : IActor
    {
        public async Task ReceiveAsync(IContext context)
        {
            if (async)
            {
                await Task.Yield();
            }

            if (context.Message is int)
            {
                DeepInside();
            }
        }

        private static void DeepInside() => throw new InvalidOperationException("deep inside");
    }
}
