using Proto;

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

    [Fact]
    public async Task MailboxOf_IsTheMailboxOfTheProps()
    {
        await using var system = new ActorSystem();
        var mailbox = new RemoteMailbox();
        var pid = system.Root.Spawn(Props.FromFunc(_ => Task.CompletedTask).WithMailbox(() => mailbox));

        Assert.Same(mailbox, ProtoActorInternals.MailboxOf(Assert.IsType<ActorProcess>(system.ProcessRegistry.Get(pid))));
    }
}
