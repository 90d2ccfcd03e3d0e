using Microsoft.Extensions.Logging;
using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-11")]
public sealed class ActorSystemTests
{
    [Fact]
    public async Task ShutdownAsync_StopsEverything_ChildrenFirst()
    {
        var system = new TestSystem();
        using var probe = new EventProbe();
        var count = 0;
        for (var i = 0; i < 100; i++)
        {
            system.Spawn(context =>
            {
                if (context.Message is Started)
                {
                    context.Spawn(Functions.Props(child => Count(child.Message)));
                }

                Count(context.Message);
            });
        }

        await system.DisposeAsync();

        Assert.Equal(200, count);
        Assert.DoesNotContain(system.System.Processes.LocalProcesses, entry => entry.Value is ActorProcess);

        void Count(object message)
        {
            if (message is Stopped)
            {
                Interlocked.Increment(ref count);
            }
        }
    }

    [Fact]
    public async Task ShutdownAsync_ManyCalls_AreOne()
    {
        await using var system = new TestSystem();
        system.Root.Spawn(Functions.Echo);

        var calls = Enumerable.Range(0, 20).Select(_ => system.System.ShutdownAsync()).ToList();

        await Task.WhenAll(calls).Within("the shutdown");
        Assert.All(calls, call => Assert.Same(calls[0], call));
        await system.System.DisposeAsync();
        Assert.True(system.System.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task ShutdownAsync_Afterwards_MessagesAreDeadLetters_SpawnsFail()
    {
        await using var system = new TestSystem();
        var pid = system.Root.Spawn(Functions.Echo);
        await system.System.ShutdownAsync().Within("the shutdown");

        system.Root.Send(pid, "late");

        Assert.Equal(DeadLetterReason.Shutdown, (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Reason);
        Assert.Throws<ActorException>(() => system.Root.Spawn(Functions.Echo));
        await Assert.ThrowsAsync<DeadLetterException>(() => system.Root.RequestAsync<string>(pid, "late").Within("the refusal"));
    }

    [Fact]
    public async Task ShutdownAsync_ActorThatDoesNotStop_IsLeftBehindAfterTheTimeout()
    {
        await using var system = new TestSystem(expectErrors: true, manualTime: true, configure: options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
        var stuck = new Gate();
        system.Spawn(context => context.Message is Stopping ? stuck.PassAsync() : Task.CompletedTask);
        var shutdown = system.System.ShutdownAsync();
        await system.Clock.WaitForTimerAsync(TimeSpan.FromSeconds(10));

        system.Clock.Advance(TimeSpan.FromSeconds(10));

        await shutdown.Within("the shutdown without the stuck actor");
        Assert.Equal(LogLevel.Warning, Assert.Single(system.Log.Named("ShutdownIncomplete")).Level);
        stuck.Open();
    }

    [Fact]
    public async Task ShutdownAsync_WhileActorsAreSpawned_LeavesNone()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            var system = new TestSystem();
            var spawning = Task.Run(() =>
            {
                try
                {
                    while (true)
                    {
                        system.Root.Spawn(Functions.Echo);
                    }
                }
                catch (ActorException)
                {
                    return;
                }
            });

            // Wait for a first actor, so that shutdown meets spawns under way.
            var first = system.Root.Spawn(Functions.Echo);
            await system.Root.RequestAsync<string>(first, "there?").Within("a first actor");
            await system.DisposeAsync();
            await spawning.Within("the spawner to be refused");

            // One that was spawned in the last moment stops by itself.
            await system.System.Guardian(SupervisorStrategy.Default).WaitUntilEmptyAsync().Within("the last actors to end");
            Assert.DoesNotContain(system.System.Processes.LocalProcesses, entry => entry.Value is ActorProcess);
        }
    }

    [Fact]
    public async Task Constructor_TwoSystems_HaveDifferentIds()
    {
        await using var one = new ActorSystem();
        await using var two = new ActorSystem(new ActorSystemOptions());

        Assert.NotEqual(one.Id, two.Id);
        Assert.Equal("", one.Address);
    }

    [Fact]
    public void Constructor_BadOptions_SaysAllFaultsAtOnce()
    {
        var options = new ActorSystemOptions
        {
            ShutdownTimeout = TimeSpan.Zero,
            SendTimeout = TimeSpan.FromSeconds(-3),
            MaxSendWaiters = -1,
            TimeProvider = null!,
            LoggerFactory = null!,
            RandomFactory = null!,
        };

        var exception = Assert.Throws<ArgumentException>(() => new ActorSystem(options));

        Assert.All(
            new[] { "ShutdownTimeout", "SendTimeout", "MaxSendWaiters", "TimeProvider", "LoggerFactory", "RandomFactory" },
            name => Assert.Contains(name, exception.Message, StringComparison.Ordinal));
    }
}
