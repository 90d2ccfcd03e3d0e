using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Actors that other nodes cannot reach, by their props or by their names.</summary>
[Trait("Behaviour", "H-04")]
public sealed class LocalOnlyTests : DisposedAfterTest
{
    private readonly InMemoryNetwork _network = new();

    public static TheoryData<string> Ways => ["props", "props and a mailbox", "a mailbox after the props", "props and a configured mailbox", "name", "pattern"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Actor_ThatIsLocalOnly_IsForbiddenToOthersAndOpenHere(string way)
    {
        var system = way == "props and a configured mailbox"
            ? new ActorSystemConfig().WithConfigureProps(props => props.WithMailbox(() => UnboundedMailbox.Create()))
            : new ActorSystemConfig();
        await using var node = await TestNode.StartAsync(
            options => options.LocalOnly = way switch
            {
                "name" => ["vault"],
                "pattern" => ["other", "v*t"],
                _ => [],
            },
            network: _network,
            system: system);
        await using var peer = await TestNode.StartAsync(network: _network);
        var props = node.Recorder("vault", Answer);
        node.Root.SpawnNamed(
            way switch
            {
                "props" or "props and a configured mailbox" => props.WithLocalOnly(),
                "props and a mailbox" => props.WithMailbox(() => UnboundedMailbox.Create()).WithLocalOnly(),
                "a mailbox after the props" => props.WithLocalOnly().WithMailbox(() => UnboundedMailbox.Create()),
                _ => props,
            },
            "vault");
        node.SpawnEcho("open");

        Assert.Equal(DeadLetterReason.Forbidden, await peer.RefusedAsync(node.Pid("vault"), "open up"));
        peer.Root.Stop(node.Pid("vault"));
        Assert.Equal("re:hello", await peer.AskAsync(node.Pid("open"), "hello"));

        Assert.Equal("mine", await node.AskAsync(node.Pid("vault"), "open up"));
        Assert.Equal(DeadLetterReason.Forbidden, (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Equal(1, peer.Remote.GetEndpointStatistics(node.Address)!.DeniedByPeer);
        Assert.Single(node.Events.Of<Receipt>(), receipt => receipt.Actor == "vault");
    }

    [Fact]
    public async Task Watch_OfAnActorThatIsLocalOnly_IsAnsweredAtOnce()
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var peer = await TestNode.StartAsync(network: _network);
        node.Root.SpawnNamed(node.Recorder("vault").WithLocalOnly(), "vault");
        peer.Spawn("watcher", context =>
        {
            if (context.Message is Started)
            {
                context.Watch(node.Pid("vault"));
            }
        });

        Assert.Equal(TerminatedReason.AddressTerminated, ((Terminated)(await peer.NextReceiptAsync("watcher")).Message).Why);
    }

    [Fact]
    public async Task ActorFromBeforeRemote_WithTheMark_IsForbiddenToo()
    {
        await using var system = new ActorSystem();
        system.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask).WithLocalOnly(), "early");
        system.Root.SpawnNamed(Props.FromFunc(Answer), "open");
        var setup = new TestSetup().UseNetwork(_network);
        var options = new RemoteOptions();
        setup.Fill(options.Hooks);
        options.Hooks.LoggerFactory = new TestLog();
        await using var remote = new ReliableRemote(system, setup.ToConfig(), options);
        await remote.StartAsync().Within("the start");
        await using var peer = await TestNode.StartAsync(network: _network);

        Assert.Equal(DeadLetterReason.Forbidden, await peer.RefusedAsync(PID.FromAddress(remote.Address, "early"), "open up"));
        Assert.Equal("mine", await peer.AskAsync(PID.FromAddress(remote.Address, "open"), "open up"));
    }

    [Fact]
    public async Task Everything_BeingLocalOnly_StillLetsAnswersIn()
    {
        await using var node = await TestNode.StartAsync(options => options.LocalOnly = ["*"], network: _network);
        await using var peer = await TestNode.StartAsync(network: _network);
        node.SpawnEcho("closed");
        peer.SpawnEcho();

        Assert.Equal("re:a question", await node.AskAsync(peer.Pid("echo"), "a question"));
        Assert.Equal(DeadLetterReason.Forbidden, await peer.RefusedAsync(node.Pid("closed"), "a question"));
        Assert.Equal(RemoteError.Forbidden, (await Assert.ThrowsAsync<RemoteException>(
            () => peer.Remote.SpawnAsync(node.Address, "kind").Within("a refusal"))).Error);
    }

    /// <summary>What comes back is answered from within the node: for requests and open actors, and for no closed one.</summary>
    [Fact]
    public async Task Message_ThatAnotherNodeForwardsBack_IsAnsweredToWhoIsOpen()
    {
        await using var node = await TestNode.StartAsync(options => options.LocalOnly = ["closed*"], network: _network);
        await using var peer = await TestNode.StartAsync(network: _network);
        node.SpawnEcho();
        peer.Spawn("relay", context =>
        {
            if (context.Message is StringValue)
            {
                context.Forward(node.Pid("echo"));
            }
        });
        foreach (var asker in new[] { "closed1", "open1" })
        {
            node.Spawn(asker, context =>
            {
                if (context.Message is "ask")
                {
                    context.Request(peer.Pid("relay"), new StringValue { Value = asker });
                }
            });
            node.Root.Send(node.Pid(asker), "ask");
            await node.NextReceiptAsync(asker);
        }

        Assert.Equal("re:open1", ((StringValue)(await node.NextReceiptAsync("open1")).Message).Value);
        Assert.Equal("re:request", await node.AskAsync(peer.Pid("relay"), "request"));
        var letter = await node.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal((DeadLetterReason.Forbidden, "closed1"), (letter.Reason, ((StringValue)letter.Message).Value));
        Assert.Single(node.Events.Of<Receipt>(), receipt => receipt.Actor == "closed1");
    }

    [Fact]
    public async Task Message_InARunToAnotherTarget_IsJudgedByItsOwn()
    {
        await using var node = await TestNode.StartAsync(options => options.LocalOnly = ["closed*"], network: _network);
        await using var peer = await TestNode.StartAsync(network: _network);
        node.Spawn("closed1");
        node.Spawn("open1");
        node.SpawnEcho();

        // One batch, as far as possible: what was judged for one target must not hold for the next.
        for (var i = 0; i < 50; i++)
        {
            peer.Root.Send(node.Pid(i % 2 == 0 ? "closed1" : "open1"), new StringValue { Value = "message" });
        }

        await peer.AskAsync(node.Pid("echo"), "all there?");
        Assert.Equal(25, node.Events.Of<Receipt>().Count(receipt => receipt.Actor == "open1"));
        Assert.DoesNotContain(node.Events.Of<Receipt>(), receipt => receipt.Actor == "closed1");
        Assert.Equal(25, (await node.PublishedAsync<RemoteDeadLetterEvent>()).Count(letter => letter.Reason == DeadLetterReason.Forbidden));
    }

    [Theory]
    [InlineData("orders/*", "orders/1", true)]
    [InlineData("orders/*", "orders", false)]
    [InlineData("orders/*", "Orders/1", false)]
    [InlineData("order?", "order1", true)]
    [InlineData("order?", "order12", false)]
    [InlineData("*", "orders", true)]
    public void Pattern_MeansWhatTheDocumentsSay(string pattern, string id, bool expected) =>
        Assert.Equal(expected, new NamePatterns([pattern]).Match(id, ignoreCase: false));

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    private static Task Answer(IContext context)
    {
        if (context.Message is StringValue)
        {
            context.Respond(new StringValue { Value = "mine" });
        }

        return Task.CompletedTask;
    }
}
