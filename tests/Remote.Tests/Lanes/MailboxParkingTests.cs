using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests;

/// <summary>The lanes while the peer has said that one of its actors is slow.</summary>
[Trait("Behaviour", "B-04")]
public sealed class MailboxParkingTests
{
    private const int End = 10;

    private EndpointWriterMailbox _mailbox;
    private LaneTaker _taker;
    private readonly List<LevelChange> _changes = [];

    public MailboxParkingTests() => (_mailbox, _taker) = Mailbox(new EndpointOptions { QueueCapacity = 10 });

    private (EndpointWriterMailbox Mailbox, LaneTaker Taker) Mailbox(EndpointOptions options)
    {
        var mailbox = MailboxKit.Linked(options, _changes.Add);
        return (mailbox, new LaneTaker(mailbox));
    }

    [Fact]
    public void Take_SlowTarget_LeavesItsMessagesAndTakesTheOthers()
    {
        Post("slow", 1);
        Post("fast", 2);
        Post("slow", 3);
        _mailbox.PauseTarget("slow", isPaused: true);

        Assert.Equal([2], Take());
        Assert.Equal(3, _mailbox.Snapshot(EndpointState.Connected).QueueLength);
        Assert.Equal(TakeState.Empty, _taker.Take(settled: 1));

        Assert.True(_mailbox.PauseTarget("slow", isPaused: false), "There is something to write again.");
        Post("slow", 4);
        Assert.Equal([1, 3, 4], Take());
    }

    /// <summary>The writer had no credit for what it held when it heard of the pause; that must not stand in front of all others.</summary>
    [Fact]
    public void Take_MessagesForASlowTargetAreHeld_TakesTheOthers()
    {
        _mailbox = MailboxKit.Linked(new EndpointOptions { QueueCapacity = 10 });
        _taker = new LaneTaker(_mailbox, batchSize: 2);
        Post("slow", 1);
        Post("slow", 2);
        Post("fast", 3);
        _taker.Take(most: 0);
        _taker.CreditNeeded = int.MaxValue;
        Assert.Equal(TakeState.Empty, _taker.Take(most: 0));

        Assert.True(_mailbox.PauseTarget("slow", isPaused: true), "There is something to write behind what is held.");
        Assert.Equal([3], Take());
        _mailbox.PauseTarget("slow", isPaused: false);
        Post("slow", 4);
        Assert.Equal([1, 2], Take(settled: 1));
        Assert.Equal([4], Take(settled: 2));
    }

    [Fact]
    public void Post_SlowTargetHasHalfOfTheLane_RefusesOnlyIts()
    {
        _mailbox.PauseTarget("slow", isPaused: true);
        for (var i = 0; i < 5; i++)
        {
            Assert.NotEqual(PostResult.Full, Post("slow", i));
            Take();
        }

        Assert.Equal(PostResult.Full, Post("slow", 5));
        for (var i = 0; i < 5; i++)
        {
            Assert.NotEqual(PostResult.Full, Post("fast", i));
        }

        Assert.Equal(PostResult.Full, Post("fast", 5));
    }

    [Fact]
    public async Task PostOrWait_SlowTarget_WaitsApartAndIsNotPassed()
    {
        for (var i = 0; i < 10; i++)
        {
            Post("slow", i);
        }

        _mailbox.PauseTarget("slow", isPaused: true);
        Take();
        _mailbox.PostOrWait(Delivery("slow", 10), out _, out var waiter);
        Assert.NotNull(waiter);

        // What was accepted before is more than its share; the others have half of the lane all the same.
        Assert.NotEqual(PostResult.Full, Post("fast", 100));
        Assert.False(waiter.Task.IsCompleted);

        _mailbox.PauseTarget("slow", isPaused: false);
        Assert.Equal([.. Enumerable.Range(0, 10), 100], Take());
        Take(settled: 11);
        await waiter.Task.Within("the waiter, when there is room");
    }

    /// <summary>One waited for the lane before its target was slow, the other for its target from the beginning.</summary>
    [Fact]
    public async Task PostOrWait_TargetBecomesSlowMeanwhile_WaitersKeepTheirOrder()
    {
        for (var i = 0; i < 10; i++)
        {
            Post(i < 5 ? "slow" : "fast", i);
        }

        _mailbox.PauseTarget("slow", isPaused: true);
        var first = Wait("slow", 10);
        Assert.Equal([5, 6, 7, 8, 9], Take());
        var second = Wait("slow", 11);
        Assert.Equal(2, _mailbox.Snapshot(EndpointState.Connected).Waiters);
        Assert.Empty(Take(settled: 5));

        // Both wait for their target now, which keeps nobody else from the lane.
        Assert.NotEqual(PostResult.Full, Post("fast", 12));
        Assert.Equal(2, _mailbox.Snapshot(EndpointState.Connected).Waiters);
        _mailbox.PauseTarget("slow", isPaused: false);
        Assert.Equal([0, 1, 2, 3, 4, 12, 10, 11], TakeAll());
        await Task.WhenAll(first.Task, second.Task).Within("the waiters");
    }

