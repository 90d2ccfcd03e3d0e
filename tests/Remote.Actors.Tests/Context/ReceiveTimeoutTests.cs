using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-08")]
public sealed class ReceiveTimeoutTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task SetReceiveTimeout_NothingReceived_ComesWhenTheTimeIsOver_AndAgain()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        await SpawnAsync(system, probe);

        system.Clock.Advance(Timeout - TimeSpan.FromTicks(1));
        Assert.Empty(probe.Of<ReceiveTimeout>());
        system.Clock.Advance(TimeSpan.FromTicks(1));
        await probe.WaitForCountAsync<ReceiveTimeout>(1);
        await system.Clock.WaitForTimerAsync(Timeout);

        system.Clock.Advance(Timeout);
        await probe.WaitForCountAsync<ReceiveTimeout>(2);
    }

    [Fact]
    public async Task SetReceiveTimeout_Messages_PutItOff()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = await SpawnAsync(system, probe);
        for (var i = 0; i < 10; i++)
        {
            system.Clock.Advance(Timeout / 2);
            await system.Root.RequestAsync<string>(pid, "ask").Within("the answer");
        }

        Assert.Empty(probe.Of<ReceiveTimeout>());
        system.Clock.Advance(Timeout);
        await probe.WaitForCountAsync<ReceiveTimeout>(1);
    }

    [Fact]
    public async Task SetReceiveTimeout_MessagesThatDoNotInfluenceIt_DoNotPutItOff()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = await SpawnAsync(system, probe);

        system.Clock.Advance(Timeout / 2);
        system.Root.Send(pid, new Heartbeat());
        await probe.NextAsync<Heartbeat>();
        system.Clock.Advance(Timeout / 2);

        await probe.WaitForCountAsync<ReceiveTimeout>(1);
    }

    [Fact]
    public async Task CancelReceiveTimeout_NoMore()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = await SpawnAsync(system, probe);

        await system.Root.RequestAsync<string>(pid, "cancel").Within("the answer");
        system.Clock.Advance(10 * Timeout);

        await system.Root.RequestAsync<string>(pid, "ask").Within("the answer");
        Assert.Empty(probe.Of<ReceiveTimeout>());
        Assert.Empty(system.Clock.ArmedTimers);
    }

    [Fact]
    public async Task CancelReceiveTimeout_TickUnderWay_IsDropped()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = await SpawnAsync(system, probe);
        var gate = new Gate();
        system.Root.Send(pid, gate);
        await gate.Entered.Within("the actor to be busy");

        // The tick waits in the mailbox while the actor cancels it.
        system.Clock.Advance(Timeout);
        gate.Open();

        await system.Root.RequestAsync<string>(pid, "ask").Within("the answer");
        Assert.Empty(probe.Of<ReceiveTimeout>());
    }

    [Fact]
    public async Task SetReceiveTimeout_ActorBusyForLonger_IsNotIdle()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pid = system.Spawn(async context =>
        {
            probe.Record(context.Message);
            switch (context.Message)
            {
                case Started:
                    context.SetReceiveTimeout(Timeout);
                    break;
                case "work":
                    entered.SetResult();
                    await release.Task;
                    break;
                case "ask":
                    context.Respond("answer");
                    break;
            }
        });
        system.Root.Send(pid, "work");
        await entered.Task.Within("the actor to be busy");

        system.Clock.Advance(Timeout);
        release.SetResult();
        await system.Root.RequestAsync<string>(pid, "ask").Within("the answer");

        Assert.Empty(probe.Of<ReceiveTimeout>());
        system.Clock.Advance(Timeout);
        await probe.WaitForCountAsync<ReceiveTimeout>(1);
    }

    [Fact]
    public async Task Stop_EndsTheTimer()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = await SpawnAsync(system, probe);

        await system.Root.StopAsync(pid).Within("the actor's end");

        Assert.Empty(system.Clock.ArmedTimers);
    }

    [Fact]
    public async Task SetReceiveTimeout_NotPositive_Throws()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();

        system.Spawn(context =>
        {
            if (context.Message is Started)
            {
                probe.Record(Assert.Throws<ArgumentOutOfRangeException>(() => context.SetReceiveTimeout(TimeSpan.Zero)));
            }
        });

        await probe.NextAsync<ArgumentOutOfRangeException>();
    }

    private static async Task<PID> SpawnAsync(TestSystem system, EventProbe probe)
    {
        var pid = system.Spawn(async context =>
        {
            probe.Record(context.Message);
            switch (context.Message)
            {
                case Started:
                    context.SetReceiveTimeout(Timeout);
                    break;
                case "ask":
                    context.Respond("answer");
                    break;
                case "cancel":
                    context.CancelReceiveTimeout();
                    context.Respond("cancelled");
                    break;
                case Gate gate:
                    await gate.PassAsync();
                    context.CancelReceiveTimeout();
                    break;
            }
        });
        await system.Root.RequestAsync<string>(pid, "ask").Within("the first answer");
        return pid;
    }

    private sealed class Heartbeat : INotInfluenceReceiveTimeout;
}
