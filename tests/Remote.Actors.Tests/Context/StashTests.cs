using Remote.Testing;

namespace Remote.Actors.Tests;

public sealed class StashTests
{
    [Fact]
    public async Task UnstashAll_HandlesTheStashNext_InOrder_WithItsSenders()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var gate = new Gate();
        var pid = SpawnDoor(system, probe);
        var requests = new[] { "1", "2", "3" }.Select(text => system.Root.RequestAsync<string>(pid, text)).ToList();
        system.Root.Send(pid, gate);
        await gate.Entered.Within("the actor to be busy");
        system.Root.Send(pid, "open");
        system.Root.Send(pid, "later");
        gate.Open();

        Assert.Equal(["1", "2", "3"], await Task.WhenAll(requests).Within("the answers from the stash"));
        await probe.NextAsync<string>(text => text == "later");
        Assert.Equal(["open", "1", "2", "3", "later"], probe.Of<string>());
    }

    [Fact]
    public async Task Restart_HandlesTheStash()
    {
        await using var system = new TestSystem(expectErrors: true);
        var instances = 0;
        var pid = system.Root.Spawn(Props.FromProducer(() => new Stasher(++instances)));
        var request = system.Root.RequestAsync<int>(pid, "stashed");

        system.Root.Send(pid, new Boom());

        Assert.Equal(2, await request.Within("the new instance's answer"));
    }

    [Fact]
    public async Task Stop_StashBecomesDeadLetters()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = SpawnDoor(system, probe);
        var request = system.Root.RequestAsync<string>(pid, "stashed");

        await system.Root.PoisonAsync(pid).Within("the actor's end");

        var refused = await Assert.ThrowsAsync<DeadLetterException>(() => request.Within("the refusal"));
        Assert.Equal(DeadLetterReason.Stopped, refused.Reason);
        Assert.Equal("stashed", (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Message);
    }

    /// <summary>Stashes everything until it is opened.</summary>
    private static PID SpawnDoor(TestSystem system, EventProbe probe)
    {
        var isOpen = false;
        return system.Spawn(async context =>
        {
            switch (context.Message)
            {
                case Gate gate:
                    await gate.PassAsync();
                    break;
                case "open":
                    isOpen = true;
                    probe.Record("open");
                    context.UnstashAll();
                    break;
                case string text when isOpen:
                    probe.Record(text);
                    if (context.Sender is not null)
                    {
                        context.Respond(text);
                    }

                    break;
                case string:
                    context.Stash();
                    break;
            }
        });
    }

    private sealed class Stasher(int instance) : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case string when instance == 1:
                    context.Stash();
                    break;
                case string:
                    context.Respond(instance);
                    break;
                case Boom boom:
                    throw boom;
            }

            return Task.CompletedTask;
        }
    }
}
