using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>What is said, whatever carries it.</summary>
internal static partial class ReleaseScenarios
{
    private static ReleaseScenario Tell() => new ReleaseScenario("tell", Alice, Bob)
        .Act("bob", "has two sinks", actor =>
        {
            actor.Node.Spawn("sink");
            actor.Node.Spawn("other");
        })
        .Hold()
        .Act(
            "alice",
            "says five things",
            actor =>
            {
                actor.Root.Send(AtBob("sink"), Hello("one"));
                actor.Root.Send(AtBob("sink"), new StringValue { Value = "two" });
                actor.Root.Request(AtBob("other"), Hello("three"), actor.Node.Pid("asker"));
                actor.Root.Send(AtBob("other"), MessageEnvelope.Wrap(Hello("four"), MessageHeader.Empty.With("trace", "abc").With("empty", "")));
                actor.Root.Send(AtBob("sink"), new Wiretest.Num());
            },
            "alice ConnectRequest")
        .LetGo("bob ConnectResponse", "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears all five", async actor =>
        {
            await HearsAsync(actor, "sink", "one");
            await ReceivesAsync<StringValue>(actor, "sink", text => text.Value == "two");
            await ReceivesAsync<Wiretest.Num>(actor, "sink", number => number.N == 0);
            var third = await actor.Node.NextReceiptAsync("other");
            Assert.Equal(("three", new PID("alice:8000", "asker")), (((Wiretest.Hello)third.Message).Text, third.Sender));
            var fourth = await actor.Node.NextReceiptAsync("other");
            Assert.Equal(("four", "abc", ""), (((Wiretest.Hello)fourth.Message).Text, fourth.Headers["trace"], fourth.Headers["empty"]));
        });

    private static ReleaseScenario Request() => new ReleaseScenario("request", Alice, Bob)
        .Act("bob", "has an echo", actor => { actor.Node.SpawnEcho(); })
        .Act(
            "alice",
            "asks",
            actor => { actor.Begun = actor.Node.AskAsync(AtBob("echo"), "one"); },
            FirstTime("bob ConnectRequest", "alice ConnectResponse", "bob MessageBatch", "alice Acknowledgement"))
        .Act("alice", "has the answer", AnsweredAsync)
        .Act("alice", "asks again", actor => { actor.Begun = actor.Node.AskAsync(AtBob("echo"), "one"); }, "alice MessageBatch", "bob MessageBatch", "alice Acknowledgement", "bob Acknowledgement")
        .Act("alice", "has the second answer", AnsweredAsync);

    private static ReleaseScenario Json() => new ReleaseScenario("json", Alice, Bob)
        .Act("bob", "has a sink", actor => { actor.Node.Spawn("sink"); })
        .Act("alice", "greets", actor => actor.Root.Send(AtBob("sink"), new ReleaseGreeting("grüß dich", 42)), FirstTime())
        .Act("bob", "is greeted", actor => ReceivesAsync<ReleaseGreeting>(actor, "sink", greeting => greeting == new ReleaseGreeting("grüß dich", 42)));

    private static ReleaseScenario Spawn() => new ReleaseScenario("spawn", Alice, Bob)
        .Act(
            "alice",
            "spawns a worker",
            actor => { actor.Begun = actor.Node.Remote.SpawnNamedAsync(Bob.Address, "first", "worker"); },
            FirstTime("bob ConnectRequest", "alice ConnectResponse", "bob MessageBatch", "alice Acknowledgement"))
        .Act("alice", "has it", async actor => Assert.Equal(AtBob("first"), await ((Task<PID>)actor.Begun!).Within("the worker")))
        .Act(
            "alice",
            "wants the same name",
            actor => { actor.Begun = actor.Node.Remote.SpawnNamedAsync(Bob.Address, "first", "worker"); },
            "alice MessageBatch",
            "bob Acknowledgement",
            "bob MessageBatch",
            "alice Acknowledgement")
        .Act("alice", "is told who has it", async actor =>
        {
            var failure = await Assert.ThrowsAsync<RemoteException>(() => actor.Begun!.Within("the refusal"));
            Assert.Equal((RemoteError.NameExists, AtBob("first")), (failure.Error, failure.Pid));
        })
        .Act(
            "alice",
            "wants a kind that is none",
            actor => { actor.Begun = actor.Node.Remote.SpawnNamedAsync(Bob.Address, "second", "nobody"); },
            "alice MessageBatch",
            "bob Acknowledgement",
            "bob MessageBatch",
            "alice Acknowledgement")
        .Act("alice", "is told that it failed", async actor =>
            Assert.Equal(RemoteError.SpawnFailed, (await Assert.ThrowsAsync<RemoteException>(() => actor.Begun!.Within("the refusal"))).Error))
        .Act(
            "alice",
            "spawns one without a name",
            actor => { actor.Begun = actor.Node.Remote.SpawnAsync(Bob.Address, "worker"); },
            "alice MessageBatch",
            "bob Acknowledgement",
            "bob MessageBatch",
            "alice Acknowledgement")
        .Act("alice", "has one without a name", async actor => Assert.Equal(Bob.Address, (await ((Task<PID>)actor.Begun!).Within("the worker")).Address));

