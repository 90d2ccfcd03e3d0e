using Proto;

namespace Remote.Tests;

public sealed class WatchTableTests
{
    private static readonly PID Watcher = new("here:1", "watcher");
    private static readonly PID Target = new("peer:1", "target");

    [Fact]
    public void TryAdd_SamePairTwice_OnlyTheFirstIsNew()
    {
        var watches = new WatchTable("peer:8000");

        Assert.True(watches.TryAdd(Watcher, Target));
        Assert.False(watches.TryAdd(Watcher, Target));
        Assert.Equal(1, watches.Count);
    }

    /// <summary>Proto.Actor's PIDs are objects that an application has many of for one actor.</summary>
    [Fact]
    public void OtherObjectsOfTheSamePids_AreTheSamePair()
    {
        var watches = new WatchTable("peer:8000");
        watches.TryAdd(Watcher, Target);

        Assert.False(watches.TryAdd(Watcher.Clone(), Target.Clone()));
        Assert.True(watches.TryRemove(Watcher.Clone(), Target.Clone(), out var isLast));
        Assert.True(isLast);
        Assert.Equal(0, watches.Count);
    }

    [Fact]
    public void Take_OtherAddressOfThePeer_FindsThePairAsItsWatcherKnowsIt()
    {
        var watches = new WatchTable("peer:8000");
        watches.TryAdd(Watcher, Target);

        Assert.Equal(Target, Assert.Single(watches.Take(Watcher, new PID("other-name:1", "target"))).Target);
        Assert.Empty(watches.Take(Watcher, Target));
        Assert.Equal(0, watches.Count);
    }

    [Fact]
    public void TryAdd_TwoAddressesOfOneTarget_AreTwoPairsThatEndTogether()
    {
        var watches = new WatchTable("peer:8000");
        var alias = new PID("other-name:1", "target");

        Assert.True(watches.TryAdd(Watcher, Target));
        Assert.True(watches.TryAdd(Watcher, alias));

        Assert.Equal(2, watches.Count);
        Assert.Equal([Target, alias], watches.Take(Watcher, Target).Select(pair => pair.Target));
        Assert.Equal(0, watches.Count);
    }

    [Fact]
    public void TryRemove_OneOfTwoAddresses_LeavesTheOther()
    {
        var watches = new WatchTable("peer:8000");
        var alias = new PID("other-name:1", "target");
        watches.TryAdd(Watcher, Target);
        watches.TryAdd(Watcher, alias);

        Assert.True(watches.TryRemove(Watcher, Target, out var isLast));
        Assert.False(isLast);
        Assert.False(watches.TryRemove(Watcher, Target, out _));
        Assert.True(watches.TryRemove(Watcher, alias, out isLast));
        Assert.True(isLast);
        Assert.Equal(0, watches.Count);
    }

    [Fact]
    public void TryAdd_FuturesOfTwoRequests_AreTwoPairs()
    {
        var watches = new WatchTable("peer:8000");

        Assert.True(watches.TryAdd(Future(1), Target));
        Assert.True(watches.TryAdd(Future(2), Target));
        Assert.Single(watches.Take(Future(2), Target));
        Assert.Empty(watches.Take(Future(2), Target));
        Assert.Equal(1, watches.Count);
    }

    [Fact]
    public void TakeAll_LeavesNothing()
    {
        var watches = new WatchTable("peer:8000");
        watches.TryAdd(Watcher, Target);

        Assert.Equal(Target, Assert.Single(watches.TakeAll()).Target);
        Assert.Empty(watches.TakeAll());
    }

    private static PID Future(uint requestId) => new("here:1", "future") { RequestId = requestId };
}
