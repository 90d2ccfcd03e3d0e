using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-01")]
public sealed class SpawnTests
{
    [Fact]
    public async Task Spawn_FromProducerAndFunction_Run()
    {
        await using var system = new TestSystem();
        var fromProducer = system.Root.Spawn(Props.FromProducer(() => new NamedActor("producer")));
        var fromFunction = system.Root.Spawn(Functions.Props(context => Answer(context, "function")));
        var fromSystem = system.Root.Spawn(Props.FromProducer(owner => new NamedActor(owner.Id)));

        Assert.Equal("producer", await system.Root.RequestAsync<string>(fromProducer, "who").Within("the producer's actor"));
        Assert.Equal("function", await system.Root.RequestAsync<string>(fromFunction, "who").Within("the function"));
        Assert.Equal(system.System.Id, await system.Root.RequestAsync<string>(fromSystem, "who").Within("the actor made from the system"));
    }

    [Fact]
    public async Task Spawn_AutoNamed_IsNumberedAndCarriesTheIncarnation()
    {
        await using var system = new TestSystem();

        var one = system.Root.Spawn(Functions.Echo);
        var two = system.Root.Spawn(Functions.Echo);

        Assert.Equal("$1-" + system.System.Id[..12], one.Id);
        Assert.Equal("$2-" + system.System.Id[..12], two.Id);
        Assert.Equal("", one.Address);
    }

    [Fact]
    public async Task Spawn_InAnotherIncarnation_HasOtherIds()
    {
        await using var former = new TestSystem();
        await using var present = new TestSystem();

        Assert.NotEqual(former.Root.Spawn(Functions.Echo), present.Root.Spawn(Functions.Echo));
    }

    [Fact]
    public async Task SpawnPrefix_BeginsWithThePrefix()
    {
        await using var system = new TestSystem();

        var pids = Enumerable.Range(0, 10).Select(_ => system.Root.SpawnPrefix(Functions.Echo, "worker")).ToList();

        Assert.All(pids, pid => Assert.StartsWith("worker$", pid.Id, StringComparison.Ordinal));
        Assert.Equal(10, pids.Distinct().Count());
    }

    [Fact]
    public async Task SpawnNamed_TakenName_ThrowsWithTheExistingPid()
    {
        await using var system = new TestSystem();
        var first = system.Root.SpawnNamed(Functions.Echo, "taken");
        var made = 0;

        var taken = Assert.Throws<ProcessNameExistException>(() => system.Root.SpawnNamed(
            Props.FromProducer(() =>
            {
                made++;
                return new NamedActor("second");
            }),
            "taken"));

        Assert.Equal(("taken", first), (taken.Name, taken.Pid));
        Assert.Equal(0, made);
        Assert.Equal("still here", await system.Root.RequestAsync<string>(taken.Pid, "still here").Within("the first actor"));
    }

    [Fact]
    public async Task SpawnNamed_NameOfAStoppedActor_IsFree()
    {
        await using var system = new TestSystem();
        var first = system.Root.SpawnNamed(Functions.Echo, "name");
        await system.Root.StopAsync(first).Within("the first actor's end");

        Assert.Equal(first, system.Root.SpawnNamed(Functions.Echo, "name"));
    }

    [Fact]
    public async Task SpawnNamed_BeforeTheFormerHolderIsForgotten_TheNewOneBelongsToItsSupervisor()
    {
        var system = new TestSystem();
        using var probe = new EventProbe();
        var parent = system.Spawn(async context =>
        {
            if (context.Message is Started)
            {
                var child = context.SpawnNamed(Functions.Echo, "child");
                await context.StopAsync(child);

                // The child's last word to its parent waits in the mailbox behind this very message.
                context.SpawnNamed(Functions.Props(second => probe.Record(second.Message)), "child");
            }
            else if (context.Message is string)
            {
                context.Respond(context.Children.Count);
            }
        });
        Assert.Equal(1, await system.Root.RequestAsync<int>(parent, "children?").Within("the parent's answer"));

        await system.Root.StopAsync(parent).Within("the parent's end");

        Assert.Single(probe.Of<Stopped>());
        for (var round = 0; round < TestScale.Count(1000); round++)
        {
            var root = system.Root.SpawnNamed(Functions.Echo, "root");
            await system.Root.StopAsync(root).Within("the root actor's end");
        }

        var last = system.Root.SpawnNamed(Functions.Props(context => probe.Record(context.Message)), "root");
        await system.DisposeAsync();
        Assert.Equal(2, probe.Of<Stopped>().Count);
        Assert.Null(system.System.Processes.Find(last.Id));
    }

