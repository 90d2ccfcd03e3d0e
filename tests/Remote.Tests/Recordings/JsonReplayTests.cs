using Recording;
using Remote.Actors;
using Remote.Tests.Serialization;

namespace Remote.Tests;

/// <summary>Recording 10: JSON messages, their type names as .NET writes them.</summary>
public sealed class JsonReplayTests : ReplayTests
{
    private const string Versions = ", Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";
    private const string CoreLib = ", System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e";

    [Fact]
    [Trait("Behaviour", "Z-01")]
    public async Task Json_AsNode1()
    {
        await using var node = await TestNode.StartAsync(setup: FullNames);
        await using var replay = new Replay("10-json").Play("node1", node);
        PID There() => new(replay.AddressOf("node2"), "json");
        Task<JsonAnswer>? answer = null;
        replay
            .Before(3, () => { answer = node.Root.RequestAsync<JsonAnswer>(There(), new JsonGreeting("bob äö€", 42, ["x", "y"]), TestTime.Ceiling); })
            .Before(14, () =>
            {
                node.Root.Send(There(), "a bare string");
                node.Root.Send(There(), 5);
            });

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal(new JsonAnswer("hi bob äö€"), await answer!.Within("the answer"));
    }

    [Fact]
    [Trait("Behaviour", "Z-01")]
    public async Task Json_AsNode2()
    {
        await using var node = await TestNode.StartAsync(setup: FullNames);
        SpawnJson(node);
        await using var replay = new Replay("10-json").Play("node2", node);

        await replay.RunAsync();
        await VerifyReceivedAsync(node);
        await replay.FinishAsync();
    }

    [Fact]
    [Trait("Behaviour", "Z-01")]
    public async Task Json_AsNode2WithNamesWithoutVersions()
    {
        await using var node = await TestNode.StartAsync(setup: setup => setup
            .AddJson(TestJson.Default.JsonGreeting, "Recording.JsonGreeting, WireRecorder")
            .AddJson(TestJson.Default.JsonAnswer, "Recording.JsonAnswer, WireRecorder")
            .AddJson(TestJson.Default.String)
            .AddJson(TestJson.Default.Int32));
        SpawnJson(node);
        await using var replay = new Replay("10-json").Play("node2", node);
        replay.Instead(11, Difference.ShortJsonNames, async () =>
        {
            var answer = await replay.NextAsync("s2", "the answer") as Observed.Envelope;
            Assert.Equal(("Recording.JsonAnswer, WireRecorder", 1), (answer?.View.Type, answer?.View.Serializer));
        });

        await replay.RunAsync();
        await VerifyReceivedAsync(node);
        await replay.FinishAsync();
    }

    private static void FullNames(RemoteSetup setup) => setup
        .AddJson(TestJson.Default.JsonGreeting, "Recording.JsonGreeting, WireRecorder" + Versions)
        .AddJson(TestJson.Default.JsonAnswer, "Recording.JsonAnswer, WireRecorder" + Versions)
        .AddJson(TestJson.Default.String, "System.String" + CoreLib)
        .AddJson(TestJson.Default.Int32, "System.Int32" + CoreLib);

    private static void SpawnJson(TestNode node) => node.Spawn("json", context =>
    {
        if (context.Message is JsonGreeting greeting)
        {
            context.Respond(new JsonAnswer("hi " + greeting.Text));
        }
    });

    private static async Task VerifyReceivedAsync(TestNode node)
    {
        var received = await node.Events.WaitForCountAsync<Receipt>(3);
        var greeting = Assert.IsType<JsonGreeting>(received[0].Message);
        Assert.Equal(("bob äö€", 42, "x,y"), (greeting.Text, greeting.Number, string.Join(",", greeting.Tags)));
        Assert.Equal(["a bare string", 5], received.Skip(1).Select(receipt => receipt.Message));
    }
}