    private static ReleaseScenario Watch() => new ReleaseScenario("watch", Alice, Bob)
        .Act("bob", "has two actors", actor =>
        {
            actor.Node.Spawn("watched");
            actor.Node.Spawn("let-go");
        })
        .Act("alice", "has a watcher", actor => SpawnDoer(actor))
        .Act("alice", "watches", actor => Do(actor, context => context.Watch(AtBob("watched"))), FirstTime())
        .Act(
            "bob",
            "stops what is watched",
            actor => actor.Root.Stop(actor.Node.Pid("watched")),
            "bob ConnectRequest",
            "alice ConnectResponse",
            "bob MessageBatch",
            "alice Acknowledgement")
        .Act("alice", "hears that it was stopped", actor => EndsAsync(actor, "watched", TerminatedReason.Stopped))
        .Act("alice", "watches nobody", actor => Do(actor, context => context.Watch(AtBob("nobody"))), "alice MessageBatch", "bob Acknowledgement", "bob MessageBatch", "alice Acknowledgement")
        .Act("alice", "hears that there is nobody", actor => EndsAsync(actor, "nobody", TerminatedReason.NotFound))
        .Act("alice", "watches another", actor => Do(actor, context => context.Watch(AtBob("let-go"))), "alice MessageBatch", "bob Acknowledgement")
        .Act("alice", "lets it go", actor => Do(actor, context => context.Unwatch(AtBob("let-go"))), "alice MessageBatch", "bob Acknowledgement");

    private static ReleaseScenario SystemMessages() => new ReleaseScenario("system-messages", Alice, Bob)
        .Act("bob", "has two victims", actor =>
        {
            actor.Node.Spawn("poisoned");
            actor.Node.Spawn("stopped");
        })
        .Act("alice", "has an actor", actor => SpawnDoer(actor))
        .Act(
            "alice",
            "touches",
            actor => Do(actor, context => context.Request(AtBob("poisoned"), new Touch())),
            FirstTime("bob ConnectRequest", "alice ConnectResponse", "bob MessageBatch", "alice Acknowledgement"))
        .Act("alice", "is touched", actor => ReceivesAsync<Touched>(actor, "doer", touched => touched.Who.Equals(AtBob("poisoned"))))
        .Act(
            "alice",
            "asks nobody",
            actor => { actor.Begun = actor.Node.RefusalAsync(AtBob("nobody"), new StringValue { Value = "one" }); },
            "alice MessageBatch",
            "bob Acknowledgement",
            "bob MessageBatch",
            "alice Acknowledgement")
        .Act("alice", "is told that there is nobody", async actor =>
            Assert.Equal(AtBob("nobody"), (await (Task<DeadLetterResponse>)actor.Begun!).Target))
        .Act("alice", "poisons", actor => actor.Root.Poison(AtBob("poisoned")), "alice MessageBatch", "bob Acknowledgement")
        .Act("alice", "stops", actor => actor.Root.Stop(AtBob("stopped")), "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "has none any more", async actor =>
        {
            await ((Task)actor.Root.StopAsync(actor.Node.Pid("poisoned"))).Within("the end of the poisoned");
            await ((Task)actor.Root.StopAsync(actor.Node.Pid("stopped"))).Within("the end of the stopped");
        });

    private static ReleaseScenario StopAndWait() => new ReleaseScenario("stop-and-wait", Alice, Bob)
        .Act("bob", "has a victim", actor => { actor.Node.Spawn("poisoned"); })
        .Hold()
        .Act("alice", "poisons and waits", actor => { actor.Begun = actor.Root.PoisonAsync(AtBob("poisoned")); }, "alice ConnectRequest")
        .LetGo("bob ConnectResponse", "alice MessageBatch", "bob Acknowledgement", "bob ConnectRequest", "alice ConnectResponse", "bob MessageBatch", "alice Acknowledgement")
        .Act("alice", "knows that it is over", actor => actor.Begun!);

    private static ReleaseScenario UnknownType() => new ReleaseScenario(
        "unknown-type", Alice with { Setup = setup => setup.AddMessages(Messages.MessagesReflection.Descriptor) }, Bob)
        .Act("bob", "has an echo", actor => { actor.Node.SpawnEcho(); })
        .Act(
            "alice",
            "asks with something that nobody knows",
            actor => { actor.Begun = actor.Node.RefusedAsync(AtBob("echo"), new Messages.Nothing()); },
            FirstTime("bob ConnectRequest", "alice ConnectResponse", "bob MessageBatch", "alice Acknowledgement"))
        .Act("alice", "is told why", async actor =>
            Assert.Equal(DeadLetterReason.UnknownType, await (Task<DeadLetterReason>)actor.Begun!));

    private static ReleaseScenario Deadline() => new ReleaseScenario("deadline", Alice with { HasManualClock = true }, Bob with { HasManualClock = true })
        .Act("bob", "has a sink", actor => { actor.Node.Spawn("sink"); })
        .Act(
            "alice",
            "says something for ten seconds",
            actor => actor.Root.SendWithin(AtBob("sink"), Hello("soon"), TimeSpan.FromSeconds(10)),
            "alice ConnectRequest",
            "bob ConnectResponse",
            "alice MessageBatch")
        .Act("bob", "hears it in time", async actor =>
        {
            var receipt = await actor.Node.NextReceiptAsync("sink");
            var deadline = long.Parse(receipt.Headers["remote-deadline"], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 10, TimeSpan.Zero), DateTimeOffset.FromUnixTimeMilliseconds(deadline));
        });

    private static async Task AnsweredAsync(ReleaseActor actor) => Assert.Equal("re:one", await ((Task<string>)actor.Begun!).Within("the answer"));

    private static Task EndsAsync(ReleaseActor actor, string who, TerminatedReason why) =>
        ReceivesAsync<Terminated>(actor, "doer", ended => ended.Who.Equals(AtBob(who)) && ended.Why == why);
}
