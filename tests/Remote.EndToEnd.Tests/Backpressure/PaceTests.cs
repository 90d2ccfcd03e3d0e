using Backpressure;
using Remote.Testing;

namespace Remote.EndToEnd.Tests;

public sealed class PaceTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(_time);

    [Fact]
    public async Task Next_Stopped_WaitsUntilThereIsAPace()
    {
        var next = _pace.NextAsync().AsTask();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(next.IsCompleted);

        _pace.Set(Pace.Unlimited);

        await next.WaitAsync(Ceiling);
    }

    [Fact]
    public async Task Next_TenPerSecond_TakesOneEveryTenthOfASecond()
    {
        _pace.Set(10);
        await _pace.NextAsync().AsTask().WaitAsync(Ceiling);
        var second = _pace.NextAsync().AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await second.WaitAsync(Ceiling);
    }

    [Theory]
    [InlineData(50, 6)]
    [InlineData(100, 11)]
    [InlineData(10_000, 11)]
    public void Next_AfterAPause_CatchesUpWithATenthOfASecondAtTheMost(int pauseMilliseconds, int due)
    {
        _pace.Set(100);
        _time.Advance(TimeSpan.FromMilliseconds(pauseMilliseconds));

        for (var i = 0; i < due; i++)
        {
            Assert.True(_pace.NextAsync().IsCompletedSuccessfully, $"message {i} is due");
        }

        Assert.False(_pace.NextAsync().IsCompleted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Next_MessageIsWholeMillisecondsLate_IsDue(int late)
    {
        _pace.Set(100);
        Assert.True(_pace.NextAsync().IsCompletedSuccessfully);

        _time.Advance(TimeSpan.FromMilliseconds(10 + late));

        Assert.True(_pace.NextAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void Next_Unlimited_NeverWaits()
    {
        _pace.Set(Pace.Unlimited);

        for (var i = 0; i < 1000; i++)
        {
            Assert.True(_pace.NextAsync().IsCompletedSuccessfully);
        }
    }
}
