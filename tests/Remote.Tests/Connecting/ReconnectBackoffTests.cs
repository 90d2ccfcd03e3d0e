namespace Remote.Tests;

public sealed class ReconnectBackoffTests
{
    [Fact]
    [Trait("Behaviour", "R-01")]
    public void TryNext_NoJitter_IsTheDocumentedSchedule()
    {
        var backoff = new ReconnectBackoff(new ReconnectOptions { Jitter = 0, MaxAttempts = 0 }, new Random(1));

        Assert.Equal([200, 400, 800, 1600, 3200, 5000, 5000], Take(backoff, 7).Select(delay => delay.TotalMilliseconds));
    }

    [Fact]
    [Trait("Behaviour", "R-01")]
    public void TryNext_Jitter_IsAppliedAfterTheCapAndStaysInItsBounds()
    {
        var backoff = new ReconnectBackoff(new ReconnectOptions { Jitter = 0.1, MaxAttempts = 0 }, new Random(1));
        double[] nominal = [200, 400, 800, 1600, 3200, .. Enumerable.Repeat(5000.0, 500)];

        var delays = Take(backoff, nominal.Length);

        Assert.All(delays, delay => Assert.Equal(0, delay.Ticks % TimeSpan.TicksPerMillisecond));
        Assert.All(delays.Zip(nominal), pair => Assert.InRange(pair.First.TotalMilliseconds, pair.Second * 0.9, pair.Second * 1.1));
        Assert.Contains(delays, delay => delay > TimeSpan.FromSeconds(5));
        Assert.Contains(delays.Zip(nominal), pair => pair.First.TotalMilliseconds < pair.Second * 0.95);
    }

    [Fact]
    public void TryNext_AttemptsUsedUp_SaysSoUntilReset()
    {
        var backoff = new ReconnectBackoff(new ReconnectOptions { Jitter = 0, MaxAttempts = 2 }, new Random(1));
        Take(backoff, 2);

        Assert.False(backoff.TryNext(out _));
        backoff.Reset();

        Assert.Equal(TimeSpan.FromMilliseconds(200), Take(backoff, 1)[0]);
        Assert.Equal(1, backoff.Attempts);
    }

    private static TimeSpan[] Take(ReconnectBackoff backoff, int count) =>
        [.. Enumerable.Range(0, count).Select(_ =>
        {
            Assert.True(backoff.TryNext(out var delay));
            return delay;
        })];
}
