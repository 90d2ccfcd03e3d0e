using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-05")]
public sealed class WatchTests
{
    [Fact]
    public async Task Watch_TargetStops_GivesOneTerminated()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var target = system.Root.Spawn(Functions.Echo);
        var watcher = SpawnWatcher(system, probe);
        await AskAsync(system, watcher, new DoWatch(target));
        await AskAsync(system, watcher, new DoWatch(target));

        await system.Root.StopAsync(target).Within("the target's end");

        var terminated = await probe.NextAsync<Terminated>();
        Assert.Equal((target, TerminatedReason.Stopped), (terminated.Who, terminated.Why));
        await AskAsync(system, watcher, "settle");
        Assert.Single(probe.Of<Terminated>());
    }

    [Fact]
    public async Task Watch_MissingActor_IsAnsweredAtOnceNotFound()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var missing = new PID("", "missing");
        var watcher = SpawnWatcher(system, probe);

        await AskAsync(system, watcher, new DoWatch(missing));

        var terminated = await probe.NextAsync<Terminated>();
        Assert.Equal((missing, TerminatedReason.NotFound), (terminated.Who, terminated.Why));
    }

    [Fact]
    public async Task Watch_StoppingActor_IsAnsweredAtOnce()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var gate = new Gate();

        // It stays in stopping until its child has ended, and the child is held up.
        var parent = system.Spawn(context =>
        {
            if (context.Message is Started)
            {
                context.Spawn(Props.FromFunction(child => child.Message is Stopping ? gate.PassAsync() : Task.CompletedTask));
            }
        });
        system.Root.Stop(parent);
        await gate.Entered.Within("the child to be stopping");
        var watcher = SpawnWatcher(system, probe);

        await AskAsync(system, watcher, new DoWatch(parent));
        Assert.Equal(TerminatedReason.Stopped, (await probe.NextAsync<Terminated>()).Why);
        Assert.NotNull(system.System.Processes.Find(parent.Id));

        gate.Open();
        await system.Root.StopAsync(parent).Within("the parent's end");
        await AskAsync(system, watcher, "settle");
        Assert.Single(probe.Of<Terminated>());
    }

    [Fact]
    public async Task Watch_ByTheSystemsOwnAddress_IsTheLocalActor()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        system.System.SetAddress("here:1");
        var target = system.Root.SpawnNamed(Functions.Echo, "target");
        var watcher = SpawnWatcher(system, probe);
        await AskAsync(system, watcher, new DoWatch(new PID("here:1", "target")));
        await AskAsync(system, watcher, new DoWatch(target));

        await system.Root.StopAsync(target).Within("the target's end");

        Assert.Equal(target, (await probe.NextAsync<Terminated>()).Who);
        await AskAsync(system, watcher, new DoWatch(new PID("here:1", "missing")));
        Assert.Equal(TerminatedReason.NotFound, (await probe.NextAsync<Terminated>()).Why);
        Assert.Equal(2, probe.Of<Terminated>().Count);
    }

    [Fact]
    public async Task Unwatch_NoTerminated()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var target = system.Root.Spawn(Functions.Echo);
        var watcher = SpawnWatcher(system, probe);
        await AskAsync(system, watcher, new DoWatch(target));
        await AskAsync(system, watcher, new DoUnwatch(target));

        await system.Root.StopAsync(target).Within("the target's end");

        await AskAsync(system, watcher, "settle");
        Assert.Empty(probe.Of<Terminated>());
    }

    [Fact]
    public async Task Unwatch_TerminatedUnderWay_IsNotDelivered()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var target = system.Root.Spawn(Functions.Echo);
        var gate = new Gate();
        var watcher = system.Spawn(async context =>
        {
            probe.Record(context.Message);
            if (context.Message is Gate closed)
            {
                context.Watch(target);
                await closed.PassAsync();
                context.Unwatch(target);
            }
            else if (context.Message is string text)
            {
                context.Respond(text);
            }
        });
        system.Root.Send(watcher, gate);
        await gate.Entered.Within("the watcher to be busy");
        await system.Root.StopAsync(target).Within("the target's end: its Terminated waits in the watcher's mailbox");

        gate.Open();

        await AskAsync(system, watcher, "settle");
        Assert.Empty(probe.Of<Terminated>());
    }

    [Fact]
    public async Task Terminated_ThatNobodyAskedForOrTwice_IsNotDelivered()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var target = system.Root.Spawn(Functions.Echo);
        var watcher = SpawnWatcher(system, probe);
        await AskAsync(system, watcher, new DoWatch(target));

        system.System.SendSystem(watcher, new Terminated(new PID("far:1", "stranger"), TerminatedReason.AddressTerminated));
        system.System.SendSystem(watcher, new Terminated(target, TerminatedReason.AddressTerminated));
        system.System.SendSystem(watcher, new Terminated(target, TerminatedReason.Stopped));

        await AskAsync(system, watcher, "settle");
        Assert.Equal(TerminatedReason.AddressTerminated, Assert.Single(probe.Of<Terminated>()).Why);
    }

    [Fact]
    public async Task Watch_AgainAfterTerminated_GivesAnotherTerminated()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var watcher = SpawnWatcher(system, probe);
        for (var round = 1; round <= 20; round++)
        {
            var target = system.Root.SpawnNamed(Functions.Echo, "phoenix");
            await AskAsync(system, watcher, new DoWatch(target));
            await system.Root.StopAsync(target).Within("the target's end");
            await probe.WaitForCountAsync<Terminated>(round);
        }

        await AskAsync(system, watcher, "settle");
        Assert.Equal(20, probe.Of<Terminated>().Count);
    }

    [Fact]
    public async Task Watch_ByManyOfMany_EachWatcherHearsOfEachTargetOnce()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var count = TestScale.Count(300);
        var targets = Enumerable.Range(0, count).Select(_ => system.Root.Spawn(Functions.Echo)).ToList();
        var watchers = Enumerable.Range(0, 10).Select(number => system.Spawn(context =>
        {
            if (context.Message is Started)
            {
                targets.ForEach(context.Watch);
            }
            else if (context.Message is Terminated terminated)
            {
                probe.Record((number, terminated.Who.Id));
            }
            else if (context.Message is string text)
            {
                context.Respond(text);
            }
        })).ToList();

        // Stopped while some are still being watched: each way must end in one Terminated.
        await Task.WhenAll(targets.Select(system.Root.StopAsync)).Within("the targets' end");
        await probe.WaitForCountAsync<(int, string)>(10 * count);
        foreach (var watcher in watchers)
        {
            await AskAsync(system, watcher, "settle");
        }

        var heard = probe.Of<(int, string)>();
        Assert.Equal(10 * count, heard.Count);
        Assert.Equal(10 * count, heard.Distinct().Count());
    }

    [Fact]
    public async Task Watch_ParentOfItsChild_GivesOneTerminated_WithoutWatchNone()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        PID? watched = null, unwatched = null;
        var parent = system.Spawn(context =>
        {
            probe.Record(context.Message);
            if (context.Message is Started)
            {
                watched = context.Spawn(Functions.Echo);
                unwatched = context.Spawn(Functions.Echo);
                context.Watch(watched);
            }
            else if (context.Message is string)
            {
                context.Respond(context.Children.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
        });
        await AskAsync(system, parent, "settle");

        await system.Root.StopAsync(watched!).Within("the watched child's end");
        await system.Root.StopAsync(unwatched!).Within("the other child's end");

        await probe.NextAsync<Terminated>();
        Assert.Equal("0", await system.Root.RequestAsync<string>(parent, "children?").Within("the parent's answer"));
        Assert.Equal(watched, Assert.Single(probe.Of<Terminated>()).Who);
    }

    [Fact]
    public async Task Watch_WatcherEnds_TargetForgetsIt()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var target = system.Root.Spawn(Functions.Echo);
        var watcher = SpawnWatcher(system, probe);
        await AskAsync(system, watcher, new DoWatch(target));
        await system.Root.RequestAsync<string>(target, "settle").Within("the target's answer");
        Assert.Equal([watcher], system.System.Processes.Diagnose(target.Id)!.Watchers);

        await system.Root.StopAsync(watcher).Within("the watcher's end");

        await system.Root.RequestAsync<string>(target, "settle").Within("the target's answer");
        Assert.Empty(system.System.Processes.Diagnose(target.Id)!.Watchers);
    }

    [Fact]
    public async Task Watch_SurvivesRestartOfWatcherAndTarget()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var target = system.Spawn(FailOrAnswer);
        var watcher = system.Spawn(context =>
        {
            probe.Record(context.Message);
            if (context.Message is DoWatch watch)
            {
                context.Watch(watch.Pid);
            }

            FailOrAnswer(context);
        });
        system.Root.Send(watcher, new DoWatch(target));
        await AskAsync(system, watcher, "watching");
        system.Root.Send(watcher, new InvalidOperationException("fail"));
        system.Root.Send(target, new InvalidOperationException("fail"));
        await AskAsync(system, watcher, "restarted");
        await AskAsync(system, target, "restarted");
        Assert.Empty(probe.Of<Terminated>());

        await system.Root.StopAsync(target).Within("the target's end");

        await probe.NextAsync<Terminated>();
    }

    private static void FailOrAnswer(IContext context)
    {
        switch (context.Message)
        {
            case Exception exception:
                throw exception;
            case string text:
                context.Respond(text);
                break;
        }
    }

    private static PID SpawnWatcher(TestSystem system, EventProbe probe) => system.Spawn(context =>
    {
        probe.Record(context.Message);
        switch (context.Message)
        {
            case DoWatch watch:
                context.Watch(watch.Pid);
                context.Respond("watching");
                break;
            case DoUnwatch unwatch:
                context.Unwatch(unwatch.Pid);
                context.Respond("not watching");
                break;
            case string text:
                context.Respond(text);
                break;
        }
    });

    private static Task AskAsync(TestSystem system, PID pid, object message) =>
        system.Root.RequestAsync<string>(pid, message).Within($"the answer to {message}");

    private sealed record DoWatch(PID Pid);

    private sealed record DoUnwatch(PID Pid);
}
