using Google.Protobuf.WellKnownTypes;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Who dials, and how often.</summary>
public sealed class DiallingTests
{
    private const int Threads = 100;

    [Fact]
    [Trait("Behaviour", "E-02")]
    public async Task FirstSend_OfAHundredThreadsAtOnce_DialsOnce()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var here = await TestNode.StartAsync(network: network);
            await using var there = await TestNode.StartAsync(network: network);
            there.Spawn("sink");

            RunTogether(Threads, thread => here.Root.Send(there.Pid("sink"), new Int32Value { Value = thread }));

            var received = await there.Events.WaitForCountAsync<Receipt>(Threads);
            Assert.Equal(Enumerable.Range(0, Threads), received.Select(receipt => ((Int32Value)receipt.Message).Value).Order());
            Assert.Equal(1, network.Dials);
        }
    }

    [Fact]
    [Trait("Behaviour", "E-02")]
    public async Task FirstRequest_OfAHundredThreadsAtOnce_DialsOnceEachWay()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        await using var there = await TestNode.StartAsync(network: network);
        there.SpawnEcho();
        var answers = new Task<string>[Threads];

        RunTogether(Threads, thread => answers[thread] = here.AskAsync(there.Pid("echo"), $"{thread}"));

        Assert.Equal(Enumerable.Range(0, Threads).Select(thread => $"re:{thread}"), await Task.WhenAll(answers).Within("the answers"));
        Assert.Equal(2, network.Dials);
    }

    [Fact]
    [Trait("Behaviour", "E-05")]
    public async Task BothSidesDialAtOnce_EveryMessageArrivesOnceInOrder()
    {
        const int Messages = 100;
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var left = await TestNode.StartAsync(network: network);
            await using var right = await TestNode.StartAsync(network: network);
            left.Spawn("sink");
            right.Spawn("sink");
            (TestNode From, TestNode To)[] ways = [(left, right), (right, left)];

            RunTogether(2, side =>
            {
                var (from, to) = ways[side];
                for (var i = 0; i < Messages; i++)
                {
                    from.Root.Send(to.Pid("sink"), new Int32Value { Value = i });
                }
            });

            foreach (var (_, to) in ways)
            {
                var received = await to.Events.WaitForCountAsync<Receipt>(Messages);
                Assert.Equal(Enumerable.Range(0, Messages), received.Select(receipt => ((Int32Value)receipt.Message).Value));
            }

            Assert.Equal(2, network.Dials);
        }
    }

    [Fact]
    [Trait("Behaviour", "E-05")]
    public async Task BothSidesRequestAtOnce_EveryRequestIsAnswered()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var left = await TestNode.StartAsync();
            await using var right = await TestNode.StartAsync();
            left.SpawnEcho();
            right.SpawnEcho();
            var answers = new Task<string>[2];

            RunTogether(2, side => answers[side] = side == 0 ? left.AskAsync(right.Pid("echo"), "0") : right.AskAsync(left.Pid("echo"), "1"));

            Assert.Equal(["re:0", "re:1"], await Task.WhenAll(answers).Within($"the answers of round {round}"));
        }
    }

    /// <summary>Real threads that start at the same moment: the pool would let a few of them finish first.</summary>
    private static void RunTogether(int count, Action<int> act)
    {
        using var start = new Barrier(count);
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            act(i);
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => Assert.True(thread.Join(TestTime.Ceiling), "A sender is stuck."));
    }
}
