using Proto;

namespace Remote.Tests;

public sealed class InboundBudgetTests
{
    [Fact]
    public void IsExceeded_CountsMessagesAndBytes()
    {
        var messages = Budget();
        messages.Settle(10, 0);
        Assert.False(messages.IsExceeded);
        messages.Settle(1, 0);
        Assert.True(messages.IsExceeded);

        var bytes = Budget();
        bytes.Settle(1, 1001);
        Assert.True(bytes.IsExceeded);
    }

    [Fact]
    public async Task WaitAsync_CompletesAtHalfTheLimit()
    {
        var budget = Budget();
        budget.Settle(11, 11);
        var waiting = budget.WaitAsync();

        budget.Taken(5, 5);
        Assert.False(waiting.IsCompleted);
        budget.Taken(1, 1);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task WaitAsync_BytesAboveHalf_WaitsForThemToo()
    {
        var budget = Budget();
        budget.Settle(2, 1001);
        var waiting = budget.WaitAsync();

        budget.Taken(2, 500);
        Assert.False(waiting.IsCompleted);
        budget.Taken(0, 1);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task WaitAsync_TakenBeforeTheWait_CompletesAtOnce()
    {
        var budget = Budget();
        budget.Settle(11, 11);
        budget.Taken(11, 11);

        await budget.WaitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(default, budget.Outstanding);
    }

    [Fact]
    public async Task WaitAsync_TakenByManyThreads_IsNeverMissed()
    {
        for (var round = 0; round < 200; round++)
        {
            var budget = Budget();
            budget.Settle(20, 20);
            var takers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => budget.Taken(5, 5))).ToArray();
            if (budget.IsExceeded)
            {
                await budget.WaitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            }

            await Task.WhenAll(takers);
            Assert.Equal(default, budget.Outstanding);
        }
    }

    /// <summary>Streams without a link share the pool with links, from the first message of each until mailboxes hold nothing of it.</summary>
    [Fact]
    public void Settle_FirstMessage_TakesAShareOfThePool_ThatComesBackAtTheEnd()
    {
        var pool = new CreditPool(4096);
        var budgets = Enumerable.Range(0, 40).Select(_ => new InboundBudget(pool, new LinkCredit(10, 256), floor: 64)).ToList();
        budgets.ForEach(budget => budget.Settle(0, 0));
        Assert.Equal(1024, Probe(pool));

        budgets.ForEach(budget => budget.Settle(1, 65));

        Assert.Equal(0, Probe(pool));
        Assert.Equal([false, true], new[] { budgets[0], budgets[^1] }.Select(budget => budget.IsExceeded));
        budgets.ForEach(budget => budget.End(pool));
        Assert.Equal(40 * 165, pool.Left);
        budgets.ForEach(budget => budget.Taken(1, 65));
        Assert.Equal(0, pool.Left);
        Assert.Equal(1024, Probe(pool));
    }

    [Fact]
    public void End_OfAStreamThatBroughtNothing_GivesNothingBack()
    {
        var pool = new CreditPool(4096);
        new InboundBudget(pool, new LinkCredit(10, 256), floor: 64).End(pool);
        Assert.Equal(1024, Probe(pool));
    }

    /// <summary>A hundred peers that keep no link: what each may leave in mailboxes falls from 16 MiB to the largest message.</summary>
    [Fact]
    public async Task NewBudget_OfManyStreams_IsBoundedForTheNode()
    {
        await using var system = new ActorSystem();
        using var links = NodeKit.PartsOf(system).Links;
        var budgets = Enumerable.Range(0, 100).Select(_ => links.NewBudget()).ToList();

        budgets.ForEach(budget => budget.Settle(1, (4 * 1024 * 1024) + 1));

        Assert.False(budgets[0].IsExceeded);
        Assert.All(budgets.TakeLast(60), budget => Assert.True(budget.IsExceeded));
        budgets.ForEach(links.Release);
        var next = links.NewBudget();
        budgets.ForEach(budget => budget.Taken(1, (4 * 1024 * 1024) + 1));
        next.Settle(1, 16 * 1024 * 1024);
        Assert.False(next.IsExceeded);
    }

    /// <summary>They are charged in bytes, by the piece: what a peer wants to watch is no message that an actor has to work off.</summary>
    [Fact]
    public async Task Control_CountsInBytes_AndTakesAShareOfThePool()
    {
        var pool = new CreditPool(16_000);
        var budget = new InboundBudget(pool, new LinkCredit(10, 4000), floor: 1000);

        Post(budget, 15);
        Assert.False(budget.IsExceeded);
        Assert.Equal(3000, Probe(pool));
        Post(budget, 1);
        Assert.Equal((true, true), (budget.IsExceeded, budget.IsFullOfControl));
        Assert.Equal(new LinkCredit(0, 16 * 256), budget.Outstanding);

        var waiting = budget.WaitAsync();
        budget.Control.Taken(8, 8 * 256);
        Assert.False(waiting.IsCompleted);
        budget.Control.Taken(1, 256);
        await waiting.Within("half of the share");
        Assert.Equal((false, false), (budget.IsExceeded, budget.IsFullOfControl));

        budget.End(pool);
        Assert.Equal(7 * 256, pool.Left);
        budget.Control.Taken(7, 7 * 256);
        Assert.Equal(0, pool.Left);
        Assert.Null(ControlOrigin.Charge());

        static void Post(InboundBudget budget, int count)
        {
            using var scope = budget.Control.Post();
            for (var i = 0; i < count; i++)
            {
                Assert.Same(budget.Control, ControlOrigin.Charge());
            }
        }
    }

    private static long Probe(CreditPool pool)
    {
        var window = pool.Rent(long.MaxValue, 0);
        pool.Return(window);
        return window;
    }

    private static InboundBudget Budget() => new(new CreditPool(1_000_000), new LinkCredit(10, 1000), floor: 1000);
}
