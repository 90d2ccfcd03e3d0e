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
}
