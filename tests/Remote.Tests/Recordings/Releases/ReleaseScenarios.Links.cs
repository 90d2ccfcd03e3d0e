namespace Remote.Tests;

/// <summary>What carries it: handshakes, links, and their ends.</summary>
internal static partial class ReleaseScenarios
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static ReleaseScenario Resumed() => new ReleaseScenario("resumed", Alice, Bob)
        .Connected()
        .Cut("s1", "alice ConnectRequest", "bob ConnectResponse")
        .Act("alice", "says two", actor => actor.Root.Send(AtBob("sink"), Hello("two")), "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears two", actor => HearsAsync(actor, "sink", "two"));

    private static ReleaseScenario SentAgain() => new ReleaseScenario("sent-again", Alice, Bob)
        .Connected()
        .Lose()
        .Act("alice", "says two", actor => actor.Root.Send(AtBob("sink"), Hello("two")), "alice MessageBatch")
        .Cut("s1", "alice ConnectRequest", "bob ConnectResponse", "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears two", actor => HearsAsync(actor, "sink", "two"))
        .Act("alice", "says three", actor => actor.Root.Send(AtBob("sink"), Hello("three")), "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears three", actor => HearsAsync(actor, "sink", "three"));

    private static ReleaseScenario Unknown() => new ReleaseScenario(
        // Longer than a node takes to start on a busy machine: what is recorded is the first dial that meets the new one.
        "unknown", Alice with { Options = options => (options.Reconnect.MaxAttempts, options.Reconnect.InitialDelay) = (0, TimeSpan.FromSeconds(2)) }, Bob, Bob with { Name = "bob2", Replaces = "bob", IsLate = true })
        .Connected()
        .Dies("bob")
        .Cut("s1")
        .Starts("bob2")
        .Act("bob2", "has a sink", actor => { actor.Node.Spawn("sink"); }, "alice ConnectRequest", "bob2 ConnectResponse")
        .Act("alice", "knows that bob is another one", actor => actor.Node.Events.NextAsync<EndpointTerminated>(ended => ended.Reason == EndpointTerminatedReason.IncarnationEnded))
        .Act(
            "alice",
            "says two",
            actor => actor.Root.Send(AtBob("sink"), Hello("two")),
            "alice ConnectRequest",
            "bob2 ConnectResponse",
            "alice MessageBatch",
            "bob2 Acknowledgement")
        .Act("bob2", "hears two", actor => HearsAsync(actor, "sink", "two"));

    private static ReleaseScenario Stale() => new ReleaseScenario("stale-attempt", Alice, Bob)
        .Connected()
        .Cut("s1", "alice ConnectRequest", "bob ConnectResponse")
        .Late("s1", "bob End")
        .Act("alice", "says two", actor => actor.Root.Send(AtBob("sink"), Hello("two")), "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears two", actor => HearsAsync(actor, "sink", "two"));

    private static ReleaseScenario WithoutLinks() => new ReleaseScenario("without-links", Alice with { Options = options => options.Link.Resume = false }, Bob)
        .Act("bob", "has a sink", actor => { actor.Node.Spawn("sink"); })
        .Act("alice", "says one", actor => actor.Root.Send(AtBob("sink"), Hello("one")), "alice ConnectRequest", "bob ConnectResponse", "alice MessageBatch")
        .Act("bob", "hears one", actor => HearsAsync(actor, "sink", "one"));

    private static ReleaseScenario Plain() => new ReleaseScenario("plain-peer", Alice with { Options = options => options.PlainPeers.Add(Bob.Address) }, Bob)
        .Act("bob", "has a sink", actor => { actor.Node.Spawn("sink"); })
        .Act("alice", "says one", actor => actor.Root.Send(AtBob("sink"), Hello("one")), "alice ConnectRequest", "bob ConnectResponse", "alice MessageBatch")
        .Act("bob", "hears one", actor => HearsAsync(actor, "sink", "one"));

    private static ReleaseScenario Heartbeats() => new ReleaseScenario("heartbeats", Beating(Alice), Beating(Bob))
        .Act("alice", "connects", actor => { actor.Begun = actor.Node.Remote.WaitForConnectionAsync(Bob.Address); }, "alice ConnectRequest", "bob ConnectResponse")
        .Act("alice", "is connected", actor => actor.Begun!)
        .Act("alice", "says nothing for a while", PassAsync, "alice Heartbeat")
        .Act("bob", "says nothing for a while", PassAsync, "bob Heartbeat");

    private static ReleaseScenario SlowTarget() => new ReleaseScenario("slow-target", Client, Bob with { Options = options => options.Inbound.MaxMessages = 8 })
        .Act("bob", "has an echo, a sink and a slow one", actor =>
        {
            actor.Node.SpawnEcho();
            actor.Node.Spawn("sink");
            actor.Node.Spawn("slow", _ => actor.Gate.Task);
        })
        .Act("alice", "says one to the slow", actor => actor.Root.Send(AtBob("slow"), Hello("one")), FirstTime())
        .Act("alice", "says two to the slow", actor => actor.Root.Send(AtBob("slow"), Hello("two")), "alice MessageBatch", "bob Acknowledgement")
        .Act("alice", "says three to the slow", actor => actor.Root.Send(AtBob("slow"), Hello("three")), "alice MessageBatch", "bob Acknowledgement")
        .Act("alice", "says four to the slow", actor => actor.Root.Send(AtBob("slow"), Hello("four")), "alice MessageBatch", "bob Acknowledgement")
        .Act("alice", "says five to the slow", actor => actor.Root.Send(AtBob("slow"), Hello("five")), "alice MessageBatch", "bob TargetPause")

        // The answer comes on the same stream, after what was said of the slow one.
        .Act("alice", "asks", actor => { actor.Begun = actor.Node.AskAsync(AtBob("echo"), "one"); }, "alice MessageBatch", "bob MessageBatch", "alice Acknowledgement")
        .Act("alice", "has the answer", AnsweredAsync)
        .Act("alice", "says six to the slow and one to the sink", actor =>
        {
            actor.Root.Send(AtBob("slow"), Hello("six"));
            actor.Root.Send(AtBob("sink"), Hello("one"));
        }, "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears one at the sink", actor => HearsAsync(actor, "sink", "one"))
        .Act("bob", "lets the slow one go on", actor => actor.Gate.SetResult(), "bob TargetPause", "alice MessageBatch", "bob Acknowledgement")
        .Act("bob", "hears six", actor => HearsAsync(actor, "slow", "six"));

    private static ReleaseScenario Credit() => new ReleaseScenario(
        "credit", Alice, Bob with { Options = options => options.Inbound.MaxMessages = 2 })
        .Act("bob", "has two slow ones", actor =>
        {
            actor.Node.Spawn("first", _ => actor.Gate.Task);
            actor.Node.Spawn("second", _ => actor.Gate.Task);
        })
        .Act("alice", "says one to the first", actor => actor.Root.Send(AtBob("first"), Hello("one")), FirstTime())
        .Act("alice", "says one to the second", actor => actor.Root.Send(AtBob("second"), Hello("one")), "alice MessageBatch", "bob Acknowledgement")
        .Act("alice", "says two to nobody", actor => actor.Root.Send(AtBob("nobody"), Hello("two")))
        .Act("bob", "lets them go on", actor => actor.Gate.SetResult(), "bob Acknowledgement", "alice MessageBatch");

    private static ReleaseScenario Blocked() => new ReleaseScenario("blocked", Alice, Bob)
        .Act("bob", "blocks alice", actor => { actor.Node.Remote.PeerBlockList.BlockAddress(Alice.Address, "for the recording"); })
        .Act("alice", "says one", actor => actor.Root.Send(AtBob("sink"), Hello("one")), "alice ConnectRequest", "bob ConnectResponse")
        .Act("alice", "knows that she is blocked", actor => actor.Node.Events.NextAsync<EndpointBlocked>(blocked => blocked.By == BlockedBy.Peer));

    private static ReleaseScenario BlockedAlive() => new ReleaseScenario("blocked-alive", Alice, Bob)
        .Connected()
        .Act(
            "bob",
            "blocks alice",
            actor => { actor.Node.Remote.PeerBlockList.BlockAddress(Alice.Address, "for the recording"); },
            "bob End",
            "alice ConnectRequest",
            "bob ConnectResponse")
        .Act("alice", "knows that she is blocked", actor => actor.Node.Events.NextAsync<EndpointBlocked>(blocked => blocked.By == BlockedBy.Peer));

    private static ReleaseScenario SharedBlocks() => new ReleaseScenario("shared-blocks", Alice, Bob with { Options = options => options.BlockList.TrustPeers = true })
        .Act("bob", "has a sink", actor => { actor.Node.Spawn("sink"); })
        .Act("alice", "blocks two for all", actor =>
        {
            actor.Node.Remote.PeerBlockList.BlockSystem("11111111111111111111111111111111", share: true);
            actor.Node.Remote.PeerBlockList.BlockSystem("22222222222222222222222222222222", share: true);
        })
        .Act("alice", "says one", actor => actor.Root.Send(AtBob("sink"), Hello("one")), FirstTime())
        .Act("bob", "knows them", actor => { Assert.Equal(2, actor.Node.Remote.PeerBlockList.Entries.Count); });

    private static ReleaseScenario DiallerLeaves() => new ReleaseScenario("dialler-leaves", Alice, Bob)
        .Connected()
        .Act("alice", "leaves", actor => { actor.Begun = actor.Node.Remote.ShutdownAsync(); }, "alice Leave", "alice Complete", "bob End")
        .Act("alice", "is gone", actor => actor.Begun!);

    private static ReleaseScenario AcceptorLeaves() => new ReleaseScenario("acceptor-leaves", Alice, Bob)
        .Connected()
        .Act("bob", "leaves", actor => { actor.Begun = actor.Node.Remote.ShutdownAsync(); }, "bob DisconnectRequest", "alice Complete", "bob End")
        .Act("bob", "is gone", actor => actor.Begun!)
        .Act("alice", "knows that bob has left", actor => actor.Node.Events.NextAsync<EndpointTerminated>(ended => ended.Reason == EndpointTerminatedReason.PeerLeft));

    private static ReleaseRole Beating(ReleaseRole role) => role with
    {
        HasManualClock = true,
        Options = options =>
        {
            options.Heartbeat.Interval = Interval;
            options.Heartbeat.Timeout = Interval * 3;
        },
    };

    private static async Task PassAsync(ReleaseActor actor)
    {
        // A node looks four times in an interval whether it has to say something, and the first look tells it what went before.
        for (var quarter = 0; quarter < 5; quarter++)
        {
            await actor.Clock!.WaitForTimerAsync(Interval / 4);
            actor.Clock.Advance(Interval / 4);
        }
    }
}