    [Fact]
    public async Task Post_SlowTargetGoesOn_DoesNotPassWhoWaitsForIt()
    {
        _mailbox.PauseTarget("slow", isPaused: true);
        for (var i = 0; i < 5; i++)
        {
            Post("slow", i);
            Take();
        }

        var waiter = Wait("slow", 5);
        Assert.NotEqual(PostResult.Full, Post("fast", 6));
        _mailbox.PauseTarget("slow", isPaused: false);
        Assert.NotEqual(PostResult.Full, Post("slow", 7));
        await waiter.Task.Within("the waiter");
        _mailbox.PauseTarget("slow", isPaused: true);
        Assert.Equal([6], TakeAll());
        _mailbox.PauseTarget("slow", isPaused: false);
        Assert.Equal([0, 1, 2, 3, 4, 5, 7], TakeAll());
    }

    /// <summary>A caller that gives up must not leave the lane closed for those that nothing stands in front of.</summary>
    [Fact]
    public void Withdraw_WhoWaitsForTheLane_ThoseOfASlowTargetHoldUpNobody()
    {
        _mailbox.PauseTarget("slow", isPaused: true);
        for (var i = 0; i < 5; i++)
        {
            Post("slow", i);
            Take();
        }

        Wait("slow", 5);
        for (var i = 0; i < 5; i++)
        {
            Post("fast", i);
        }

        var waiter = Wait("fast", 6);
        Assert.True(_mailbox.Withdraw(waiter, refused: null));
        Assert.Equal([0, 1, 2, 3, 4], Take());
        Take(settled: 5);
        Assert.NotEqual(PostResult.Full, Post("fast", 7));
    }

    /// <summary>Whoever waits at the end of the line must not be passed by those who waited apart, and the other way round.</summary>
    [Fact]
    public void Waiters_AnySteps_KeepTheirOrderPerTarget() =>
        Prop.ForAll(Gen.Choose(0, 9).Two().Select(pair => (What: pair.Item1, Number: pair.Item2)).ArrayOf(60).ToArbitrary(), steps =>
        {
            (_mailbox, _taker) = Mailbox(new EndpointOptions { QueueCapacity = 10 });
            var (next, held) = (0, 0);
            Dictionary<string, List<int>> taken = new() { ["slow"] = [], ["fast"] = [] };
            foreach (var (what, number) in steps.Concat(Enumerable.Repeat((What: End, Number: 9), 2 * (steps.Length + 2))))
            {
                var target = number < 7 ? "slow" : "fast";
                switch (what)
                {
                    case < 4: _mailbox.PostOrWait(Delivery(target, next++), out _, out _); break;
                    case 4: next += Post(target, next) == PostResult.Full ? 0 : 1; break;
                    case 5 or 6: _mailbox.PauseTarget(number < 9 ? "slow" : "fast", isPaused: true); break;
                    case 7: _mailbox.PauseTarget(number < 9 ? "slow" : "fast", isPaused: false); break;
                    case End: Resume("slow", "fast"); goto default;
                    default: held = TakeSome(held, number, taken); break;
                }
            }

            Assert.Equal(next, taken.Values.Sum(numbers => numbers.Count));
            Assert.All(taken.Values, numbers => Assert.Equal(numbers.Order(), numbers));
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));

    [Fact]
    public async Task Take_ParkingMakesRoom_AdmitsWhoWaitsForIt()
    {
        for (var i = 0; i < 10; i++)
        {
            Post("slow", i);
        }

        _mailbox.PostOrWait(Delivery("fast", 10), out _, out var waiter);
        _mailbox.PauseTarget("slow", isPaused: true);

        Assert.Equal([10], Take());
        await waiter!.Task.Within("the waiter");
    }

