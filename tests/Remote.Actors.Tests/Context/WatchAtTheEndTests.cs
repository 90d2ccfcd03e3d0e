using Remote.Testing;

namespace Remote.Actors.Tests;

/// <summary>Watches and names at the very moment in which an actor ends. The hooks run in its last turn.</summary>
[Trait("Behaviour", "A-05")]
public sealed class WatchAtTheEndTests
{
    [Fact]
    public async Task Watch_ComesAgainWhileTheTargetEnds_DoesNotOvertakeWhatItsWatcherIsTold()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var processes = system.System.Processes;
        var target = new PID("", "target");
        processes.TryAdd("watcher", new SystemHook(probe.Record), out var watcher);

        // The last thing an actor does before it tells its watchers is to let go of what it watches itself.
        processes.TryAdd("watched", new SystemHook(message => WatchAgain(message is Unwatch)), out var watched);
        system.Root.SpawnNamed(Functions.Props(context => context.Watch(watched)), "target");
        processes.Get(target).SendSystemMessage(target, new Watch(watcher));

        await system.Root.StopAsync(target).Within("the target's end");

        Assert.Equal(TerminatedReason.Stopped, (await probe.NextAsync<Terminated>()).Why);

        void WatchAgain(bool isEnd)
        {
            if (isEnd)
            {
                processes.Get(target).SendSystemMessage(target, new Watch(watcher));
            }
        }
    }

    [Fact]
    public async Task Terminated_NameOfTheTarget_CanBeTakenAtOnce()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var processes = system.System.Processes;
        processes.TryAdd("watcher", new SystemHook(_ => TakeName()), out var watcher);
        var target = system.Root.SpawnNamed(Functions.Echo, "target");
        processes.Get(target).SendSystemMessage(target, new Watch(watcher));

        await system.Root.StopAsync(target).Within("the target's end");

        // The one that ended takes itself out, and not its successor.
        Assert.Equal("free", await probe.NextAsync<string>());
        Assert.Equal("hello", await system.Root.RequestAsync<string>(await probe.NextAsync<PID>(), "hello", TimeSpan.FromSeconds(30)));
        Assert.NotNull(processes.Find("target"));

        void TakeName()
        {
            probe.Record(processes.Find("target") is null ? "free" : "taken");
            probe.Record(system.Root.SpawnNamed(Functions.Echo, "target"));
        }
    }

    [Fact]
    public async Task StopAsync_Completed_TheNameIsGone()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var processes = system.System.Processes;
        processes.TryAdd("watcher", new SystemHook(probe.Record), out var watcher);
        var target = system.Root.SpawnNamed(Functions.Echo, "target");

        await system.Root.StopAsync(target).Within("the target's end");
        processes.Get(target).SendSystemMessage(target, new Watch(watcher));

        Assert.Equal(TerminatedReason.NotFound, (await probe.NextAsync<Terminated>()).Why);
    }

    /// <summary>A process that runs something for each system message, on the thread that sends it.</summary>
    private sealed class SystemHook(Action<SystemMessage> hook) : IProcess
    {
        public bool IsAlive => true;

        public bool AcceptsRemoteMessages => true;

        public void SendUserMessage(PID target, in MessageEnvelope envelope)
        {
        }

        public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void SendSystemMessage(PID target, SystemMessage message) => hook(message);
    }
}
