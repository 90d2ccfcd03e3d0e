using Remote.Actors;

namespace Remote.Tests;

public sealed class EndpointWatcherTests
{
    private static readonly PID Watcher = new("", "watcher");
    private static readonly PID Target = new("peer:1", "target");

    [Fact]
    public void TryAdd_SamePairTwice_OnlyTheFirstIsNew()
    {
        var watches = new EndpointWatcher();

        Assert.True(watches.TryAdd(Watcher, Target));
        Assert.False(watches.TryAdd(Watcher, Target));
        Assert.Equal(1, watches.Count);
    }

    [Fact]
    public void TryTake_OtherAddressOfThePeer_FindsThePairAsItsWatcherKnowsIt()
    {
        var watches = new EndpointWatcher();
        watches.TryAdd(Watcher, Target);

        Assert.True(watches.TryTake(Watcher, new PID("other-name:1", "target"), out var watched));
        Assert.Equal(Target, watched);
        Assert.False(watches.TryTake(Watcher, Target, out _));
    }

    [Fact]
    public void TryAdd_FuturesOfTwoRequests_AreTwoPairs()
    {
        var watches = new EndpointWatcher();

        Assert.True(watches.TryAdd(new PID("", "future", 1), Target));
        Assert.True(watches.TryAdd(new PID("", "future", 2), Target));
        Assert.True(watches.TryTake(new PID("", "future", 2), Target, out _));
        Assert.False(watches.TryTake(new PID("", "future", 2), Target, out _));
    }

    [Fact]
    public void TakeAll_LeavesNothing()
    {
        var watches = new EndpointWatcher();
        watches.TryAdd(Watcher, Target);

        Assert.Equal(Target, Assert.Single(watches.TakeAll()).Target);
        Assert.Empty(watches.TakeAll());
    }
}
