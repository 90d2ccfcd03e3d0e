using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A client and its server part in good order: both write what they had accepted, and both learn that it arrived.</summary>
[Trait("Behaviour", "E-07")]
public sealed class ClientLeavingTests
{
    private const int Sent = 2000;

    public enum Leaver
    {
        Client,
        Server,
        Both,
    }

    [Theory]
    [InlineData(Leaver.Client)]
    [InlineData(Leaver.Server)]
    [InlineData(Leaver.Both)]
    public async Task OneLeavesWhileMessagesFlowBothWays_EachIsDeliveredOrDead_AndNothingIsOfUnknownFate(Leaver leaver)
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var server = await TestNode.StartAsync(network: network);
            await using var client = await TestNode.StartClientAsync(TestPeers.GiveUpQuickly, network: network);
            server.Spawn("sink");
            client.Spawn("sink");
            await client.Remote.WaitForConnectionAsync(server.Address);

            var flows = new[] { SendAsync(client, server), SendAsync(server, client) };
            await Task.WhenAll(server.Events.NextAsync<Receipt>(), client.Events.NextAsync<Receipt>()).Within("both directions");
            var leaving = new[] { client, server }.Where(node => leaver == Leaver.Both || (leaver == Leaver.Client) == (node == client));
            await Task.WhenAll(leaving.Select(node => node.Remote.ShutdownAsync())).Within("the shutdown");
            await Task.WhenAll(flows).Within("the senders");
            await Task.WhenAll(client.Remote.ShutdownAsync(), server.Remote.ShutdownAsync()).Within("the end of the other");

            await VerifyAsync(client, server);
            await VerifyAsync(server, client);
            Assert.Empty(await server.PublishedAsync<EndpointReconnecting>());
        }
    }

    /// <summary>The tool that asks, prints, and ends: its server has nothing to complain about, a thousand times.</summary>
    [Fact]
    public async Task ClientsAskAndLeave_TheirAnswersWereDelivered()
    {
        var count = TestScale.Count(1000);
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        server.SpawnEcho();
        for (var round = 0; round < count; round++)
        {
            await using var client = await TestNode.StartClientAsync(network: network);
            Assert.Equal("re:what?", await client.AskAsync(server.Pid("echo"), "what?"));
        }

        var ended = await server.Events.WaitForCountAsync<EndpointTerminated>(count);
        Assert.All(ended, end => Assert.Equal(EndpointTerminatedReason.PeerLeft, end.Reason));
        Assert.Empty(await server.PublishedAsync<DeadLetterEvent>());
        Assert.All(server.Remote.GetEndpoints(), endpoint => Assert.Equal((1L, 1L), (endpoint.Accepted, endpoint.Acknowledged)));
    }

    [Fact]
    public async Task ClientLeaves_WhatWaitsForItArrivesFirst_AndWhatComesLaterIsRefused()
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(network: network);
        await using var client = await TestNode.StartClientAsync(options => options.Inbound.MaxMessages = 10, network: network);
        client.Spawn("sink", context => context.Message is Int32Value ? taken.Task : Task.CompletedTask);
        await client.Remote.WaitForConnectionAsync(server.Address);
        for (var i = 0; i < Sent; i++)
        {
            server.Root.Send(client.Pid("sink"), new Int32Value { Value = i });
        }

        await client.NextReceiptAsync("sink");
        var leaving = client.Remote.ShutdownAsync();
        var refused = server.Events.NextAsync<RemoteDeadLetterEvent>();
        var late = 0;
        while (!refused.IsCompleted)
        {
            // Until the server has heard of it.
            server.Root.Send(client.Pid("sink"), new Int32Value { Value = Sent + late++ });
            await Task.Yield();
        }

        Assert.Equal(DeadLetterReason.EndpointClosed, (await refused).Reason);
        Assert.False(leaving.IsCompleted);
        taken.SetResult();
        await leaving.Within("the shutdown");

        Assert.Equal(EndpointTerminatedReason.PeerLeft, (await server.Events.NextAsync<EndpointTerminated>()).Reason);
        var dead = await server.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.All(dead, letter => Assert.Equal(DeadLetterReason.EndpointClosed, letter.Reason));
        var received = await client.Events.WaitForCountAsync<Receipt>(Sent + late - dead.Count);
        Assert.Equal(Enumerable.Range(0, received.Count), received.Select(receipt => ((Int32Value)receipt.Message).Value));
    }

    [Fact]
    public async Task ServerLeaves_ActorsOfTheClientTakeNothing_TheClientIsAskedToLeaveAllTheSame()
    {
        var time = new ManualTimeProvider();
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var network = new InMemoryNetwork();
        await using var server = await TestNode.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromSeconds(7), network: network, time: time);
        await using var client = await TestNode.StartClientAsync(options => options.Inbound.MaxMessages = 10, network: network);
        client.Spawn("sink", context => context.Message is Int32Value ? taken.Task : Task.CompletedTask);
        await client.Remote.WaitForConnectionAsync(server.Address);
        for (var i = 0; i < 100; i++)
        {
            server.Root.Send(client.Pid("sink"), new Int32Value { Value = i });
        }

        await client.NextReceiptAsync("sink");
        var leaving = server.Remote.ShutdownAsync();
        var refused = client.Events.NextAsync<RemoteDeadLetterEvent>();
        while (!refused.IsCompleted)
        {
            // It has been asked, and takes no more messages for a server that leaves.
            client.Root.Send(server.Pid("nobody"), new Empty());
            await Task.Yield();
        }

        await time.WaitForTimerAsync(TimeSpan.FromSeconds(7));
        time.Advance(TimeSpan.FromSeconds(7));
        await leaving.Within("the shutdown");

        Assert.Equal(EndpointTerminatedReason.PeerLeft, (await client.Events.NextAsync<EndpointTerminated>()).Reason);
        Assert.Empty(await client.PublishedAsync<EndpointReconnecting>());
        taken.SetResult();
    }

    private static Task SendAsync(TestNode from, TestNode to)
    {
        var target = new PID(to.Address, "sink");
        return Task.Run(async () =>
        {
            for (var i = 0; i < Sent; i++)
            {
                from.Root.Send(target, new Int32Value { Value = i });
                if (i % 100 == 0)
                {
                    await Task.Yield();
                }
            }
        });
    }

    private static async Task VerifyAsync(TestNode from, TestNode to)
    {
        await to.Root.PoisonAsync(to.Pid("sink")).Within("the end of the sink");
        int[] received = [.. to.Events.Of<Receipt>().Select(receipt => ((Int32Value)receipt.Message).Value)];
        var letters = await from.PublishedAsync<RemoteDeadLetterEvent>();
        int[] dead = [.. letters.Select(letter => ((Int32Value)letter.Message).Value)];
        Assert.Equal(received.Order(), received);
        Assert.Equal(Enumerable.Range(0, Sent), received.Concat(dead).Order());
        Assert.DoesNotContain(letters, letter => letter.Reason == DeadLetterReason.DeliveryUnknown);
    }
}
