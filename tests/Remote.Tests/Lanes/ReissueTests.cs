using Proto;

namespace Remote.Tests;

/// <summary>Watches that are issued again, in a lane with room for two control messages.</summary>
[Trait("Behaviour", "B-02")]
public sealed class ReissueTests
{
    private static readonly PID Watcher = new("here:1", "watcher");

    private readonly EndpointWriterMailbox _mailbox = MailboxKit.Mailbox(new EndpointOptions(), controlCapacity: 2);

    private int Waiting => _mailbox.Snapshot(EndpointState.Connected).ControlQueueLength;

    [Fact]
    public void Reissue_MoreThanTheLaneTakes_LeavesItsRoomToOthers()
    {
        Assert.True(_mailbox.Reissue(Watches(0, 1000)), "Nobody drains the lane.");

        Assert.Equal(PostResult.Accepted, Post("a"));
        Assert.Equal(PostResult.Accepted, Post("b"));
        Assert.Equal(PostResult.Full, Post("c"));
        Assert.Equal(1002, Waiting);
    }

    /// <summary>Else those of an endpoint that loses its streams again and again would add up.</summary>
    [Fact]
    public void Reissue_FormerOnesAreThereStill_TakesTheirPlace()
    {
        var hold = Begin();
        Post("a");
        _mailbox.Reissue(Watches(0, 300));
        _mailbox.Take();
        Assert.Equal(256, hold.Control.Items.Length);
        Assert.True(hold.IsControlLeft);
        hold.Control.Drop(56);
        EndStream();

        // What the writer had taken is in its place again, in front of the rest.
        Assert.Equal(245, Waiting);
        _mailbox.Reissue(Watches(200, 10));
        Assert.Equal(11, Waiting);
        var taker = new LaneTaker(_mailbox);
        Assert.Equal([.. Enumerable.Range(200, 10).Select(number => $"watcher{number}")], TakeWatchers(taker));
        taker.Take();
        Assert.IsType<Unwatch>(Assert.Single(taker.Control));
        Assert.Equal(TakeState.Empty, taker.Take());
    }

    /// <summary>The Unwatch of a pair that was issued again comes behind its Watch, also when a stream has broken in between.</summary>
    [Fact]
    public void EndStream_OthersWereTaken_TheyStayBehindThoseIssuedAgain()
    {
        Begin();
        Post("a");
        _mailbox.Take();
        _mailbox.Reissue(Watches(0, 1));
        EndStream();

        var taker = new LaneTaker(_mailbox);
        Assert.Equal(["watcher0"], TakeWatchers(taker));
        taker.Take();
        Assert.IsType<Unwatch>(Assert.Single(taker.Control));
    }

    [Fact]
    public async Task Drain_WatchesWait_CompletesBehindThem()
    {
        var taker = new LaneTaker(_mailbox);
        _mailbox.Reissue(Watches(0, 1));
        var drained = _mailbox.BeginDrain(DeadLetterReason.Shutdown);
        Assert.False(_mailbox.Reissue(Watches(0, 5)), "It takes nothing more.");
        Assert.Equal(1, Waiting);
        taker.Take();
        Assert.False(drained.IsCompleted);
        taker.Take();
        await drained.Within("the end of the lanes");
    }

    /// <summary>They come once more from the watch table, there or in words.</summary>
    [Fact]
    public void MoveTo_WatchesWait_LeavesThemBehind()
    {
        var other = MailboxKit.Mailbox(new EndpointOptions());
        Post("a");
        _mailbox.Reissue(Watches(0, 5));

        Assert.True(_mailbox.MoveTo(other, out _));

        Assert.Equal((0, 1), (Waiting, other.Snapshot(EndpointState.Connected).ControlQueueLength));
    }

    private WriterHold Begin()
    {
        _mailbox.TryClaim();
        return _mailbox.BeginStream(batchSize: 100);
    }

    private void EndStream()
    {
        _mailbox.BeginDetach();
        _mailbox.EndStream(byVerdict: false);
    }

    private static string[] TakeWatchers(LaneTaker taker)
    {
        taker.Take();
        return [.. taker.Control.Select(message => ((Watch)message).Watcher.Id)];
    }

    private PostResult Post(string target) => _mailbox.PostControl(new RemoteDelivery(new PID("peer:1", target), new Unwatch(Watcher)), out _);

    private static DeliveryQueue Watches(int first, int count)
    {
        var watches = new DeliveryQueue();
        for (var number = first; number < first + count; number++)
        {
            watches.Add(new RemoteDelivery(new PID("peer:1", "target"), new Watch(new PID("here:1", $"watcher{number}"))));
        }

        return watches;
    }
}
