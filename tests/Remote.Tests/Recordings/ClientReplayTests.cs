using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>Recording 11: a node without a listener, seen from itself, from its server, and from a third node behind the server.</summary>
public sealed class ClientReplayTests : ReplayTests
{
    private const string Scenario = "11-client";

    [Fact]
    [Trait("Behaviour", "H-02")]
    public async Task Client_AsTheClient()
    {
        await using var node = await TestNode.StartClientAsync(setup: setup => setup.AddKind("ckind", Answering(text => "spawned on the client: " + text)));
        await using var replay = new Replay(Scenario).Play("client1", node);
        PID There(string id) => new(replay.AddressOf("node2"), id);
        var actor = node.Spawn("cactor", async context =>
        {
            if (context.Message is Func<IContext, Task> act)
            {
                await act(context);
            }
            else if (context.Message is StringValue && context.Sender is not null)
            {
                context.Respond(Text("client answers"));
            }
        });
        List<Task<string>> answers = [];
        Task? shutdown = null;
        replay
            .Before(4, () => answers.Add(node.AskAsync(There("echo"), "from client")))
            .Before(13, () => Do(node, actor, context => context.Request(There("echo"), Text("from client actor"))))
            .Before(32, async () =>
            {
                await SettleAsync(replay, node, "s1", "cactor");
                node.Root.Stop(node.Pid("cspawn"));
            })
            .Before(35, () => Do(node, actor, context => context.Watch(There("sw"))))
            .Before(38, () => answers.Add(node.AskAsync(There("forwarder"), "fwd")))
            .Before(52, async () =>
            {
                // The server's watch of cactor has come before we leave.
                await SettleAsync(replay, node, "s1", "cactor");
                shutdown = node.Remote.ShutdownAsync();
            });

        await replay.RunAsync();

        await shutdown!.Within("the shutdown");
        Assert.Equal(["re:from client", "third got fwd"], await Task.WhenAll(answers).Within("the answers"));
    }

    [Fact]
    [Trait("Behaviour", "H-02")]
    public async Task Client_AsItsServer()
    {
        await using var node = await TestNode.StartAsync();
        node.SpawnEcho();
        await using var replay = new Replay(Scenario).Play("node2", node);
        var client = Conversation.Load(Scenario).Node("client1");
        PID Plain(string id) => new(client.Address, id);
        node.Spawn("forwarder", context =>
        {
            if (context.Message is StringValue)
            {
                context.Forward(new PID(replay.AddressOf("node3"), "third"));
            }
        });
        var watched = node.Spawn("sw");
        var watcher = SpawnDoer(node, "swatcher");
        List<Task<string>> answers = [];
        Task<PID>? spawned = null;
        Task<string>? late = null;
        replay
            .Before(18, () => answers.Add(node.AskAsync(ProxyOf("cactor"), "ask")))
            .Before(21, () => answers.Add(node.AskAsync(Plain("cactor"), "ask")))
            .Before(24, () => { spawned = node.Remote.SpawnNamedAsync(client.Address, "cspawn", "ckind"); })
            .Before(27, () => answers.Add(node.AskAsync(Plain("cspawn"), "x")))
            .Before(31, () => Do(node, watcher, context => context.Watch(Plain("cspawn"))))
            .Before(36, async () =>
            {
                await SettleAsync(replay, node, "s1", "sw");
                node.Root.Stop(watched);
            })
            .Before(51, () => Do(node, watcher, context => context.Watch(Plain("cactor"))))
            .Before(55, async () =>
            {
                await node.Events.WaitForCountAsync<EndpointTerminated>(1);
                late = node.AskAsync(Plain("cactor"), "gone?");
            });

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal(["client answers", "client answers", "spawned on the client: x"], await Task.WhenAll(answers).Within("the answers"));
        Assert.Equal(Plain("cspawn"), await spawned!.Within("the spawn"));
        await Assert.ThrowsAsync<DeadLetterException>(() => late!.Within("the request to the gone client"));

        // Difference.TerminatedIsSent: the recorded server does not tell its watcher that the client has left.
        var ended = await node.Events.NextAsync<Receipt>(receipt => receipt is { Actor: "swatcher", Message: Terminated { Who.Id: "cactor" } });
        Assert.Equal(TerminatedReason.AddressTerminated, ((Terminated)ended.Message).Why);

        PID ProxyOf(string id) => node.Events.Of<Receipt>().First(receipt => receipt.Sender?.Id.EndsWith(id, StringComparison.Ordinal) == true).Sender!;
    }

    [Fact]
    [Trait("Behaviour", "H-02")]
    public async Task Client_AsTheThirdNode()
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn("third", context =>
        {
            if (context.Message is StringValue text)
            {
                context.Respond(Text("third got " + text.Value));
            }
        });
        await using var replay = new Replay(Scenario).Play("node3", node);

        await replay.RunAsync();
        await replay.FinishAsync();
    }

    private static Props Answering(Func<string, string> answer) => Props.FromFunc(context =>
    {
        if (context.Message is StringValue text)
        {
            context.Respond(Text(answer(text.Value)));
        }

        return Task.CompletedTask;
    });
}
