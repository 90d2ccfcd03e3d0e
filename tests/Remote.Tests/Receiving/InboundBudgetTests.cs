namespace Remote.Tests;

public sealed class InboundBudgetTests
{
    [Fact]
    public void IsExceeded_CountsMessagesAndBytes()
    {
        var messages = new InboundBudget(maxMessages: 10, maxBytes: 1000);
        messages.Settle(10, 0);
        Assert.False(messages.IsExceeded);
        messages.Settle(1, 0);
        Assert.True(messages.IsExceeded);

        var bytes = new InboundBudget(maxMessages: 10, maxBytes: 1000);
        bytes.Settle(1, 1001);
        Assert.True(bytes.IsExceeded);
    }

    [Fact]
    public async Task WaitAsync_CompletesAtHalfTheLimit()
    {
        var budget = new InboundBudget(maxMessages: 10, maxBytes: 1000);
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
        var budget = new InboundBudget(maxMessages: 10, maxBytes: 1000);
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
        var budget = new InboundBudget(maxMessages: 10, maxBytes: 1000);
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
            var budget = new InboundBudget(maxMessages: 10, maxBytes: 1000);
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
}