    [Fact]
    public async Task SpawnNamed_SameNameFromManyThreads_OneSucceeds()
    {
        await using var system = new TestSystem();
        var rounds = TestScale.Count(500);
        for (var round = 0; round < rounds; round++)
        {
            var name = $"race{round}";
            var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                try
                {
                    return (Won: true, Pid: system.Root.SpawnNamed(Functions.Echo, name));
                }
                catch (ProcessNameExistException taken)
                {
                    return (Won: false, taken.Pid);
                }
            }))).Within("the racing spawns");

            Assert.Single(results, result => result.Won);
            Assert.All(results, result => Assert.Equal(name, result.Pid.Id));
        }
    }

    [Fact]
    public async Task Spawn_InAnActor_MakesChildren()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var parent = system.Root.SpawnNamed(
            Functions.Props(context =>
            {
                if (context.Message is Started)
                {
                    probe.Record(context.SpawnNamed(Functions.Props(child => probe.Record(new Seen(child.Self, child.Parent))), "child"));
                    probe.Record(context.SpawnPrefix(Functions.Echo, "pre"));
                    probe.Record(context.Spawn(Functions.Echo));
                    probe.Record(context.Children.ToHashSet());
                    probe.Record(Assert.Throws<ProcessNameExistException>(() => context.SpawnNamed(Functions.Echo, "child")));
                }
            }),
            "parent");

        var pids = await probe.WaitForCountAsync<PID>(3);
        Assert.Equal("parent/child", pids[0].Id);
        Assert.StartsWith("parent/pre$", pids[1].Id, StringComparison.Ordinal);
        Assert.StartsWith("parent/$", pids[2].Id, StringComparison.Ordinal);
        Assert.Equal(pids.ToHashSet(), await probe.NextAsync<HashSet<PID>>());
        var taken = await probe.NextAsync<ProcessNameExistException>();
        Assert.Equal(("child", pids[0]), (taken.Name, taken.Pid));
        Assert.Equal(new Seen(pids[0], parent), await probe.NextAsync<Seen>());
    }

    [Fact]
    public async Task Parent_OfARootActor_IsNull()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();

        system.Spawn(context => probe.Record(new Seen(context.Self, context.Parent)));

        Assert.Null((await probe.NextAsync<Seen>()).Parent);
    }

    [Fact]
    public async Task Spawn_ThrowingProducer_ThrowsToTheSpawnerAndFreesTheName()
    {
        await using var system = new TestSystem();
        var broken = Props.FromProducer(() => throw new InvalidOperationException("no actor today"));

        Assert.Equal("no actor today", Assert.Throws<InvalidOperationException>(() => system.Root.SpawnNamed(broken, "name")).Message);

        Assert.Null(system.System.Processes.Find("name"));
        system.Root.SpawnNamed(Functions.Echo, "name");
    }

    [Fact]
    public async Task Spawn_MessageSentToTheNameWhileTheProducerFails_IsADeadLetter()
    {
        await using var system = new TestSystem();
        var broken = Props.FromProducer(() =>
        {
            system.Root.Send(new PID("", "name"), "early");
            throw new InvalidOperationException("no actor today");
        });

        Assert.Throws<InvalidOperationException>(() => system.Root.SpawnNamed(broken, "name"));

        Assert.Equal("early", (await system.DeadLetters.NextAsync<DeadLetterEvent>()).Message);
    }

    [Fact]
    public async Task Spawn_MessageSentToTheNameByTheProducer_ComesAfterStarted()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var props = Props.FromProducer(() =>
        {
            system.Root.Send(new PID("", "name"), "early");
            return new RecordingActor(probe);
        });

        system.Root.SpawnNamed(props, "name");

        await probe.NextAsync<string>();
        Assert.Equal([Started.Instance, "early"], probe.Events);
    }

    [Fact]
    public async Task SpawnNamed_BadArguments_Throw()
    {
        await using var system = new TestSystem();

        Assert.Throws<ArgumentException>(() => system.Root.SpawnNamed(Functions.Echo, ""));
        Assert.Throws<ArgumentNullException>(() => system.Root.SpawnNamed(null!, "x"));
        Assert.Throws<ArgumentNullException>(() => system.Root.SpawnPrefix(Functions.Echo, null!));
        Assert.Throws<ArgumentNullException>(() => Props.FromProducer((Func<IActor>)null!));
        Assert.Throws<ArgumentNullException>(() => Props.FromFunction(null!));
    }

    private static void Answer(IContext context, string answer)
    {
        if (context.Message is string)
        {
            context.Respond(answer);
        }
    }

    private sealed record Seen(PID Self, PID? Parent);

    private sealed class NamedActor(string name) : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            Answer(context, name);
            return Task.CompletedTask;
        }
    }

    private sealed class RecordingActor(EventProbe probe) : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            probe.Record(context.Message);
            return Task.CompletedTask;
        }
    }
}
