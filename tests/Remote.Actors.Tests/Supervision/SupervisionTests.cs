using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-06")]
public sealed class SupervisionTests
{
    [Fact]
    public async Task Default_RestartsTenTimesInTenSeconds_ThenStops()
    {
        await using var system = new TestSystem(expectErrors: true, manualTime: true);
        var family = new Family(system);
        var child = await family.SpawnAsync("child");

        for (var i = 1; i <= 10; i++)
        {
            system.Root.Send(child, new Boom());
            await family.Probe.NextAsync<Born>(born => born.Name == "child" && born.Instance == i + 1);
        }

        system.Root.Send(child, new Boom());
        await family.Probe.NextAsync<Terminated>(terminated => terminated.Who.Equals(child));
    }

    [Fact]
    public async Task Default_FailuresFurtherApart_DoNotAddUp()
    {
        await using var system = new TestSystem(expectErrors: true, manualTime: true);
        var family = new Family(system);
        var child = await family.SpawnAsync("child");

        for (var i = 1; i <= 30; i++)
        {
            system.Root.Send(child, new Boom());
            await family.Probe.NextAsync<Born>(born => born.Name == "child" && born.Instance == i + 1);
            system.Clock.Advance(TimeSpan.FromSeconds(1.1));
        }
    }

    [Fact]
    public async Task OneForOne_Resume_KeepsTheInstanceAndGoesOn()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(system, new OneForOneStrategy((_, _) => SupervisorDirective.Resume, 0, null));
        var child = await family.SpawnAsync("child");

        system.Root.Send(child, new Boom());

