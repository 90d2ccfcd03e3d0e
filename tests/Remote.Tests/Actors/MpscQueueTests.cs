using Queue = Remote.MpscQueue<string, Remote.ReferenceSlot<string>>;

namespace Remote.Tests;

[Trait("Behaviour", "I-04")]
public sealed class MpscQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(5000)]
    public void Dequeue_AfterEnqueue_GivesAllInOrder(int count)
    {
        var queue = new Queue();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < count; i++)
            {
                queue.Enqueue($"{i}");
            }

            Assert.Equal(count, queue.Count);
            Assert.False(queue.IsEmpty);
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(DequeueResult.Taken, queue.TryDequeue(out var item));
                Assert.Equal($"{i}", item);
            }

            Assert.Equal(DequeueResult.Empty, queue.TryDequeue(out _));
            Assert.True(queue.IsEmpty);
            Assert.Equal(0, queue.Count);
        }
    }

    [Fact]
    public void Dequeue_RandomSteps_AgreesWithAModel()
    {
        var random = new Random(42);
        var queue = new Queue();
        var model = new Queue<string>();
        for (var step = 0; step < 200_000; step++)
        {
            // Long runs of one kind, so that rings fill up and run empty.
            var enqueues = random.Next(step / 1000 % 2 == 0 ? 4 : 12) < 3;
            if (enqueues)
            {
                var item = $"{step}";
                queue.Enqueue(item);
                model.Enqueue(item);
            }
            else
            {
                var result = queue.TryDequeue(out var item);
                Assert.Equal(model.TryDequeue(out var expected) ? DequeueResult.Taken : DequeueResult.Empty, result);
                Assert.Equal(expected, item);
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model.Count == 0, queue.IsEmpty);
        }
    }

    [Fact]
    public void Enqueue_SteadyState_AllocatesNothing()
    {
        var queue = new Queue();
        var item = "item";
        Run(100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Run(100_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                for (var j = 0; j < 10; j++)
                {
                    queue.Enqueue(item);
                }

                for (var j = 0; j < 10; j++)
                {
                    queue.TryDequeue(out _);
                }
            }
        }
    }

    [Fact]
    public void Enqueue_DeepBacklogAgainAndAgain_AllocatesLittle()
    {
        var queue = new MpscQueue<Numbered, ReferenceSlot<Numbered>>();
        var item = new Numbered(0, 0);
        FillAndEmpty();
        var before = GC.GetAllocatedBytesForCurrentThread();

        FillAndEmpty();

        // A segment's head per 1024 items; the rings themselves go round.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 30_000);

        void FillAndEmpty()
        {
            for (var i = 0; i < 50_000; i++)
            {
                queue.Enqueue(item);
            }

            while (queue.TryDequeue(out _) == DequeueResult.Taken)
            {
            }
        }
    }

    [Fact]
    public void TryDequeue_ReleasesWhatItGives()
    {
        var queue = new MpscQueue<object, ReferenceSlot<object>>();
        var taken = EnqueueAndTake(queue);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.All(taken, reference => Assert.False(reference.IsAlive));
        GC.KeepAlive(queue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Enqueue_FromManyThreads_LosesDoublesAndReordersNothing(int producers)
    {
        var perProducer = TestScale.Count(1_000_000);
        var queue = new MpscQueue<Numbered, ReferenceSlot<Numbered>>();
        var producing = Enumerable.Range(0, producers).Select(producer => Task.Run(() =>
        {
            for (var i = 0; i < perProducer; i++)
            {
                queue.Enqueue(new Numbered(producer, i));
            }
        })).ToArray();

        var next = new int[producers];
        var consuming = Task.Run(() =>
        {
            for (var taken = 0; taken < producers * perProducer;)
            {
                if (queue.TryDequeue(out var item) == DequeueResult.Taken)
                {
                    Assert.Equal(next[item.Producer]++, item.Number);
                    taken++;
                }
            }
        });

        await Task.WhenAll([.. producing, consuming]).Within("all items");
        Assert.All(next, count => Assert.Equal(perProducer, count));
        Assert.True(queue.IsEmpty);
    }

    [Fact]
    public async Task IsEmpty_DecidesSleepWithoutLosingAnItem()
    {
        // The mailbox's protocol: post, then look at the state; set the state, then look at the queue.
        var count = TestScale.Count(500_000);
        var queue = new Queue();
        var state = 1;
        using var wake = new SemaphoreSlim(0);
        var consuming = Task.Run(async () =>
        {
            for (var taken = 0; ;)
            {
                while (queue.TryDequeue(out _) == DequeueResult.Taken)
                {
                    taken++;
                }

                if (taken == count)
                {
                    return;
                }

                Volatile.Write(ref state, 0);
                Interlocked.MemoryBarrier();
                if (queue.IsEmpty || Interlocked.CompareExchange(ref state, 1, 0) != 0)
                {
                    await wake.WaitAsync();
                }
            }
        });
        await Task.Run(() =>
        {
            for (var i = 0; i < count; i++)
            {
                queue.Enqueue("item");
                if (Volatile.Read(ref state) == 0 && Interlocked.CompareExchange(ref state, 1, 0) == 0)
                {
                    wake.Release();
                }
            }
        });

        await consuming.Within("the consumer to see every item");
    }

    private static List<WeakReference> EnqueueAndTake(MpscQueue<object, ReferenceSlot<object>> queue)
    {
        var references = new List<WeakReference>();
        for (var i = 0; i < 20; i++)
        {
            var item = new object();
            references.Add(new WeakReference(item));
            queue.Enqueue(item);
        }

        while (queue.TryDequeue(out _) == DequeueResult.Taken)
        {
        }

        return references;
    }

    private sealed record Numbered(int Producer, int Number);
}
