using Proto;

namespace Remote.Tests;

/// <summary>A node without a listener, and its server: both directions on one stream.</summary>
internal static partial class ReleaseScenarios
{
    private static ReleaseScenario ClientRequest() => new ReleaseScenario("client-request", Client, Bob)
        .Act("bob", "has an echo", actor => { actor.Node.SpawnEcho(); })
        .Act("alice", "asks", actor => { actor.Begun = actor.Node.AskAsync(AtBob("echo"), "one"); }, FirstTime("bob MessageBatch", "alice Acknowledgement"))
        .Act("alice", "has the answer", AnsweredAsync);

    private static ReleaseScenario ClientPush() => new ReleaseScenario("client-push", Client, Bob)
        .Met()
        .Act("bob", "says one", actor => Do(actor, context => context.Send(Guest(actor), Hello("one"))), "bob MessageBatch", "alice Acknowledgement")
        .Act("alice", "hears one", actor => HearsAsync(actor, "doer", "one"))
        .Act("bob", "asks", actor => Do(actor, context => context.Request(Guest(actor), Hello("two"))), "bob MessageBatch", "alice MessageBatch", "alice Acknowledgement", "bob Acknowledgement")
        .Act("bob", "hears re:two", actor => HearsAsync(actor, "doer", "re:two"));

    private static ReleaseScenario ClientSystem() => new ReleaseScenario("client-system", Client, Bob)
        .Met()
        .Act("bob", "has an actor", actor => { actor.Node.Spawn("watched"); })
        .Act("alice", "watches", actor => Do(actor, context => context.Watch(AtBob("watched"))), "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "stops it", actor => actor.Root.Stop(actor.Node.Pid("watched")), "bob MessageBatch", "alice Acknowledgement")
        .Act("alice", "hears that it was stopped", actor => EndsAsync(actor, "watched", TerminatedReason.Stopped))
        .Act("alice", "has a guest", actor => { actor.Node.Spawn("guest"); })
        .Act("bob", "watches it", actor => Do(actor, context => context.Watch(new PID(Guest(actor).Address, "guest"))), "bob MessageBatch", "alice Acknowledgement")
        .Act("alice", "stops the guest", actor => actor.Root.Stop(actor.Node.Pid("guest")), "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears that the guest was stopped", actor => ReceivesAsync<Terminated>(actor, "doer", ended => ended.Who.Id == "guest"))
        .Act("alice", "touches", actor => Do(actor, context => context.Request(AtBob("doer"), new Touch())), "alice MessageBatch", "bob MessageBatch", "alice Acknowledgement", "bob Acknowledgement")
        .Act("alice", "is touched", actor => ReceivesAsync<Touched>(actor, "doer"));

    private static ReleaseScenario ClientResumed() => new ReleaseScenario("client-resumed", Client, Bob)
        .Met()
        .Cut("s1", "alice ConnectRequest", "bob ConnectResponse")
        .Act("alice", "says two", actor => actor.Root.Send(AtBob("doer"), Hello("two")), "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears two", actor => HearsAsync(actor, "doer", "two"))
        .Act("bob", "says three", actor => Do(actor, context => context.Send(Guest(actor), Hello("three"))), "bob MessageBatch", "alice Acknowledgement")
        .Act("alice", "hears three", actor => HearsAsync(actor, "doer", "three"));

    private static ReleaseScenario ClientSentAgain() => new ReleaseScenario("client-sent-again", Client, Bob)
        .Met()
        .Lose()
        .Act("alice", "says two", actor => actor.Root.Send(AtBob("doer"), Hello("two")), "alice MessageBatch")
        .Cut("s1", "alice ConnectRequest", "bob ConnectResponse", "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears two", actor => HearsAsync(actor, "doer", "two"));

    private static ReleaseScenario ClientLeaves() => new ReleaseScenario("client-leaves", Client, Bob)
        .Met()
        .Act("alice", "leaves", actor => { actor.Begun = actor.Node.Remote.ShutdownAsync(); }, "alice Leave", "alice Complete", "bob End")
        .Act("alice", "is gone", actor => actor.Begun!)
        .Act("bob", "knows that she has left", actor => actor.Node.Events.NextAsync<EndpointTerminated>());

    private static ReleaseScenario ServerOfClientLeaves() => new ReleaseScenario("server-of-client-leaves", Client, Bob)
        .Met()
        .Act("bob", "leaves", actor => { actor.Begun = actor.Node.Remote.ShutdownAsync(); }, "bob DisconnectRequest", "alice Complete", "bob End")
        .Act("bob", "is gone", actor => actor.Begun!)
        .Act("alice", "knows that bob has left", actor => actor.Node.Events.NextAsync<EndpointTerminated>(ended => ended.Reason == EndpointTerminatedReason.PeerLeft));

    private static ReleaseScenario ClientHeartbeats() => new ReleaseScenario("client-heartbeats", Beating(Client), Beating(Bob))
        .Act("alice", "connects", actor => { actor.Begun = actor.Node.Remote.WaitForConnectionAsync(Bob.Address); }, "alice ConnectRequest", "bob ConnectResponse")
        .Act("alice", "is connected", actor => actor.Begun!)
        .Act("alice", "says nothing for a while", PassAsync, "alice Heartbeat")
        .Act("bob", "says nothing for a while", PassAsync, "bob Heartbeat");

    private static ReleaseScenario ClientBlocked() => new ReleaseScenario("client-blocked", Client, Bob)
        .Met()
        .Act(
            "bob",
            "blocks alice",
            actor => { actor.Node.Remote.PeerBlockList.BlockAddress(Guest(actor).Address, "for the recording"); },
            "bob End",
            "alice ConnectRequest",
            "bob ConnectResponse")
        .Act("alice", "knows that she is blocked", actor => actor.Node.Events.NextAsync<EndpointBlocked>(blocked => blocked.By == BlockedBy.Peer));

    /// <summary>Alice has said who she is: bob could not know otherwise.</summary>
    private static ReleaseScenario Met(this ReleaseScenario scenario) => scenario
        .Act("bob", "has an actor that is told things", actor => SpawnDoer(actor))
        .Act("alice", "has an actor that answers", actor => actor.Node.Spawn("doer", context =>
        {
            if (context.Message is Action<IContext> act)
            {
                act(context);
            }
            else if (context.Message is Wiretest.Hello hello && context.Sender is not null)
            {
                context.Respond(Hello("re:" + hello.Text));
            }
        }))
        .Act("alice", "says who she is", actor => Do(actor, context => context.Request(AtBob("doer"), new Wiretest.Num { N = 1 })), FirstTime())
        .Act("bob", "knows her", actor => ReceivesAsync<Wiretest.Num>(actor, "doer"));

    /// <summary>Who has said so to bob.</summary>
    private static PID Guest(ReleaseActor bob) => bob.Node.Events.Of<Receipt>().First(receipt => receipt.Message is Wiretest.Num).Sender!;
}
