using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-08")]
public sealed class SchedulerTests
{
    [Fact]
    public async Task SendOnce_AfterTheDelay_SendsOnce()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = system.SpawnRecorder(probe);

        system.Root.Scheduler().SendOnce(TimeSpan.FromSeconds(5), pid, "later");
        system.Clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        system.Root.Send(pid, "before");
        await probe.NextAsync<string>(text => text == "before");
        Assert.DoesNotContain("later", probe.Of<string>());

        system.Clock.Advance(TimeSpan.FromTicks(1));
        await probe.NextAsync<string>(text => text == "later");
        system.Clock.Advance(TimeSpan.FromMinutes(1));
        system.Root.Send(pid, "after");
        await probe.NextAsync<string>(text => text == "after");
        Assert.Single(probe.Of<string>(), "later");
        Assert.Empty(system.Clock.ArmedTimers);
    }

    [Fact]
    public async Task SendRepeatedly_SendsAtEachInterval_UntilDisposed()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = system.SpawnRecorder(probe);

        var handle = system.Root.Scheduler().SendRepeatedly(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), pid, "tick");
        system.Clock.Advance(TimeSpan.FromSeconds(31));
        await probe.WaitForCountAsync<string>(4);
        handle.Dispose();
        handle.Dispose();
        system.Clock.Advance(TimeSpan.FromMinutes(5));

        system.Root.Send(pid, "end");
        await probe.NextAsync<string>(text => text == "end");
        Assert.Equal(["tick", "tick", "tick", "tick", "end"], probe.Of<string>());
    }

    [Fact]
    public async Task RequestOnce_FromAnActor_CarriesTheActorAsSender()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var echo = system.Root.Spawn(Functions.Echo);
        var pid = system.Spawn(context =>
        {
            probe.Record(context.Message);
            if (context.Message is Started)
            {
                context.Scheduler().RequestOnce(TimeSpan.FromSeconds(1), echo, "once");
                context.Scheduler().RequestRepeatedly(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), echo, "again");
            }
        });
        await probe.NextAsync<Started>();

        system.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["once", "again", "again"], await probe.WaitForCountAsync<string>(3));
        await system.Root.StopAsync(pid).Within("the actor's end");
    }

    [Fact]
    public async Task ShutdownAsync_EndsWhatIsScheduled()
    {
        var system = new TestSystem(manualTime: true);
        var pid = system.Root.Spawn(Functions.Echo);
        system.Root.Scheduler().SendRepeatedly(TimeSpan.FromMinutes(7), TimeSpan.FromSeconds(1), pid, "tick");
        Assert.Contains(TimeSpan.FromMinutes(7), system.Clock.ArmedTimers);

        await system.DisposeAsync();

        Assert.DoesNotContain(TimeSpan.FromMinutes(7), system.Clock.ArmedTimers);
    }

    [Fact]
    public async Task SendOnce_BadArguments_Throw()
    {
        await using var system = new TestSystem();
        var scheduler = system.Root.Scheduler();
        var pid = new PID("", "x");

        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.SendOnce(TimeSpan.FromTicks(-1), pid, "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.SendRepeatedly(TimeSpan.Zero, TimeSpan.Zero, pid, "x"));
        Assert.Throws<ArgumentNullException>(() => scheduler.SendOnce(TimeSpan.Zero, null!, "x"));
    }
}
