using FsCheck;
using FsCheck.Fluent;
using Proto;
using Proto.Mailbox;
using Remote.Testing;
using Remote.Tests.Messaging;

namespace Remote.Tests.Links;

[Trait("Behaviour", "B-04")]
public class CreditWindowTests
{
    [Fact]
    public void Charge_WithinTheWindow_IsAllowed()
    {
        var window = new CreditWindow(100, 1000);
        Assert.Equal(new LinkCredit(100, 1000), window.Announce());
        Assert.True(window.Charge(100, 1000, window.Granted));
        Assert.Equal(new LinkCredit(100, 1000), window.Outstanding);
        Assert.False(window.Charge(1, 0, window.Granted));
    }

    [Fact]
    public void Charge_CreditNotAnnounced_IsNotTheSendersYet()
    {
        var window = new CreditWindow(100, 1000);
        window.Charge(100, 500, window.Granted);
        window.Return(50, 250);
        Assert.False(window.Charge(1, 1, window.Granted));
        window.Announce();
        Assert.False(window.IsOverdrawn);
        Assert.True(window.Charge(49, 0, window.Granted));
        Assert.False(window.Charge(1, 0, window.Granted));
    }

    /// <summary>A loan that ends is not taken back: what was announced stays, and what comes back first makes up for it.</summary>
    [Fact]
    public void Announce_LoanEnds_NeverDecreases()
    {
        var window = new CreditWindow(10, 100);
        window.Lend(new LinkCredit(5, 50));
        Assert.Equal(new LinkCredit(15, 150), window.Announce());
        Assert.True(window.Charge(15, 150, window.Granted));
        window.Lend(new LinkCredit(0, 0));
        Assert.Equal(new LinkCredit(15, 150), window.Announce());
        Assert.False(window.HasUnannounced);
        window.Return(5, 50);
        Assert.Equal(new LinkCredit(15, 150), window.Announce());
        window.Return(1, 10);
        Assert.Equal(new LinkCredit(16, 160), window.Announce());
    }

    [Fact]
    public void Return_AQuarter_IsDueNow()
    {
        var window = new CreditWindow(100, 1000);
        window.Charge(100, 200, window.Granted);
        Assert.False(window.Return(24, 24));
        Assert.True(window.Return(1, 1));
        Assert.Equal(new LinkCredit(125, 1025), window.Announce());
        Assert.False(window.Return(24, 24));
        Assert.True(window.Return(51, 51));
        Assert.Equal(new LinkCredit(200, 1100), window.Announce());
        window.Charge(1, 300, window.Granted);
        Assert.True(window.Return(1, 300));
        window.Announce();
        window.Charge(1, 1, window.Granted);
        Assert.False(window.Return(1, 1));
    }

    /// <summary>The sender's view and the receiver's, whatever is lost on the way: never overdrawn, never stuck.</summary>
    [Fact]
    public void Window_AnyHonestSender_NeitherOverdrawsNorSticks() =>
        Prop.ForAll(Gen.Choose(0, 2).Two().ArrayOf().ToArbitrary(), Gen.Choose(4, 12).ToArbitrary(), (steps, size) =>
        {
            var window = new CreditWindow(size, 10 * size);
            var credit = window.Announce();
            long sentMessages = 0, sentBytes = 0;
            var announced = credit;
            Queue<int> waiting = [];
            foreach (var (what, weight) in steps)
            {
                var bytes = weight * 5 * size;
                if (what == 0 && sentMessages < credit.Messages && sentBytes + bytes <= credit.Bytes)
                {
                    sentMessages++;
                    sentBytes += bytes;
                    Assert.True(window.Charge(1, bytes, window.Granted));
                    waiting.Enqueue(bytes);
                }
                else if (what == 1 && waiting.TryDequeue(out var taken))
                {
                    announced = window.Return(1, taken) || weight > 0 ? window.Announce() : announced;
                }
                else if (what == 2)
                {
                    // Otherwise the announcement is lost or late.
                    credit = credit.Max(announced);
                }
            }

            while (waiting.TryDequeue(out var taken))
            {
                window.Return(1, taken);
            }

            announced = window.HasUnannounced ? window.Announce() : announced;
            Assert.False(window.HasUnannounced);
            Assert.Equal(size, announced.Messages - sentMessages);
            Assert.Equal(10 * size, announced.Bytes - sentBytes);
        }).Check(SeededConfig.Times(TestScale.Count(5000)));

    [Fact]
    public async Task Window_ManyMailboxes_LosesNothing()
    {
        const int threads = 4;
        const int rounds = 20_000;
        var window = new CreditWindow(1000, 1_000_000);
        var announced = window.Announce();
        var reader = Task.Run(() =>
        {
            for (var round = 0; round < rounds; round++)
            {
                window.Charge(threads, threads * 10, window.Granted);
            }
        });
        var mailboxes = Enumerable.Range(0, threads).Select(_ => Task.Run(() =>
        {
            for (var round = 0; round < rounds; round++)
            {
                if (window.Return(1, 10))
                {
                    window.Announce();
                }
            }
        }));
        await Task.WhenAll([reader, .. mailboxes]).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(default, window.Outstanding);
        Assert.Equal(new LinkCredit(announced.Messages + (threads * rounds), announced.Bytes + (threads * rounds * 10)), window.Announce());
    }

