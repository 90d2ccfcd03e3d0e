using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-04")]
public sealed class LifecycleTests
{
    [Fact]
    public async Task StopAsync_ActorReceivesStartedStoppingStopped()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.SpawnRecorder(probe);

        system.Root.Send(pid, "work");
        await probe.NextAsync<string>();
        await system.Root.StopAsync(pid).Within("the actor's end");

        Assert.Equal([Started.Instance, "work", Stopping.Instance, Stopped.Instance], probe.Events);
    }

    [Fact]
    public async Task Stop_GoesBeforeWhatIsQueued_PoisonAfter()
    {
        await using var system = new TestSystem();

        var afterStop = await EndWithBacklogAsync(system, system.Root.StopAsync);
        var afterPoison = await EndWithBacklogAsync(system, system.Root.PoisonAsync);

        Assert.Empty(afterStop);
        Assert.Equal(["one", "two"], afterPoison);
        Assert.Equal(["one", "two", "three", "three"], system.DeadLetters.Of<DeadLetterEvent>().Select(letter => letter.Message));
        Assert.All(system.DeadLetters.Of<DeadLetterEvent>(), letter => Assert.Equal(DeadLetterReason.Stopped, letter.Reason));
    }

    [Fact]
    public async Task StopAsync_OfAnEndedOrMissingActor_Completes()
    {
        await using var system = new TestSystem();
        var pid = system.Root.Spawn(Functions.Echo);

        await system.Root.StopAsync(pid).Within("the actor's end");
        await system.Root.StopAsync(pid).Within("the end of an ended actor");
        await system.Root.PoisonAsync(pid).Within("the end of an ended actor");
        await system.Root.StopAsync(new PID("", "missing")).Within("the end of a missing actor");
        await system.Root.PoisonAsync(new PID("", "missing")).Within("the end of a missing actor");
    }

    [Fact]
    public async Task StopAsync_ManyCallersAtOnce_AllComplete()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.SpawnRecorder(probe);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => i % 2 == 0 ? system.Root.StopAsync(pid) : system.Root.PoisonAsync(pid))).Within("50 waiters");

        Assert.Single(probe.Of<Stopping>());
        Assert.Single(probe.Of<Stopped>());
    }

    [Fact]
    public async Task StopAsync_CalledWhileStopping_CompletesOnlyAtTheEnd()
    {
        await using var system = new TestSystem();
        var gate = new Gate();
        var pid = system.Spawn(context => context.Message is Stopping ? gate.PassAsync() : Task.CompletedTask);
        var first = system.Root.StopAsync(pid);
        await gate.Entered.Within("the actor to be stopping");

        var second = system.Root.StopAsync(pid);
        Assert.False(first.IsCompleted || second.IsCompleted);
        gate.Open();

        await first.Within("the actor's end, first");
        await second.Within("the actor's end, second");
        Assert.Null(system.System.Processes.Find(pid.Id));
    }

    [Fact]
    public async Task StopAsync_InsideAnActor_StopsAnother()
    {
        await using var system = new TestSystem();
        var other = system.Root.Spawn(Functions.Echo);
        var poisoned = system.Root.Spawn(Functions.Echo);
        var pid = system.Spawn(async context =>
        {
            if (context.Message is string)
            {
                await context.StopAsync(other);
                await context.PoisonAsync(poisoned);
                context.Respond("done");
            }
        });

        Assert.Equal("done", await system.Root.RequestAsync<string>(pid, "stop them").Within("the others' end"));
        Assert.Null(system.System.Processes.Find(other.Id));
        Assert.Null(system.System.Processes.Find(poisoned.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StopAsync_ChildrenStopBeforeTheirParent(bool poison)
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var top = system.Root.SpawnNamed(Family(probe, depth: 3), "a");
        await probe.WaitForCountAsync<string>(7);

        await (poison ? system.Root.PoisonAsync(top) : system.Root.StopAsync(top)).Within("the family's end");

        var events = probe.Of<string>();
        foreach (var child in new[] { "a/a", "a/b", "a/a/a", "a/a/b", "a/b/a", "a/b/b" })
        {
            var parent = child[..child.LastIndexOf('/')];
            Assert.True(IndexOf(events, $"{parent} Stopping") < IndexOf(events, $"{child} Stopping"), $"{parent} is told to stop before {child}.");
            Assert.True(IndexOf(events, $"{child} Stopped") < IndexOf(events, $"{parent} Stopped"), $"{child} has ended before {parent}.");
        }
    }

    [Fact]
    public async Task Restart_OldInstanceHearsRestarting_NewOneStarted_ChildrenStop()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var instances = 0;
        var pid = system.Root.Spawn(Props.FromProducer(() => new Fragile(probe, ++instances)));

        system.Root.Send(pid, "before");
        system.Root.Send(pid, new InvalidOperationException("fail"));
        system.Root.Send(pid, "after");
        await probe.NextAsync<string>(text => text == "2: after");

        Assert.Equal(
            ["1: Started", "1: before", "1: Restarting", "child: Stopping", "child: Stopped", "1: disposed", "2: Started", "2: after"],
            probe.Of<string>());
        Assert.Equal(1, system.System.Processes.Diagnose(pid.Id)?.Restarts);
    }

    [Fact]
    public async Task Stop_ActorIsDisposed()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var sync = system.Root.Spawn(Props.FromProducer(() => new Fragile(probe, 1)));
        var async = system.Root.Spawn(Props.FromProducer(() => new AsyncDisposed(probe)));

        await system.Root.StopAsync(sync).Within("the actor's end");
        await system.Root.StopAsync(async).Within("the actor's end");

        Assert.Equal("1: disposed", probe.Of<string>()[^2]);
        Assert.Equal("disposed asynchronously", probe.Of<string>()[^1]);
    }

    [Fact]
    public async Task Stop_ActorThatThrowsAtItsEnd_EndsNevertheless()
    {
        await using var system = new TestSystem(expectErrors: true);
        var pid = system.Root.Spawn(Props.FromProducer(() => new Stubborn()));

        await system.Root.StopAsync(pid).Within("the stubborn actor's end");

        Assert.Null(system.System.Processes.Find(pid.Id));
        Assert.Equal(["Stopping", "Stopped", "Dispose"], system.Log.Named("StopHandlerThrew").Select(entry => entry.Exception!.Message));
    }

    [Fact]
    public async Task Spawn_WhileStopping_IsRefused()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.Spawn(context =>
        {
            if (context.Message is Stopping)
            {
                probe.Record(Assert.Throws<ActorException>(() => context.Spawn(Functions.Echo)));
            }
        });

        await system.Root.StopAsync(pid).Within("the actor's end");

        Assert.Single(probe.Of<ActorException>());
    }

    private static async Task<List<string>> EndWithBacklogAsync(TestSystem system, Func<PID, Task> end)
    {
        var received = new List<string>();
        var gate = new Gate();
        var pid = system.Spawn(async context =>
        {
            if (context.Message is Gate closed)
            {
                await closed.PassAsync();
            }
            else if (context.Message is string text)
            {
                received.Add(text);
            }
        });
        system.Root.Send(pid, gate);
        await gate.Entered.Within("the actor to be busy");
        system.Root.Send(pid, "one");
        system.Root.Send(pid, "two");
        var ended = end(pid);
        system.Root.Send(pid, "three");
        gate.Open();
        await ended.Within("the actor's end");
        await system.DeadLetters.NextAsync<DeadLetterEvent>(letter => letter.Message is "three");
        return received;
    }

    private static int IndexOf(IReadOnlyList<string> events, string text)
    {
        var index = events.ToList().IndexOf(text);
        Assert.True(index >= 0, $"Missing: {text}");
        return index;
    }

    private static Props Family(EventProbe probe, int depth) => Functions.Props(context =>
    {
        probe.Record($"{context.Self.Id} {context.Message.GetType().Name}");
        if (context.Message is Started && depth > 1)
        {
            context.SpawnNamed(Family(probe, depth - 1), "a");
            context.SpawnNamed(Family(probe, depth - 1), "b");
        }
    });

    private sealed class Fragile(EventProbe probe, int instance) : IActor, IDisposable
    {
        public Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case Exception exception:
                    throw exception;
                case string text:
                    probe.Record($"{instance}: {text}");
                    break;
                default:
                    probe.Record($"{instance}: {context.Message.GetType().Name}");
                    break;
            }

            if (context.Message is "before")
            {
                context.Spawn(Functions.Props(child =>
                {
                    if (child.Message is Stopping or Stopped)
                    {
                        probe.Record($"child: {child.Message.GetType().Name}");
                    }
                }));
            }

            return Task.CompletedTask;
        }

        public void Dispose() => probe.Record($"{instance}: disposed");
    }

    private sealed class AsyncDisposed(EventProbe probe) : IActor, IAsyncDisposable
    {
        public Task ReceiveAsync(IContext context) => Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            probe.Record("disposed asynchronously");
        }
    }

    private sealed class Stubborn : IActor, IDisposable
    {
        public Task ReceiveAsync(IContext context) => context.Message is Stopping or Stopped
            ? throw new InvalidOperationException(context.Message.GetType().Name)
            : Task.CompletedTask;

        public void Dispose() => throw new InvalidOperationException("Dispose");
    }
}
