using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Whole nodes over loopback sockets: send, request, forward, and who may start and stop when.</summary>
[Trait("Behaviour", "E-01")]
public sealed class DeliveryTests
{
    private static StringValue Text(string text) => new() { Value = text };

    [Fact]
    public async Task Send_ToAnotherNode_ArrivesWithoutSender()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.Spawn("sink");

        here.Root.Send(there.Pid("sink"), Text("hello"));

        var receipt = await there.NextReceiptAsync("sink");
        Assert.Equal((Text("hello"), null, 0), (receipt.Message, receipt.Sender, receipt.Headers.Count));
    }

    [Fact]
    public async Task Addresses_WithPortZero_AreReadBack()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();

        Assert.NotEqual(here.Address, there.Address);
        Assert.All([here, there], node =>
        {
            Assert.StartsWith("127.0.0.1:", node.Address, StringComparison.Ordinal);
            Assert.InRange(node.Port, 1, 65535);
            Assert.Equal(node.Address, node.ActorSystem.Address);
        });
    }

    [Fact]
    public async Task RequestAsync_FromRootAndFromActors_IsAnswered()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        var echo = there.SpawnEcho();
        var asker = here.Spawn("asker", context =>
        {
            if (context.Message is "ask")
            {
                context.Request(there.Pid("echo"), Text("from an actor"));
            }
        });

        here.Root.Send(asker, "ask");

        Assert.Equal("re:from the root", await here.AskAsync(there.Pid("echo"), "from the root"));
        var answer = await here.Events.NextAsync<Receipt>(receipt => receipt.Message is StringValue);
        Assert.Equal(("asker", Text("re:from an actor")), (answer.Actor, answer.Message));
        var question = there.Events.Of<Receipt>().Single(receipt => receipt.Message.Equals(Text("from an actor")));
        Assert.Equal(here.Pid("asker"), question.Sender);
        Assert.Equal(there.Address, echo.Address);
    }

    [Fact]
    public async Task Forward_ThroughASecondNode_IsAnsweredByTheThirdToTheFirst()
    {
        await using var first = await TestNode.StartAsync();
        await using var second = await TestNode.StartAsync();
        await using var third = await TestNode.StartAsync();
        third.SpawnEcho();
        second.Spawn("forwarder", context =>
        {
            if (context.Message is StringValue)
            {
                context.Forward(third.Pid("echo"));
            }
        });

        Assert.Equal("re:around", await first.AskAsync(second.Pid("forwarder"), "around"));

        Assert.Equal(first.Address, third.Events.Of<Receipt>().Single().Sender!.Address);
        Assert.Equal(EndpointState.Idle, second.Remote.GetEndpointState(first.Address));
    }

    [Fact]
    public async Task Send_ToTheOwnAddress_StaysInside()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        node.SpawnEcho();

        Assert.Equal("re:me", await node.AskAsync(node.Pid("echo"), "me"));

        Assert.Equal(0, network.Dials);
        Assert.Equal(node.Address, node.Events.Of<Receipt>().Single().Sender!.Address);
    }

    [Fact]
    public async Task Request_ToAMissingActor_FailsAtOnceWithTheTarget()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();

        await Assert.ThrowsAsync<DeadLetterException>(() => here.AskAsync(there.Pid("nobody"), "hello?"));
        var refusal = await here.RefusalAsync(there.Pid("nobody"), Text("still nobody?"));

        Assert.Equal((there.Pid("nobody"), DeadLetterReason.NoSuchProcess), (refusal.Target, refusal.GetReason()));
        var letter = await there.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal((there.Pid("nobody"), Text("hello?"), DeadLetterReason.NoSuchProcess), (letter.Pid, letter.Message, letter.Reason));
    }

    [Fact]
    public async Task Request_OfAnActorToAMissingActor_BringsADeadLetterResponse()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        here.Spawn("asker");

        here.Root.Request(there.Pid("nobody"), Text("hello?"), here.Pid("asker"));

        var response = Assert.IsType<DeadLetterResponse>((await here.NextReceiptAsync("asker")).Message);
        Assert.Equal(there.Pid("nobody"), response.Target);
    }

    [Fact]
    public async Task SendAsync_ToAnotherNode_ArrivesInOrder()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.Spawn("sink");

        for (var i = 0; i < 100; i++)
        {
            await here.Root.SendAsync(there.Pid("sink"), new Int32Value { Value = i }).AsTask().Within($"sending {i}");
        }

        var received = await there.Events.WaitForCountAsync<Receipt>(100);
        Assert.Equal(Enumerable.Range(0, 100), received.Select(receipt => ((Int32Value)receipt.Message).Value));
    }

    [Fact]
    public async Task StopAndPoison_OfARemoteActor_StopIt()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.Spawn("one");
        there.Spawn("two");

        await here.Root.StopAsync(there.Pid("one")).Within("stopping");
        await here.Root.PoisonAsync(there.Pid("two")).Within("poisoning");

        Assert.Null(there.Find("one"));
        Assert.Null(there.Find("two"));
    }

    [Fact]
    public async Task Touch_OfARemoteActor_IsAnsweredAndDelivered()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.Spawn("actor");

        var touched = await here.Root.RequestAsync<Touched>(there.Pid("actor"), new Touch(), TestTime.Ceiling);

        Assert.Equal(there.Pid("actor"), touched.Who);
        Assert.IsType<Touch>((await there.NextReceiptAsync("actor")).Message);
    }
}