    [Fact]
    public void Return_StreamIsOver_PutsParkedMessagesBackInOrder()
    {
        Post("slow", 1);
        Post("slow", 2);
        Post("fast", 3);
        _mailbox.PauseTarget("slow", isPaused: true);
        _taker.Take(most: 0);
        Post("slow", 4);

        _mailbox.BeginDetach();
        _mailbox.EndStream(byVerdict: false);
        _taker = new LaneTaker(_mailbox, batchSize: 2);

        // The message that was taken comes first, then those that were parked: only each target has its order.
        Assert.Equal([3, 1], Take());
        Assert.Equal([2, 4], Take(settled: 2));
    }

    [Fact]
    [Trait("Behaviour", "B-03")]
    public void Post_SlowTargetFillsItsPart_IsToldBeforeItsMessagesAreRefused()
    {
        (_mailbox, _taker) = Mailbox(new EndpointOptions { QueueCapacity = 200 });
        _mailbox.PauseTarget("slow", isPaused: true);
        for (var i = 0; i < 100; i++)
        {
            Assert.NotEqual(PostResult.Full, Post("slow", i));
            Take();
        }

        Assert.Equal(PostResult.Full, Post("slow", 100));
        Assert.Equal([(BackpressureLevel.Warning, 60), (BackpressureLevel.Critical, 85)], _changes.Select(change => (change.Level, change.Length)));

        _mailbox.PauseTarget("slow", isPaused: false);
        Take();
        Assert.Equal((BackpressureLevel.Critical, BackpressureLevel.Normal, 100), (_changes[2].Previous, _changes[2].Level, _changes[2].Length));
        Assert.Equal(3, _changes.Count);
    }

    /// <summary>Its messages are no fewer because the peer takes some of them now and then.</summary>
    [Fact]
    [Trait("Behaviour", "B-03")]
    public void PauseTarget_AgainAndAgain_LeavesTheLevel_UntilItsMessagesHaveGone()
    {
        (_mailbox, _taker) = Mailbox(new EndpointOptions { QueueCapacity = 4000 });
        for (var i = 0; i < 1900; i++)
        {
            Post("slow", i);
        }

        var taken = 0;
        for (var i = 0; i < 3; i++)
        {
            _mailbox.PauseTarget("slow", isPaused: true);
            Assert.Empty(Take(settled: taken));
            Resume("slow");
            taken = i < 2 ? Take().Length : 0;
            Assert.Equal(BackpressureLevel.Critical, Assert.Single(_changes).Level);
        }

        Assert.Equal(1700, TakeAll().Length);
        Assert.Equal([BackpressureLevel.Critical, BackpressureLevel.Warning, BackpressureLevel.Normal], _changes.Select(change => change.Level));
    }

    [Fact]
    [Trait("Behaviour", "B-01")]
    public void Post_SlowTargetIsCritical_ShedsOnlyWhatIsForIt()
    {
        (_mailbox, _taker) = Mailbox(new EndpointOptions { QueueCapacity = 200, Overflow = OverflowPolicy.ShedAtCritical });
        _mailbox.PauseTarget("slow", isPaused: true);
        for (var i = 0; i < 85; i++)
        {
            Post("slow", i);
            Take();
        }

        Assert.Equal(PostResult.Full, _mailbox.Post(Delivery("slow", 85), out var reason, out _));
        Assert.Equal(DeadLetterReason.Shed, reason);
        Assert.NotEqual(PostResult.Full, Post("fast", 1));
    }

    private static RemoteDelivery Delivery(string target, int number) => MailboxKit.Delivery(target, number);

    private PostResult Post(string target, int number) => _mailbox.Post(Delivery(target, number), out _, out _);

    private void Resume(params ReadOnlySpan<string> targets)
    {
        foreach (var target in targets)
        {
            _mailbox.PauseTarget(target, isPaused: false);
        }
    }

    private LaneWaiter Wait(string target, int number)
    {
        _mailbox.PostOrWait(Delivery(target, number), out _, out var waiter);
        return waiter!;
    }

    /// <summary>Settles what was taken before and takes again, as the holder of the role or as somebody who has just got it.</summary>
    private int TakeSome(int held, int most, Dictionary<string, List<int>> taken)
    {
        var numbers = Take(held, most);
        foreach (var (delivery, number) in _taker.User.Zip(numbers))
        {
            taken[delivery.Target.Id].Add(number);
        }

        return numbers.Length;
    }

    private int[] TakeAll()
    {
        List<int> all = [];
        for (int[] some = Take(); some.Length > 0; some = Take(settled: some.Length))
        {
            all.AddRange(some);
        }

        return [.. all];
    }

    private int[] Take(int settled = 0, int most = int.MaxValue) => _taker.TakeNumbers(settled, most);
}
