using Proto;

namespace Remote.Tests;

/// <summary>Every conversation that a release is recorded having. The parts of this class are by subject.</summary>
internal static partial class ReleaseScenarios
{
    private static readonly ReleaseRole Alice = new("alice");

    private static readonly ReleaseRole Bob = new("bob");

    /// <summary>Alice without a listener.</summary>
    private static readonly ReleaseRole Client = new("alice") { IsClient = true };

    public static IReadOnlyList<ReleaseScenario> All { get; } =
    [
        Tell(), Request(), Json(), Spawn(), Watch(), SystemMessages(), StopAndWait(), UnknownType(), Deadline(),
        Resumed(), SentAgain(), Unknown(), Stale(), WithoutLinks(), Plain(), Heartbeats(), SlowTarget(), Credit(),
        Blocked(), BlockedAlive(), SharedBlocks(), DiallerLeaves(), AcceptorLeaves(),
        ClientRequest(), ClientPush(), ClientSystem(), ClientResumed(), ClientSentAgain(), ClientLeaves(), ServerOfClientLeaves(), ClientHeartbeats(), ClientBlocked(),
    ];

    private static PID AtBob(string id) => new(Bob.Address, id);

    private static Wiretest.Hello Hello(string text) => new() { Text = text };

    /// <summary>What alice says and bob answers when she has something for him for the first time.</summary>
    private static string[] FirstTime(params string[] more) => ["alice ConnectRequest", "bob ConnectResponse", "alice MessageBatch", "bob Acknowledgement", .. more];

    /// <summary>An actor that does what a test tells it to.</summary>
    private static void SpawnDoer(ReleaseActor actor, string name = "doer") => actor.Node.Spawn(name, context =>
    {
        if (context.Message is Action<IContext> act)
        {
            act(context);
        }
    });

    private static void Do(ReleaseActor actor, Action<IContext> act, string name = "doer") => actor.Root.Send(actor.Node.Pid(name), act);

    private static async Task ReceivesAsync<T>(ReleaseActor actor, string at, Func<T, bool>? which = null)
        where T : class => await actor.Node.Events.NextAsync<Receipt>(receipt => receipt.Actor == at && receipt.Message is T message && (which is null || which(message)), expected: $"{at} receives {typeof(T).Name}");

    private static Task HearsAsync(ReleaseActor actor, string at, string text) => ReceivesAsync<Wiretest.Hello>(actor, at, hello => hello.Text == text);

    /// <summary>Alice says hello to a sink of bob's, and it is there.</summary>
    private static ReleaseScenario Connected(this ReleaseScenario scenario) => scenario
        .Act("bob", "has a sink", actor => { actor.Node.Spawn("sink"); })
        .Act("alice", "says one", actor => actor.Root.Send(AtBob("sink"), Hello("one")), FirstTime())
        .Act("bob", "hears one", actor => HearsAsync(actor, "sink", "one"));
}
