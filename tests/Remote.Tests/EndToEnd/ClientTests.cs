using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Nodes without a listener: everything goes over the one stream that they open.</summary>
[Trait("Behaviour", "H-02")]
public sealed class ClientTests
{
    [Fact]
    public async Task Address_OfAClient_IsMadeOfItsId()
    {
        await using var client = await TestNode.StartClientAsync();

        Assert.Equal("$client/" + client.SystemId, client.Address);
        Assert.Equal(client.Address, client.ActorSystem.Address);
    }

    [Fact]
    public async Task Requests_OfAClient_AreAnsweredOverItsOwnStream()
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        await using var client = await TestNode.StartClientAsync(network: network);
        server.SpawnEcho();
        var asker = client.Spawn("asker", context =>
        {
            if (context.Message is "ask")
            {
                context.Request(server.Pid("echo"), new StringValue { Value = "actor" });
            }
        });

        Assert.Equal("re:root", await client.AskAsync(server.Pid("echo"), "root"));
        client.Root.Send(asker, "ask");

        var answer = await client.Events.NextAsync<Receipt>(receipt => receipt.Message is StringValue);
        Assert.Equal(("asker", "re:actor"), (answer.Actor, ((StringValue)answer.Message).Value));
        Assert.Equal(1, network.Dials);
        Assert.All(server.Events.Of<Receipt>(), receipt => Assert.Equal(client.Address, receipt.Sender!.Address));
    }

    [Fact]
    public async Task ManyRequests_OfManyClients_AreEachAnsweredToTheRightOne()
    {
        const int Requests = 100;
        var clients = TestScale.Count(100);
        await using var server = await TestNode.StartAsync();
        server.SpawnEcho();

        await Task.WhenAll(Enumerable.Range(0, clients).Select(async number =>
        {
            await using var client = await TestNode.StartClientAsync();
            var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(i => client.AskAsync(server.Pid("echo"), $"{number}/{i}")));
            Assert.Equal(Enumerable.Range(0, Requests).Select(i => $"re:{number}/{i}"), answers);
        })).Within("all clients");
    }

    [Fact]
    public async Task Pushes_FromTheServer_ArriveInOrder()
    {
        var count = TestScale.Count(10_000);
        await using var server = await TestNode.StartAsync();
        await using var client = await TestNode.StartClientAsync();
        server.Spawn("feed", context =>
        {
            if (context.Message is StringValue)
            {
                for (var i = 0; i < count; i++)
                {
                    context.Send(context.Sender!, new Int32Value { Value = i });
                }
            }
        });
        client.Spawn("subscriber");

        client.Root.Request(server.Pid("feed"), new StringValue { Value = "subscribe" }, client.Pid("subscriber"));

        var received = await client.Events.WaitForCountAsync<Receipt>(count);
        Assert.Equal(Enumerable.Range(0, count), received.Select(receipt => ((Int32Value)receipt.Message).Value));
        Assert.Equal(client.Pid("subscriber"), server.Events.Of<Receipt>()[0].Sender);
    }

    [Fact]
    public async Task Server_AsksAndSpawnsAndWatchesOnAClient()
    {
        await using var server = await TestNode.StartAsync(options => options.Reconnect.MaxAttempts = 0);
        await using var client = await TestNode.StartClientAsync(setup: setup => setup.AddKind("echo", Props.FromFunc(context =>
        {
            if (context.Message is StringValue text)
            {
                context.Respond(new StringValue { Value = "client:" + text.Value });
            }

            return Task.CompletedTask;
        })));
        await ConnectAsync(client, server);
        var watcher = server.Spawn("watcher", context =>
        {
            if (context.Message is PID target)
            {
                context.Watch(target);
                context.Respond("done");
            }
        });

        var spawned = await server.Remote.SpawnNamedAsync(client.Address, "worker", "echo");
        Assert.Equal(client.Pid("worker"), spawned);
        Assert.Equal("client:hello", await server.AskAsync(spawned, "hello"));
        await server.Root.RequestAsync<string>(watcher, spawned, TestTime.Ceiling);
        await server.AskAsync(spawned, "settled");
        await client.Root.StopAsync(client.Pid("worker")).Within("stopping the worker");

        var ended = (Terminated)(await server.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated)).Message;
        Assert.Equal((spawned, TerminatedReason.Stopped), (ended.Who, ended.Why));
    }

    [Fact]
    public async Task Client_WatchesAnActorOfTheServer()
    {
        await using var server = await TestNode.StartAsync();
        await using var client = await TestNode.StartClientAsync();
        var target = server.SpawnEcho("target");
        await WatchAsync(client, server.Pid("target"));

        await server.Root.StopAsync(target).Within("stopping the target");

        var ended = (Terminated)(await client.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated)).Message;
        Assert.Equal((server.Pid("target"), TerminatedReason.Stopped), (ended.Who, ended.Why));
    }

    [Fact]
    public async Task Server_LeavesOrDies_ClientIsTold()
    {
        await using var network = new InMemoryNetwork();
        await using var client = await TestNode.StartClientAsync(TestPeers.GiveUpQuickly, network: network);
        await using var leaving = await TestNode.StartAsync(network: network);
        await using var dying = await TestNode.StartAsync(network: network);
        foreach (var server in new[] { leaving, dying })
        {
            server.SpawnEcho("target");
            await WatchAsync(client, server.Pid("target"));
        }

        await leaving.Remote.ShutdownAsync().Within("the shutdown");
        network.Kill(dying.Address);

        foreach (var (server, why) in new[] { (leaving, EndpointTerminatedReason.PeerLeft), (dying, EndpointTerminatedReason.Unreachable) })
        {
            await client.Events.NextAsync<Receipt>(
                receipt => receipt.Message is Terminated { Why: TerminatedReason.AddressTerminated } ended && ended.Who.Equals(server.Pid("target")));
            await client.Events.NextAsync<EndpointTerminated>(ended => ended.Address == server.Address && ended.Reason == why);
            await Assert.ThrowsAsync<DeadLetterException>(() => client.AskAsync(server.Pid("target"), "gone?").Within("a request to a server that is gone"));
        }
    }

    [Fact]
    public async Task Client_LeavesOrDies_ServerIsTold()
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        await using var leaving = await TestNode.StartClientAsync(network: network);
        leaving.SpawnEcho("target");
        await ConnectAsync(leaving, server);
        await WatchAsync(server, leaving.Pid("target"), "first");

        await leaving.Remote.ShutdownAsync().Within("the shutdown");

        await server.Events.NextAsync<Receipt>(receipt => receipt.Message is Terminated { Why: TerminatedReason.AddressTerminated } ended && ended.Who.Equals(leaving.Pid("target")));
        await server.Events.NextAsync<EndpointTerminated>(ended => ended.Address == leaving.Address && ended.Reason == EndpointTerminatedReason.PeerLeft);
        await Assert.ThrowsAsync<DeadLetterException>(() => server.AskAsync(leaving.Pid("target"), "gone?").Within("a request to a client that left"));
    }

    [Fact]
    public async Task ThirdNode_AnswersAClientThroughItsServer()
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        await using var third = await TestNode.StartAsync(network: network);
        await using var client = await TestNode.StartClientAsync(network: network);
        third.SpawnEcho();
        server.Spawn("forwarder", context =>
        {
            if (context.Message is StringValue)
            {
                context.Forward(third.Pid("echo"));
            }
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => client.AskAsync(server.Pid("forwarder"), $"{i}"))).Within("the answers");

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"re:{i}"), answers);
        Assert.All(third.Events.Of<Receipt>(), receipt => Assert.Equal(server.Address, receipt.Sender!.Address));
    }

    [Fact]
    public async Task TwoClients_TalkThroughTheirServer()
    {
        await using var server = await TestNode.StartAsync();
        await using var one = await TestNode.StartClientAsync();
        await using var other = await TestNode.StartClientAsync();
        other.SpawnEcho();
        server.Spawn("switch", context =>
        {
            if (context.Message is StringValue)
            {
                context.Forward(other.Pid("echo"));
            }
        });
        await ConnectAsync(other, server);

        Assert.Equal("re:over two hops", await one.AskAsync(server.Pid("switch"), "over two hops"));

        // And by the PID that the first learned from the second's message.
        var seen = other.Events.Of<Receipt>().Single(receipt => receipt.Message is StringValue).Sender!;
        Assert.Equal(server.Address, seen.Address);
    }

    [Fact]
    public async Task OneClient_OfTwoServers_HasAnAddressAtEach()
    {
        await using var one = await TestNode.StartAsync();
        await using var other = await TestNode.StartAsync();
        await using var client = await TestNode.StartClientAsync();
        one.SpawnEcho();
        other.SpawnEcho();

        Assert.Equal("re:1", await client.AskAsync(one.Pid("echo"), "1"));
        Assert.Equal("re:2", await client.AskAsync(other.Pid("echo"), "2"));
        Assert.Equal("re:3", await client.AskAsync(one.Pid("echo"), "3"));
    }

    [Fact]
    public async Task Connection_OfAClientBreaks_ItConnectsAgainAndIsServed()
    {
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        await using var client = await TestNode.StartClientAsync(network: network);
        server.SpawnEcho();
        for (var round = 0; round < TestScale.Count(50); round++)
        {
            Assert.Equal($"re:{round}", await client.AskAsync(server.Pid("echo"), $"{round}"));
            network.Cut(server.Address);
            await client.Events.NextAsync<EndpointReconnecting>();
        }

        Assert.Equal("re:last", await client.AskAsync(server.Pid("echo"), "last"));
    }

    [Fact]
    public async Task Server_SendsToAClientThatNeverConnected_IsADeadLetterAtOnce()
    {
        await using var server = await TestNode.StartAsync();

        var refusal = await server.RefusalAsync(new PID("$client/0123456789abcdef0123456789abcdef", "x"), new StringValue { Value = "anybody?" });

        Assert.Equal("x", refusal.Target.Id);
        Assert.Empty(await server.PublishedAsync<EndpointReconnecting>());
    }

    private static async Task ConnectAsync(TestNode client, TestNode server)
    {
        await Assert.ThrowsAsync<DeadLetterException>(() => client.AskAsync(server.Pid("nobody"), "hello").Within("the first request"));
        await server.Events.NextAsync<EndpointConnected>(connected => connected.Address == client.Address);
    }

    private static async Task WatchAsync(TestNode node, PID target, string name = "watcher")
    {
        var watcher = node.Find(name) is not null ? node.Pid(name) : node.Spawn(name, context =>
        {
            if (context.Message is PID watched)
            {
                context.Watch(watched);
                context.Respond("done");
            }
        });
        await node.Root.RequestAsync<string>(watcher, target, TestTime.Ceiling);
        await node.AskAsync(target, "settled");
    }
}
