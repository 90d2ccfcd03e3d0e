using Remote.Actors;
using Remote.Tests.Messaging;

namespace Remote.Tests.Links;

public class RetainedBatchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(1000)]
    public void Deliveries_Added_AreThereInOrder(int count)
    {
        var batch = new RetainedBatchPool().Rent();
        var deliveries = Enumerable.Range(0, count).Select(number => LinkKit.Tell(number)).ToArray();
        foreach (var delivery in deliveries)
        {
            batch.Add(delivery, 10);
        }

        Assert.Equal(deliveries.Select(delivery => delivery.Message), batch.Deliveries.ToArray().Select(delivery => delivery.Message));
        Assert.Equal((count, count, new LinkCredit(count, 10L * count)), (batch.Count, batch.UserMessages, batch.Cost));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(5, 700)]
    [InlineData(700, 5)]
    public void AddUser_RunsOfMessages_AreThereInOrder(int first, int second)
    {
        var batch = new RetainedBatchPool().Rent();
        batch.Add(LinkKit.Control(), 99);
        var deliveries = Enumerable.Range(0, first + second).Select(number => LinkKit.Tell(number)).ToArray();
        batch.AddUser(deliveries.AsSpan(0, first), 10 * first);
        batch.AddUser(deliveries.AsSpan(first), 10 * second);
        Assert.Equal(deliveries.Select(delivery => delivery.Message), batch.Deliveries.ToArray().Skip(1).Select(delivery => delivery.Message));
        Assert.Equal((first + second + 1, new LinkCredit(first + second, 10 * (first + second))), (batch.Count, batch.Cost));
    }

    [Fact]
    public void Add_Control_CostsNothing()
    {
        var batch = new RetainedBatchPool().Rent();
        batch.Add(LinkKit.Control(), 99);
        batch.Add(new RemoteDelivery(new PID("p", "a"), PoisonPill.Instance), 7);
        Assert.Equal((2, new LinkCredit(1, 7)), (batch.Count, batch.Cost));
    }

    [Fact]
    public void Release_Twice_GivesBackOnce()
    {
        using var encoder = Codec.Encoder();
        var pool = new RetainedBatchPool();
        var batch = pool.Rent();
        encoder.Begin(Codec.ToPeer);
        encoder.TryAdd(LinkKit.Tell(1));
        var frame = encoder.Finish(1);
        batch.Add(LinkKit.Tell(1), 5);
        batch.Seal(1, frame);
        batch.Release();
        batch.Release();
        Assert.Throws<ObjectDisposedException>(() => frame.Memory);
        Assert.Same(batch, pool.Rent());
        Assert.NotSame(batch, pool.Rent());
        Assert.Equal(0, batch.Count);
        Assert.True(batch.Deliveries.IsEmpty);
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
