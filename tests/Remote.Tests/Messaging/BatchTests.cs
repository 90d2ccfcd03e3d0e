using Proto;
using Remote.Tests.Messaging;

namespace Remote.Tests.Links;

public class BatchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(1000)]
    public void Deliveries_Added_AreThereInOrder(int count)
    {
        var batch = new BatchPool().Rent();
        var deliveries = Enumerable.Range(0, count).Select(number => LinkKit.Tell(number)).ToArray();
        foreach (var delivery in deliveries)
        {
            batch.AddUser([delivery], 10);
        }

        Assert.Equal(deliveries.Select(delivery => delivery.Message), batch.Deliveries.ToArray().Select(delivery => delivery.Message));
        Assert.Equal((count, count, 10L * count), (batch.Count, batch.UserMessages, batch.UserBytes));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(5, 700)]
    [InlineData(700, 5)]
    public void AddUser_RunsOfMessages_AreThereInOrder(int first, int second)
    {
        var batch = new BatchPool().Rent();
        batch.AddControl(LinkKit.Control());
        var deliveries = Enumerable.Range(0, first + second).Select(number => LinkKit.Tell(number)).ToArray();
        batch.AddUser(deliveries.AsSpan(0, first), 10 * first);
        batch.AddUser(deliveries.AsSpan(first), 10 * second);
        Assert.Equal(deliveries.Select(delivery => delivery.Message), batch.Deliveries.ToArray().Skip(1).Select(delivery => delivery.Message));
        Assert.Equal((first + second + 1, first + second, 10L * (first + second)), (batch.Count, batch.UserMessages, batch.UserBytes));
    }

    [Fact]
    public void AddControl_CostsNothing()
    {
        var batch = new BatchPool().Rent();
        batch.AddControl(LinkKit.Control());
        batch.AddUser([new RemoteDelivery(new PID("p", "a"), PoisonPill.Instance)], 7);
        Assert.Equal((2, 1, 7L), (batch.Count, batch.UserMessages, batch.UserBytes));
    }

    [Fact]
    public void Release_Twice_GivesBackOnce()
    {
        var pool = new BatchPool();
        using var encoder = Codec.Encoder(pool: pool);
        var batch = pool.Rent();
        encoder.Begin(Codec.ToPeer);
        encoder.TryAdd(LinkKit.Tell(1));
        batch.AddUser([LinkKit.Tell(1)], 5);
        Assert.Same(batch, encoder.Finish(1, batch));
        Assert.Equal((1ul, 1, 1), (batch.Sequence, batch.Count, Codec.Decode(batch.Memory).Messages.Count));
        batch.Release();
        batch.Release();
        Assert.Throws<ObjectDisposedException>(() => batch.Memory);
        Assert.Same(batch, pool.Rent());
        Assert.NotSame(batch, pool.Rent());
        Assert.Equal((0, 0, 0L), (batch.Count, batch.UserMessages, batch.UserBytes));
        Assert.True(batch.Deliveries.IsEmpty);
    }

    [Fact]
    public async Task Rent_OnSeveralThreads_NoBatchHasTwoOwners()
    {
        var pool = new BatchPool();
        var delivery = LinkKit.Control();
        var shared = 0;
        var owners = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var round = 0; round < 50_000; round++)
            {
                // Two, so that both ways out of the pool are used.
                var (first, second) = (pool.Rent(), pool.Rent());
                for (var added = 0; added < 20; added++)
                {
                    first.AddControl(delivery);
                    second.AddControl(delivery);
                }

                if (first.Count != 20 || second.Count != 20)
                {
                    Interlocked.Increment(ref shared);
                }

                first.Release();
                second.Release();
            }
        }));
        await Task.WhenAll(owners).Within("all owners");
        Assert.Equal(0, shared);
    }

    [Fact]
    public void Retain_SteadyLoad_AllocatesNothing()
    {
        using var kit = new LinkKit().Connected(messages: long.MaxValue);
        var lone = new[] { LinkKit.Tell(1) };
        var many = Enumerable.Range(0, 500).Select(number => LinkKit.Tell(number)).ToArray();
        Assert.Equal(0, Allocations.Measure(() => Round(kit, lone)));
        Assert.Equal(0, Allocations.Measure(() => Round(kit, many)));
    }

    private static void Round(LinkKit kit, RemoteDelivery[] deliveries)
    {
        for (var batch = 0; batch < 5; batch++)
        {
            kit.Retain(deliveries);
        }

        while (kit.Sender.TryNextUnwritten(out _))
        {
            kit.Sender.Written();
        }

        kit.Sender.Acknowledge(LinkKit.Ack(kit.Sender.NextSequence - 1, long.MaxValue, long.MaxValue));
    }
}
