using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Nodes that leave while others send: each message is delivered or a dead letter, and none is both.</summary>
[Trait("Behaviour", "E-07")]
public sealed class ShutdownLedgerTests
{
    private const int Senders = 4;
    private const int Each = 2000;

    [Fact]
    public async Task SenderLeaves_EveryMessageIsDeliveredOrADeadLetter()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var here = await TestNode.StartAsync(network: network);
            await using var there = await TestNode.StartAsync(network: network);
            there.Spawn("sink");

            var (sending, halfWay) = Send(here, there.Pid("sink"));
            await halfWay.Within("half of the messages");
            await here.Remote.ShutdownAsync().Within("the shutdown");
            await sending.Within("the senders");

            await VerifyAsync(here, there);
        }
    }

    [Fact]
    public async Task ReceiverLeaves_EveryMessageIsDeliveredOrADeadLetter()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var here = await TestNode.StartAsync(TestPeers.GiveUpQuickly, network: network);
            await using var there = await TestNode.StartAsync(network: network);
            there.Spawn("sink");

            var (sending, halfWay) = Send(here, there.Pid("sink"));
            await halfWay.Within("half of the messages");
            await there.Remote.ShutdownAsync().Within("the shutdown");
            await sending.Within("the senders");

            await VerifyAsync(here, there);
        }
    }

    [Fact]
    public async Task BothLeave_EveryMessageIsDeliveredOrADeadLetter()
    {
        for (var round = 0; round < TestScale.Count(100); round++)
        {
            await using var network = new InMemoryNetwork();
            await using var here = await TestNode.StartAsync(TestPeers.GiveUpQuickly, network: network);
            await using var there = await TestNode.StartAsync(network: network);
            there.Spawn("sink");

            var (sending, halfWay) = Send(here, there.Pid("sink"));
            await halfWay.Within("half of the messages");
            await Task.WhenAll(there.Remote.ShutdownAsync(), here.Remote.ShutdownAsync()).Within("the shutdowns");
            await sending.Within("the senders");

            await VerifyAsync(here, there);
        }
    }

    private static (Task Sending, Task HalfWay) Send(TestNode from, PID target)
    {
        var sent = 0;
        var half = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                from.Root.Send(target, new Int32Value { Value = (sender * Each) + i });
                if (Interlocked.Increment(ref sent) == Senders * Each / 2)
                {
                    half.SetResult();
                }
            }
        })));
        return (sending, half.Task);
    }

    private static async Task VerifyAsync(TestNode here, TestNode there)
    {
        // What was accepted before the goodbye is written or dead when the endpoint is closed. A message after that may begin a new life of the
        // endpoint, since who left in good order is not quarantined: its dead letters come when that one has given up, too.
        var ended = await here.Events.NextAsync<EndpointTerminated>();
        await there.Root.PoisonAsync(there.Pid("sink")).Within("stopping the sink");
        int[] delivered = [.. there.Events.Of<Receipt>().Select(receipt => ((Int32Value)receipt.Message).Value)];
        if (delivered.Length < Senders * Each)
        {
            await here.Events.WaitForCountAsync<RemoteDeadLetterEvent>((Senders * Each) - delivered.Length);
        }

        int[] dead = [.. (await here.PublishedAsync<RemoteDeadLetterEvent>()).Select(letter => ((Int32Value)letter.Message).Value)];
        Assert.Distinct(delivered);
        Assert.Distinct(dead);
        var both = delivered.Intersect(dead).ToArray();
        var neither = Enumerable.Range(0, Senders * Each).Except(delivered).Except(dead).ToArray();
        Assert.True(
            both.Length == 0 && neither.Length == 0,
            $"{ended}: {delivered.Length} delivered, {dead.Length} dead, {both.Length} both, {neither.Length} neither, "
            + $"reported as unconfirmed {here.Events.Of<EndpointUnconfirmed>().Sum(unconfirmed => unconfirmed.Count)}; "
            + $"{string.Join(", ", here.Events.Of<RemoteDeadLetterEvent>().GroupBy(letter => letter.Reason).Select(group => $"{group.Key} {group.Count()}"))}");
        Assert.Empty(await there.PublishedAsync<DeadLetterEvent>());
    }
}
