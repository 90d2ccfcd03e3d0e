using Proto;

namespace Remote.Tests.Endpoints;

/// <summary>An endpoint that nothing goes through any more, while it says goodbye.</summary>
[Trait("Behaviour", "H-03")]
public sealed class RetiredEndpointTests
{
    /// <summary>It would find itself as its successor, and call itself without end.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_ToOneWhoseAddressWasBlockedMeanwhile_IsRefusedByAnother(bool isCutAlready)
    {
        const string Address = "peer:1";
        await using var system = new ActorSystem();
        var parts = NodeKit.PartsOf(system);
        var retired = parts.Endpoints.Find(Address, DialOrigin.Program, out _)!;
        Assert.True(retired.TryRetire());
        retired.IsBlockedHere = isCutAlready;
        parts.BlockList.BlockAddress(Address);

        retired.Post(new RemoteDelivery(new PID(Address, "target"), "late"));
        retired.Watch(new PID(NodeKit.Address, "watcher"), new PID(Address, "target"), new Watch(new PID(NodeKit.Address, "watcher")));

        await parts.Context.Events.WhenIdleAsync().Within("the events");
        Assert.Equal([(nameof(DeadLetterReason.Blocked), 1L)], parts.Context.DeadLetters.Counts.Snapshot().Where(count => count.Value > 0).Select(count => (count.Key, count.Value)));
        Assert.NotSame(retired, parts.Table.FindExact(Address));
    }

    /// <summary>Somebody may still hold it, and its mailbox leaves the counting to one that there is not.</summary>
    [Theory]
    [InlineData(false, nameof(DeadLetterReason.Forbidden), RemoteError.EndpointClosed)]
    [InlineData(true, nameof(DeadLetterReason.Shutdown), RemoteError.NotRunning)]
    [Trait("Behaviour", "B-06")]
    public async Task Post_NothingMayFollow_IsRefusedWithTheReasonAndCounted(bool isStopping, string reason, RemoteError error)
    {
        const string Address = "peer:1";
        await using var system = new ActorSystem();
        var options = new RemoteOptions();
        var mayDial = true;
        options.Hooks.AllowDial = (_, _) => mayDial;
        var parts = NodeKit.PartsOf(system, options);
        var retired = parts.Endpoints.Find(Address, DialOrigin.Program, out _)!;
        Assert.True(retired.TryRetire());
        mayDial = false;
        if (isStopping)
        {
            await parts.Endpoints.StopAsync();
        }

        var delivery = new RemoteDelivery(new PID(Address, "target"), "late");
        retired.Post(delivery);
        retired.PostControl(new RemoteDelivery(delivery.Target, Stop.Instance));
        var failure = await Assert.ThrowsAsync<RemoteException>(() => retired.PostAsync(delivery, CancellationToken.None).AsTask());

        Assert.Equal(error, failure.Error);
        var statistics = retired.Snapshot();
        Assert.Equal((2L, 0L), (statistics.Offered, statistics.Accepted));
        Assert.Equal((reason, 2L), Assert.Single(statistics.Refused.Select(refused => (refused.Key, refused.Value))));
        await parts.Context.Events.WhenIdleAsync().Within("the events");
        Assert.Equal([(reason, 3L)], parts.Context.DeadLetters.Counts.Snapshot().Where(count => count.Value > 0).Select(count => (count.Key, count.Value)));
    }
}