        Assert.Equal("child 1", await system.Root.RequestAsync<string>(child, "who").Within("the child's answer"));
    }

    [Fact]
    public async Task OneForOne_Restart_LeavesTheOthersAlone()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(system);
        var one = await family.SpawnAsync("one");
        var two = await family.SpawnAsync("two");

        system.Root.Send(one, new Boom());

        Assert.Equal("one 2", await system.Root.RequestAsync<string>(one, "who").Within("the first child's answer"));
        Assert.Equal("two 1", await system.Root.RequestAsync<string>(two, "who").Within("the second child's answer"));
    }

    [Fact]
    public async Task OneForOne_Stop_StopsTheChildOnly()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(system, new OneForOneStrategy((_, _) => SupervisorDirective.Stop, 10, null));
        var one = await family.SpawnAsync("one");
        var two = await family.SpawnAsync("two");

        system.Root.Send(one, new Boom());

        await family.Probe.NextAsync<Terminated>(terminated => terminated.Who.Equals(one));
        Assert.Equal("two 1", await system.Root.RequestAsync<string>(two, "who").Within("the second child's answer"));
    }

    [Fact]
    public async Task OneForOne_Decider_SeesChildAndException()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var family = new Family(system, new OneForOneStrategy(
            (pid, reason) =>
            {
                probe.Record((pid, reason));
                return SupervisorDirective.Resume;
            },
            10,
            null));
        var child = await family.SpawnAsync("child");
        var boom = new Boom();

        system.Root.Send(child, boom);

        var (pid, reason) = await probe.NextAsync<(PID, Exception)>();
        Assert.Equal(child, pid);
        Assert.Same(boom, reason);
    }

    [Fact]
    public async Task Failure_ChildWaitsForTheDirective()
    {
        await using var system = new TestSystem(expectErrors: true);
        var strategy = new HeldStrategy();
        var family = new Family(system, strategy);
        var child = await family.SpawnAsync("child");
        system.Root.Send(child, new Boom());
        var (supervisor, failed) = await strategy.Asked.Within("the strategy to be asked");

        var request = system.Root.RequestAsync<string>(child, "who");
        Assert.Equal(("Suspended", 1), (system.System.Processes.Diagnose(child.Id)!.State, system.System.Processes.Diagnose(child.Id)!.UserMessages));
        Assert.False(request.IsCompleted);
        supervisor.RestartChildren(new Boom(), failed);

        Assert.Equal("child 2", await request.Within("the answer after the restart"));
    }

    [Fact]
    public async Task Failure_ChildThatWaitsForTheDirective_CanBeStopped()
    {
        await using var system = new TestSystem(expectErrors: true);
        var strategy = new HeldStrategy();
        var family = new Family(system, strategy);
        var child = await family.SpawnAsync("child");
        system.Root.Send(child, new Boom());
        await strategy.Asked.Within("the strategy to be asked");
        var request = system.Root.RequestAsync<string>(child, "who");

        await system.Root.StopAsync(child).Within("the end of a suspended child");

        await Assert.ThrowsAsync<DeadLetterException>(() => request.Within("the refusal of what was queued"));
    }

    [Fact]
    public async Task AllForOne_Restart_RestartsAll()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(system, new AllForOneStrategy((_, _) => SupervisorDirective.Restart, 10, null));
        var one = await family.SpawnAsync("one");
        var two = await family.SpawnAsync("two");

        system.Root.Send(one, new Boom());

        await family.Probe.NextAsync<Born>(born => born is { Name: "one", Instance: 2 });
        await family.Probe.NextAsync<Born>(born => born is { Name: "two", Instance: 2 });
        Assert.Equal("two 2", await system.Root.RequestAsync<string>(two, "who").Within("the second child's answer"));
    }

    [Fact]
    public async Task AllForOne_TooManyFailures_StopsAll()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(system, new AllForOneStrategy((_, _) => SupervisorDirective.Restart, 1, TimeSpan.FromHours(1)));
        var one = await family.SpawnAsync("one");
        var two = await family.SpawnAsync("two");

        system.Root.Send(one, new Boom());
        await family.Probe.NextAsync<Born>(born => born is { Name: "one", Instance: 2 });
        system.Root.Send(one, new Boom());

        await family.Probe.NextAsync<Terminated>(terminated => terminated.Who.Equals(one));
        await family.Probe.NextAsync<Terminated>(terminated => terminated.Who.Equals(two));
    }

    [Fact]
    public async Task AllForOne_Resume_ConcernsTheFailedOneOnly()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(system, new AllForOneStrategy((_, _) => SupervisorDirective.Resume, 0, null));
        var one = await family.SpawnAsync("one");
        var two = await family.SpawnAsync("two");

        system.Root.Send(one, new Boom());

        Assert.Equal("one 1", await system.Root.RequestAsync<string>(one, "who").Within("the first child's answer"));
        Assert.Equal("two 1", await system.Root.RequestAsync<string>(two, "who").Within("the second child's answer"));
    }

    [Fact]
    public async Task AlwaysRestart_RestartsWithoutLimit()
    {
        await using var system = new TestSystem(expectErrors: true, manualTime: true);
        var family = new Family(system, new AlwaysRestartStrategy());
        var child = await family.SpawnAsync("child");

        for (var i = 1; i <= 100; i++)
        {
            system.Root.Send(child, new Boom());
        }

        Assert.Equal("child 101", await system.Root.RequestAsync<string>(child, "who").Within("the answer after 100 failures"));
    }

    [Fact]
    public async Task ExponentialBackoff_RestartsAfterDoublingDelays()
    {
        await using var system = new TestSystem(expectErrors: true, manualTime: true);
        var strategy = new ExponentialBackoffStrategy(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), jitter: 0);
        var family = new Family(system, strategy);
        var child = await family.SpawnAsync("child");

        var instance = 1;
        foreach (var seconds in new[] { 1, 2, 4, 5, 5 })
        {
            system.Root.Send(child, new Boom());
            await system.Clock.WaitForTimerAsync(TimeSpan.FromSeconds(seconds));
            system.Clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.Equal("Suspended", system.System.Processes.Diagnose(child.Id)!.State);
            system.Clock.Advance(TimeSpan.FromTicks(1));
            instance++;
            await family.Probe.NextAsync<Born>(born => born.Instance == instance);
        }

        // After a quiet time the delays begin anew.
        system.Clock.Advance(TimeSpan.FromMinutes(11));
        system.Root.Send(child, new Boom());
        await system.Clock.WaitForTimerAsync(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void ExponentialBackoff_Jitter_StaysInItsBounds()
    {
        var strategy = new ExponentialBackoffStrategy(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), jitter: 0.2);
        var random = new Random(7);

        var first = Enumerable.Range(0, 1000).Select(_ => strategy.Delay(1, random).TotalSeconds).ToList();
        var capped = Enumerable.Range(0, 1000).Select(_ => strategy.Delay(1000, random).TotalSeconds).ToList();

        Assert.All(first, delay => Assert.InRange(delay, 0.8, 1.2));
        Assert.All(capped, delay => Assert.InRange(delay, 8, 12));
        Assert.True(first.Max() - first.Min() > 0.3);
    }

    [Fact]
    public async Task ShutdownAsync_DuringBackoff_EndsAtOnce()
    {
        var system = new TestSystem(expectErrors: true, manualTime: true);
        var family = new Family(system, new ExponentialBackoffStrategy(TimeSpan.FromHours(1), TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(20), jitter: 0));
        var child = await family.SpawnAsync("child");
        system.Root.Send(child, new Boom());
        await system.Clock.WaitForTimerAsync(TimeSpan.FromMinutes(20));

        await system.DisposeAsync();

        Assert.DoesNotContain(TimeSpan.FromMinutes(20), system.Clock.ArmedTimers);
    }

    [Fact]
    public async Task Escalate_TheParentFailsAndItsSupervisorDecides()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var guardian = new OneForOneStrategy(
            (pid, reason) =>
            {
                probe.Record((pid, reason));
                return SupervisorDirective.Restart;
            },
            10,
            null);
        var family = new Family(system, new OneForOneStrategy((_, _) => SupervisorDirective.Escalate, 10, null), guardian);
        var child = await family.SpawnAsync("child");
        var boom = new Boom();

        system.Root.Send(child, boom);

        Assert.Equal((family.Parent, boom), await probe.NextAsync<(PID, Exception)>());
        await family.Probe.NextAsync<Born>(born => born is { Name: "parent", Instance: 2 });
        Assert.Null(system.System.Processes.Find(child.Id));
    }

    [Fact]
    public async Task Escalate_ParentIsResumed_ChildIsResumedToo()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(
            system,
            new OneForOneStrategy((_, _) => SupervisorDirective.Escalate, 10, null),
            new OneForOneStrategy((_, _) => SupervisorDirective.Resume, 10, null));
        var child = await family.SpawnAsync("child");

        system.Root.Send(child, new Boom());

        Assert.Equal("child 1", await system.Root.RequestAsync<string>(child, "who").Within("the child's answer"));
        Assert.Equal("parent 1", await system.Root.RequestAsync<string>(family.Parent, "who").Within("the parent's answer"));
    }

    [Fact]
    public async Task Guardian_DefaultRestartsRootActors()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var instances = 0;
        var pid = system.Root.Spawn(Props.FromProducer(() => new Fragile("root", ++instances, probe)));

        system.Root.Send(pid, new Boom());

        Assert.Equal("root 2", await system.Root.RequestAsync<string>(pid, "who").Within("the root actor's answer"));
    }

    [Fact]
    public async Task Guardian_AllForOne_ConcernsRootActorsWithTheSameStrategy()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var strategy = new AllForOneStrategy((_, _) => SupervisorDirective.Stop, 0, null);
        var props = Functions.Props(context =>
        {
            if (context.Message is Exception exception)
            {
                throw exception;
            }
            else if (context.Message is Stopped)
            {
                probe.Record(context.Self.Id);
            }
            else if (context.Message is string text)
            {
                context.Respond(text);
            }
        });
        var one = system.Root.SpawnNamed(props.WithGuardianSupervisorStrategy(strategy), "one");
        system.Root.SpawnNamed(props.WithGuardianSupervisorStrategy(strategy), "two");
        var other = system.Root.SpawnNamed(props, "other");

        system.Root.Send(one, new Boom());

        await probe.WaitForCountAsync<string>(2);
        Assert.Equal(["one", "two"], probe.Of<string>().Order());
        Assert.Equal("alive", await system.Root.RequestAsync<string>(other, "alive").Within("the other root actor"));
    }

    [Fact]
    public async Task Guardian_Escalate_StopsTheActor()
    {
        await using var system = new TestSystem(expectErrors: true);
        var strategy = new OneForOneStrategy((_, _) => SupervisorDirective.Escalate, 10, null);
        var pid = system.Root.Spawn(Functions.Props(context =>
        {
            if (context.Message is Exception exception)
            {
                throw exception;
            }
        }).WithGuardianSupervisorStrategy(strategy));

        system.Root.Send(pid, new Boom());
        system.Root.Send(pid, "never handled");

        Assert.Equal("never handled", (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Message);
    }

    [Fact]
    public async Task Strategy_ThatThrows_StopsTheChild()
    {
        await using var system = new TestSystem(expectErrors: true);
        var family = new Family(system, new OneForOneStrategy((_, _) => throw new NotSupportedException("no idea"), 10, null));
        var child = await family.SpawnAsync("child");

        system.Root.Send(child, new Boom());

        await family.Probe.NextAsync<Terminated>(terminated => terminated.Who.Equals(child));
        Assert.Equal("no idea", Assert.Single(system.Log.Named("StrategyThrew")).Exception!.Message);
    }

    [Fact]
    public async Task Restart_ProducerThatThrows_IsAnotherFailure()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var calls = 0;
        var pid = system.Root.Spawn(Props.FromProducer(() => ++calls is > 1 and < 5
            ? throw new InvalidOperationException("not yet")
            : new Fragile("late", calls, probe)));

        system.Root.Send(pid, new Boom());

        Assert.Equal("late 5", await system.Root.RequestAsync<string>(pid, "who").Within("the answer after failed producers"));
    }

    [Fact]
    public async Task Resume_ProducerFailedBefore_RestartsInstead()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var calls = 0;
        var strategy = new OneForOneStrategy((_, reason) => reason is Boom ? SupervisorDirective.Restart : SupervisorDirective.Resume, 10, null);
        var pid = system.Root.Spawn(Props.FromProducer(() => ++calls == 2
            ? throw new InvalidOperationException("not yet")
            : new Fragile("late", calls, probe)).WithGuardianSupervisorStrategy(strategy));

        system.Root.Send(pid, new Boom());

        Assert.Equal("late 3", await system.Root.RequestAsync<string>(pid, "who").Within("the answer after a failed producer"));
    }

    [Fact]
    public async Task Failure_InStarted_IsSupervised()
    {
        await using var system = new TestSystem(expectErrors: true);
        var starts = 0;
        var pid = system.Spawn(context =>
        {
            if (context.Message is Started && ++starts < 4)
            {
                throw new InvalidOperationException("bad start");
            }

            if (context.Message is string)
            {
                context.Respond(starts);
            }
        });

        Assert.Equal(4, await system.Root.RequestAsync<int>(pid, "how often?").Within("the answer after bad starts"));
    }

    [Fact]
    public void Strategies_BadArguments_Throw()
    {
        Assert.Throws<ArgumentNullException>(() => new OneForOneStrategy(null!, 1, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => new OneForOneStrategy((_, _) => default, -1, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AllForOneStrategy((_, _) => default, -1, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialBackoffStrategy(TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialBackoffStrategy(TimeSpan.FromSeconds(1), TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialBackoffStrategy(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialBackoffStrategy(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), jitter: 1.1));
    }
}
