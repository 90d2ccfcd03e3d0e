using Proto;

namespace Remote.Tests;

/// <summary>Recordings 01, 02, 04 and 09a: sends, requests, headers, missing actors.</summary>
public sealed class MessageReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task ConnectSend_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("01-connect-send").Play("node1", node);
        PID Sink() => new(replay.AddressOf("node2"), "sink");
        Task? shutdown = null;
        replay
            .Before(3, () => node.Root.Send(Sink(), Text("hello")))
            .Before(15, () => node.Root.Send(Sink(), new Wiretest.Hello { Text = "second" }))
            .Before(20, () => { shutdown = node.Remote.ShutdownAsync(); });

        await replay.RunAsync();

        await shutdown!.Within("the shutdown");
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task ConnectSend_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn("sink");
        await using var replay = new Replay("01-connect-send").Play("node2", node);
        replay.Before(17, () => node.Root.Send(new PID(replay.AddressOf("node1"), "nobody-cares"), Text("from node2 on its own stream")));

        await replay.RunAsync();
        await replay.FinishAsync();
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task RequestReply_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("02-request-reply").Play("node1", node);
        PID Echo() => new(replay.AddressOf("node2"), "echo");
        var asker = SpawnDoer(node, "asker");
        List<Task<string>> answers = [];
        replay
            .Before(3, () => answers.Add(node.AskAsync(Echo(), "one")))
            .Before(12, () => answers.AddRange([node.AskAsync(Echo(), "c1"), node.AskAsync(Echo(), "c2"), node.AskAsync(Echo(), "c3")]))
            .Before(18, () => Do(node, asker, context => context.Request(Echo(), Text("from actor"))))
            .Before(21, () => answers.Add(node.AskAsync(Echo(), "awaited in actor")));

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal(["re:one", "re:c1", "re:c2", "re:c3", "re:awaited in actor"], await Task.WhenAll(answers).Within("the answers"));
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task RequestReply_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        await using var replay = new Replay("02-request-reply").Play("node2", node);

        await replay.RunAsync();
        await replay.FinishAsync();
    }

    [Fact]
    [Trait("Behaviour", "Z-01")]
    public async Task Headers_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("04-headers").Play("node1", node);
        PID Actor() => new(replay.AddressOf("node2"), "hdr");
        List<Task<string>> answers = [];
        replay
            .Before(4, () => node.Root.Send(Actor(), Text("send with root headers")))
            .Before(13, () => node.Root.Send(Actor(), MessageEnvelope.Wrap(Text("send with headers"), Headers)))
            .Before(16, () => node.Root.Send(Actor(), MessageEnvelope.Wrap(Text("empty header"), MessageHeader.Empty)))
            .Before(18, () => answers.Add(AskAsync("request with headers")))
            .Before(22, () => answers.Add(node.AskAsync(Actor(), "plain")));

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal(["reply", "reply"], await Task.WhenAll(answers).Within("the answers"));

        async Task<string> AskAsync(string text) =>
            (await node.Root.RequestAsync<Google.Protobuf.WellKnownTypes.StringValue>(Actor(), MessageEnvelope.Wrap(Text(text), Headers), TestTime.Ceiling)).Value;
    }

    [Fact]
    [Trait("Behaviour", "Z-01")]
    public async Task Headers_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn("hdr", context =>
        {
            if (context.Sender is not null)
            {
                context.Respond(Text("reply"), MessageHeader.Empty.With("reply-key", "reply-value"));
            }
        });
        await using var replay = new Replay("04-headers").Play("node2", node);

        await replay.RunAsync();
        await replay.FinishAsync();

        var received = node.Events.Of<Receipt>();
        Assert.Equal([0, 4, 0, 4, 0], received.Select(receipt => receipt.Headers.Count));
        Assert.Equal(Headers.OrderBy(pair => pair.Key), received[1].Headers.OrderBy(pair => pair.Key));
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task DeadLetter_AsNode1()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("09a-dead-letter").Play("node1", node);
        PID Missing() => new(replay.AddressOf("node2"), "missing");
        var asker = SpawnDoer(node, "asker");
        Task<DeadLetterResponse>? answer = null;
        replay
            .Before(4, () => node.Root.Send(Missing(), Text("into the void")))
            .Before(12, () => { answer = node.RefusalAsync(Missing(), Text("anyone?")); })
            .Before(16, () => Do(node, asker, context => context.Request(Missing(), Text("from actor"))))
            .Before(21, () => node.Root.Stop(Missing()))
            .Before(23, () => node.Root.Poison(Missing()));

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal(Missing(), (await answer!).Target);
    }

    [Fact]
    [Trait("Behaviour", "E-01")]
    public async Task DeadLetter_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        await using var replay = new Replay("09a-dead-letter").Play("node2", node);

        await replay.RunAsync();
        await replay.FinishAsync();
    }

    private static MessageHeader Headers { get; } = new(new Dictionary<string, string>
    {
        ["utf8"] = "äö€",
        ["k"] = "v",
        ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ["empty"] = "",
    });
}
