using Proto;
using Proto.Mailbox;

namespace Remote.Tests;

public sealed class ProtoActorInternalsTests
{
    [Fact]
    public async Task Verify_FindsEveryMember()
    {
        await using var system = new ActorSystem();

        ProtoActorInternals.Verify(system);
    }

    [Fact]
    public async Task SendSystemMessage_ReachesTheActor()
    {
        await using var system = new ActorSystem();
        var watcher = new TaskCompletionSource<Terminated>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watched = system.Root.Spawn(Props.FromFunc(_ => Task.CompletedTask));
        var pid = system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is Terminated terminated)
            {
                watcher.SetResult(terminated);
            }

            return Task.CompletedTask;
        }));

        ProtoActorInternals.SendSystemMessage(system.ProcessRegistry.Get(watched), watched, new Watch(pid));
        await system.Root.StopAsync(watched).Within("the watched actor's end");

        Assert.Equal(watched.Id, (await watcher.Task.Within("Terminated")).Who.Id);
    }

    [Fact]
    public async Task SendUserMessage_ReachesTheActor()
    {
        await using var system = new ActorSystem();
        var taken = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var pid = system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is string text)
            {
                taken.SetResult(text);
            }

            return Task.CompletedTask;
        }));

        ProtoActorInternals.SendUserMessage(system.ProcessRegistry.Get(pid), pid, "message");

        Assert.Equal("message", await taken.Task.Within("the message"));
    }

    /// <summary>The others go on: they share one process by default.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fail_EndsOneRequestWithTheException(bool shared)
    {
        await using var system = new ActorSystem(ActorSystemConfig.Setup() with { SharedFutures = shared });
        var stubborn = new StubbornProcess(system);
        var pid = system.ProcessRegistry.TryAdd("stubborn", stubborn).Item1;
        var (first, second) = (system.Root.StopAsync(pid), system.Root.StopAsync(pid));
        var (one, other) = (stubborn.Watchers[0], stubborn.Watchers[1]);

        ProtoActorInternals.Fail(system.ProcessRegistry.Get(one), one, new RemoteException(RemoteError.Forbidden, "not allowed"));

        Assert.Equal("not allowed", (await Assert.ThrowsAsync<RemoteException>(() => first.Within("the end of the first"))).Message);
        Assert.False(second.IsCompleted);
        ProtoActorInternals.SendSystemMessage(system.ProcessRegistry.Get(other), other, Terminated.From(pid, TerminatedReason.Stopped));
        await second.Within("the end of the second");
    }

    [Fact]
    public async Task MailboxOf_IsTheMailboxOfTheProps()
    {
        await using var system = new ActorSystem();
        var mailbox = new RemoteMailbox();
        var pid = system.Root.Spawn(Props.FromFunc(_ => Task.CompletedTask).WithMailbox(() => mailbox));

        Assert.Same(mailbox, ProtoActorInternals.MailboxOf(Assert.IsType<ActorProcess>(system.ProcessRegistry.Get(pid))));
    }

    /// <summary>Neither stops nor says anything to those who watch it.</summary>
    private sealed class StubbornProcess(ActorSystem system) : Process(system)
    {
        public List<PID> Watchers { get; } = [];

        protected override void SendUserMessage(PID pid, object message) => throw new NotSupportedException();

        protected override void SendSystemMessage(PID pid, SystemMessage message)
        {
            if (message is Watch watch)
            {
                Watchers.Add(watch.Watcher);
            }
        }
    }
}
