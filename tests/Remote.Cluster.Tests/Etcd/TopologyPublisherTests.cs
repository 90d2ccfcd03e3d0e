using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>Whoever takes the lists may be slow, may throw, and may block: it costs the lists nothing but time.</summary>
[Trait("Behaviour", "K-06")]
public sealed class TopologyPublisherTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Publish_WhileAListIsBeingTaken_ReturnsAndTheNewestIsTakenNext()
    {
        using var inside = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var taken = new List<int>();
        var publisher = new TopologyPublisher(
            members =>
            {
                taken.Add(members.Count);
                inside.Release();
                Assert.True(goOn.Wait(Ceiling));
            },
            new RecordedLog());
        publisher.Start();

        publisher.Publish(Some(1));
        Assert.True(await inside.WaitAsync(Ceiling));
        publisher.Publish(Some(2));
        publisher.Publish(Some(3));
        Assert.False(publisher.First.IsCompleted);
        goOn.Release();
        await publisher.First.WaitAsync(Ceiling);
        Assert.True(await inside.WaitAsync(Ceiling));
        goOn.Release();

        Assert.Equal([1, 3], taken);
    }

    [Fact]
    public async Task HandOver_ThatThrows_IsLoggedAndTheNextIsTaken()
    {
        using var log = new RecordedLog();
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publisher = new TopologyPublisher(
            members =>
            {
                if (members.Count == 1)
                {
                    throw new InvalidOperationException("not now");
                }

                second.SetResult();
            },
            log);
        publisher.Start();

        publisher.Publish(Some(1));
        await log.NextAsync("EtcdHandOverFailed");
        publisher.Publish(Some(2));

        await second.Task.WaitAsync(Ceiling);
    }

    private static MemberRecord[] Some(int count) => [.. Enumerable.Range(1, count).Select(number => new MemberRecord($"{number}", "h", number, []))];
}