    /// <summary>Whatever total was announced may be used, although another thread announces a smaller one at the same time.</summary>
    [Fact]
    public async Task Announce_FromTwoThreads_EachTotalCounts()
    {
        const int rounds = 300_000;
        var window = new CreditWindow(64, 1_000_000);
        using var stop = new CancellationTokenSource();
        var waiting = 0;
        var mailbox = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                if (Volatile.Read(ref waiting) > 0)
                {
                    Interlocked.Decrement(ref waiting);
                    window.Return(1, 0);
                    window.Announce();
                }
            }
        });
        var charged = 0L;
        for (var round = 0; round < rounds; round++)
        {
            var count = (int)(window.Announce().Messages - charged);
            charged += count;
            Assert.True(window.Charge(count, 0, window.Granted), $"round {round}: {charged} was announced.");
            Interlocked.Add(ref waiting, count);
        }

        await stop.CancelAsync();
        await mailbox.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Both ends count the same bytes for every envelope, or credit would drift until a link stands still.</summary>
    [Fact]
    public void EnvelopeSize_AnyMessages_IsTheSameOnBothSides() =>
        Prop.ForAll(Generators.Deliveries, Gen.Elements(Codec.Registry, Ignorant()).ToArbitrary(), (deliveries, registry) =>
        {
            using var encoder = Codec.Encoder(new EncodeLimits(int.MaxValue, 1 << 26, 1 << 26));
            encoder.Begin(Codec.ToPeer);
            var sent = default(LinkCredit);
            foreach (var delivery in deliveries)
            {
                var size = encoder.TryAdd(delivery).Size;
                sent = delivery.Message is SystemMessage ? sent : new LinkCredit(sent.Messages + 1, sent.Bytes + size);
            }

            var batch = encoder.Finish(1);
            var sink = new RecordingSink();
            new BatchDecoder(registry, Codec.FromPeer).Decode(batch.Memory.Span, sink);
            var users = sink.Messages.Where(message => message.Message is not SystemMessage).Select(message => message.Size)
                .Concat(sink.Refused.Select(envelope => envelope.Size)).ToList();
            Assert.Equal(sent, new LinkCredit(users.Count, users.Sum()));
        }).Check(SeededConfig.Times(TestScale.Count(2000)));

    /// <summary>Knows none of the types.</summary>
    private static SerializerRegistry Ignorant() => new(new Proto.Remote.Serialization(), new ActorSystem(), new RemoteOptions());

    /// <summary>A link that ends gives its share back; what it left in mailboxes stays counted until somebody takes it.</summary>
    [Fact]
    public void CreditPool_LinkEndsWithABacklog_CountsItUntilItIsTaken()
    {
        var pool = new CreditPool(10_000);
        var window = new CreditWindow(1000, pool.Rent(8000, 1000));
        var inflow = new LinkInflow(new LinkReceiver(), window, new ManualTimeProvider());
        Assert.True(inflow.Accept(new BatchInfo(10, 1, TargetDialect.Unknown, 2000)));
        inflow.Settle(10, 2000);

        inflow.End(pool);
        inflow.End(pool);
        Assert.Equal(3000, pool.Left);
        Assert.Equal((10_000 - 3000) / 4, pool.Rent(long.MaxValue, 0));
        inflow.Taken(4, 500);
        Assert.Equal(2100, pool.Left);

        // The reader may be in the middle of a batch when somebody else ends the link.
        Assert.True(inflow.Accept(new BatchInfo(1, 2, TargetDialect.Unknown, 100)));
        inflow.Settle(1, 100);
        Assert.Equal(2300, pool.Left);
        inflow.Taken(7, 1600);
        Assert.Equal(0, pool.Left);
    }

    [Fact]
    public async Task CreditPool_LinkEndsWhileMailboxesTake_CountsNothingTwice()
    {
        var pool = new CreditPool(1_000_000);
        for (var round = 0; round < TestScale.Count(2000); round++)
        {
            var inflow = new LinkInflow(
                new LinkReceiver(), new CreditWindow(1000, pool.Rent(1000, 1000)), new ManualTimeProvider());
            Assert.True(inflow.Accept(new BatchInfo(100, 1, TargetDialect.Unknown, 100)));
            inflow.Settle(100, 100);
            var taking = Task.Run(() =>
            {
                for (var i = 0; i < 100; i++)
                {
                    inflow.Taken(1, 1);
                }
            });
            inflow.End(pool);
            await taking.Within("what mailboxes take");
            Assert.Equal(0, pool.Left);
        }

        Assert.Equal(1_000_000 / 4, pool.Rent(long.MaxValue, 0));
    }

    [Fact]
    public void CreditPool_FillsUp_WindowsShrinkToTheFloor()
    {
        var pool = new CreditPool(256);
        var windows = Enumerable.Range(0, 40).Select(_ => pool.Rent(16, 4)).ToList();
        Assert.Equal(Enumerable.Repeat(16L, 13), windows.Take(13));
        Assert.Equal(windows.OrderDescending(), windows);
        Assert.Equal(4, windows[^1]);
        windows.ForEach(pool.Return);
        Assert.Equal(16, pool.Rent(16, 4));
    }
}
