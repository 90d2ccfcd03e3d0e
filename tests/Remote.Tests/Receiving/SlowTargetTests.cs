using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>One actor that takes nothing in, and its neighbours behind the same link.</summary>
public sealed class SlowTargetTests
{
    private const int Messages = 2_000;

    [Fact]
    [Trait("Behaviour", "B-04")]
    public async Task SlowActor_SendAsync_NeighboursGoOnAndNothingIsLost()
    {
        await using var network = new InMemoryNetwork();
        await using var there = await StartAsync("there", network, SlowTargetPolicy.Park);
        await using var here = await StartAsync("here", network, SlowTargetPolicy.Park);
        var gate = new TaskCompletionSource();
        var slow = SpawnSlow(there, gate);
        there.Spawn("neighbour");
        var waited = 0;

        var flood = Task.Run(async () =>
        {
            for (var i = 0; i < Messages; i++)
            {
                var sent = here.Root.SendAsync(slow, new Int32Value { Value = i });
                waited += sent.IsCompleted ? 0 : 1;
                await sent;
            }
        });
        await here.Events.NextAsync<EndpointThrottled>(fact => fact.Level == BackpressureLevel.Warning, expected: "the lane fills behind the slow actor");

        // Far more than the credit of the link: without target credit the slow actor would hold all of it.
        for (var i = 0; i < 500; i++)
        {
            await here.Root.SendAsync(there.Pid("neighbour"), new UInt32Value { Value = (uint)i }).AsTask().Within($"message {i} to a neighbour");
        }

        var neighbours = await there.Events.WaitForCountAsync<Receipt>(500 + 1);
        Assert.Equal(500, neighbours.Count(receipt => receipt.Actor == "neighbour"));

        Assert.False(flood.IsCompleted);
        gate.SetResult();
        await flood.Within("the flood");
        var received = await there.Events.WaitForCountAsync<Receipt>(Messages + 500);
        Assert.Equal(Enumerable.Range(0, 500), received.Select(receipt => receipt.Message).OfType<UInt32Value>().Select(number => (int)number.Value));
        Assert.Equal(Enumerable.Range(0, Messages), received.Select(receipt => receipt.Message).OfType<Int32Value>().Select(number => number.Value));
        Assert.InRange(waited, 1, Messages);
        Assert.Empty(await here.PublishedAsync<DeadLetterEvent>());
    }

    [Theory]
    [InlineData(SlowTargetPolicy.Park)]
    [InlineData(SlowTargetPolicy.DeadLetter)]
    [Trait("Behaviour", "B-04")]
    public async Task SlowActor_Send_EachRefusedMessageIsOneDeadLetter(SlowTargetPolicy policy)
    {
        await using var network = new InMemoryNetwork();
        await using var there = await StartAsync("there", network, policy);
        await using var here = await StartAsync("here", network, policy);
        var gate = new TaskCompletionSource();
        var slow = SpawnSlow(there, gate);
        there.SpawnEcho();
        for (var i = 0; i < Messages; i++)
        {
            here.Root.Send(slow, new Int32Value { Value = i });
            // Less than the half of the lane that parked messages leave to others.
            if (i % 40 == 0)
            {
                await here.AskAsync(there.Pid("echo"), "between").Within("a neighbour's answer");
            }
        }

        Assert.NotEmpty(await here.PublishedAsync<RemoteDeadLetterEvent>());
        gate.SetResult();
        await there.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value, expected: "the first message");
        await here.AskAsync(there.Pid("echo"), "after").Within("a neighbour's answer");
        await here.Remote.DisconnectAsync(there.Address).Within("what was accepted is written");
        await there.Root.PoisonAsync(there.Pid("slow")).Within("the end of the slow actor");
        var received = there.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<Int32Value>().Select(number => number.Value).ToArray();
        var dead = await here.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.All(dead, letter => Assert.Equal(DeadLetterReason.QueueFull, letter.Reason));
        Assert.Equal(received.Order(), received);
        Assert.Equal(Enumerable.Range(0, Messages), received.Concat(dead.Select(letter => ((Int32Value)letter.Message).Value)).Order());
        var statistics = here.Remote.GetEndpointStatistics(there.Address)!;
        Assert.Equal(dead.Count, statistics.Refused.GetValueOrDefault("QueueFull") + statistics.DeadLetters.GetValueOrDefault("QueueFull"));
    }

    [Fact]
    [Trait("Behaviour", "B-04")]
    public async Task TwoActors_SendAsyncToEachOtherInACycle_GetTheirTimeout()
    {
        await using var network = new InMemoryNetwork();
        await using var one = await StartAsync("one", network, SlowTargetPolicy.Park);
        await using var other = await StartAsync("other", network, SlowTargetPolicy.Park);
        var bothAreBroken = new TaskCompletionSource();
        SpawnRelay(one, other.Pid("relay"), bothAreBroken.Task);
        SpawnRelay(other, one.Pid("relay"), bothAreBroken.Task);
        foreach (var node in new[] { one, other })
        {
            node.Root.Send(node.Pid("relay"), new StringValue { Value = "go" });
        }

        // Each fills the other's mailbox and then waits for room that only the other could make.
        var timeouts = await Task.WhenAll(
            one.Events.NextAsync<CycleBroken>(expected: "the timeout of the one"), other.Events.NextAsync<CycleBroken>(expected: "the timeout of the other"));
        bothAreBroken.SetResult();
        Assert.All(timeouts, timeout => Assert.Equal(RemoteError.QueueFull, timeout.Error));
    }

    private static void SpawnRelay(TestNode node, PID to, Task bothAreBroken) => node.Spawn("relay", async context =>
    {
        if (context.Message is not StringValue)
        {
            return;
        }

        try
        {
            while (true)
            {
                await context.SendAsync(to, new Int32Value());
            }
        }
        catch (RemoteException exception)
        {
            node.Events.Record(new CycleBroken(exception.Error));

            // Going on would make room for the other, which then need not time out at all.
            await bothAreBroken;
        }
    });

    private static PID SpawnSlow(TestNode node, TaskCompletionSource gate)
    {
        node.Spawn("slow", async context =>
        {
            if (context.Message is Int32Value)
            {
                await gate.Task;
            }
        });
        return node.Pid("slow");
    }

    private static Task<TestNode> StartAsync(string host, InMemoryNetwork network, SlowTargetPolicy policy) => TestNode.StartAsync(
        options =>
        {
            options.Endpoint.QueueCapacity = 100;
            options.Endpoint.SlowTarget = policy;
            options.Inbound.MaxMessages = 100;

            // Only the cycle waits so long.
            options.SendTimeout = TimeSpan.FromSeconds(host is "one" or "other" ? 1 : 60);
        },
        network: network,
        at: $"{host}:8000");

    private sealed record CycleBroken(RemoteError Error);
}
