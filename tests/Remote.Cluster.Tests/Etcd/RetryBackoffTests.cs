using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>The pauses between rounds through the endpoints.</summary>
[Trait("Behaviour", "K-06")]
public sealed class RetryBackoffTests
{
    [Fact]
    public void Next_WithoutJitter_DoublesUpToTheCapAndBeginsAnewAfterAReset()
    {
        var backoff = new RetryBackoff(new EtcdRetryOptions { Jitter = 0 }, new Random(1));

        Assert.Equal([200, 400, 800, 1600, 3000, 3000], Enumerable.Range(0, 6).Select(_ => backoff.Next().TotalMilliseconds));

        backoff.Reset();
        Assert.Equal(200, backoff.Next().TotalMilliseconds);
    }

    [Fact]
    public void Next_WithJitter_StaysWithinItAndUsesIt()
    {
        var backoff = new RetryBackoff(new EtcdRetryOptions { InitialDelay = TimeSpan.FromSeconds(3) }, new Random(1));

        var delays = Enumerable.Range(0, 1000).Select(_ => backoff.Next().TotalMilliseconds).ToArray();

        Assert.All(delays, delay => Assert.InRange(delay, 2400, 3600));
        Assert.True(delays.Max() - delays.Min() > 1000);
    }
}
