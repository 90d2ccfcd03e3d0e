using Recording;
using Proto;

namespace Remote.Tests;

/// <summary>Recording 10: JSON messages, their type names as .NET writes them, and ours without versions (<see cref="Difference.ShortJsonNames"/>).</summary>
public sealed class JsonReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "Z-01")]
    public async Task Json_AsNode1()
    {
        await using var node = await StartAsync();
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
        await using var node = await StartAsync();
        SpawnJson(node);
        await using var replay = new Replay("10-json").Play("node2", node);

        await replay.RunAsync();
        await VerifyReceivedAsync(node);
        await replay.FinishAsync();
    }

    /// <summary>Types of .NET itself are not taken from others unless a node says so.</summary>
    private static Task<TestNode> StartAsync() => TestNode.StartAsync(options =>
    {
        options.RegisteredJsonTypes.Add(typeof(string));
        options.RegisteredJsonTypes.Add(typeof(int));
    });

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
