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
        _mailbox.Limit("slow", 0, isReleased: false);

        Assert.Equal([2], Take());
        Assert.Equal(3, _mailbox.UserCount);
        Assert.Equal(TakeState.Empty, _taker.Take(settled: 1));

        Assert.True(_mailbox.Limit("slow", 1, isReleased: false), "There is something to write again.");
        Assert.Equal([1], Take());
        Post("slow", 4);
        _mailbox.Limit("slow", 0, isReleased: true);
        Assert.Equal([3, 4], Take(settled: 1));
    }

    [Fact]
    public void Post_SlowTargetHasHalfOfTheLane_RefusesOnlyIts()
    {
        _mailbox.Limit("slow", 0, isReleased: false);
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

        _mailbox.Limit("slow", 0, isReleased: false);
        Take();
        _mailbox.PostOrWait(Delivery("slow", 10), out _, out var waiter);
        Assert.NotNull(waiter);

        // What was accepted before is more than its share; the others have half of the lane all the same.
        Assert.NotEqual(PostResult.Full, Post("fast", 100));
        Assert.False(waiter.Task.IsCompleted);

        _mailbox.Limit("slow", 0, isReleased: true);
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

        _mailbox.Limit("slow", 0, isReleased: false);
        var first = Wait("slow", 10);
        Assert.Equal([5, 6, 7, 8, 9], Take());
        var second = Wait("slow", 11);
        Assert.Equal(2, _mailbox.Snapshot("peer", EndpointState.Connected).Waiters);
        Assert.Empty(Take(settled: 5));

        // Both wait for their target now, which keeps nobody else from the lane.
        Assert.NotEqual(PostResult.Full, Post("fast", 12));
        Assert.Equal(2, _mailbox.Snapshot("peer", EndpointState.Connected).Waiters);
        _mailbox.Limit("slow", 0, isReleased: true);
        Assert.Equal([0, 1, 2, 3, 4, 12, 10, 11], TakeAll());
        await Task.WhenAll(first.Task, second.Task).Within("the waiters");
    }

    [Fact]
    public async Task Post_PlaceForASlowTargetIsFree_DoesNotPassWhoWaitsForIt()
    {
        _mailbox.Limit("slow", 0, isReleased: false);
        for (var i = 0; i < 5; i++)
        {
            Post("slow", i);
            Take();
        }

        var waiter = Wait("slow", 5);
        _mailbox.Limit("slow", 3, isReleased: false);
        Assert.Equal([0, 1, 2], Take());
        Post("slow", 6);
        await waiter.Task.Within("the waiter");
        _mailbox.Limit("slow", 0, isReleased: true);
        Assert.Equal([3, 4, 5, 6], TakeAll());
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
                    case 5 or 6: _mailbox.Limit("slow", Math.Max(0, number - 5), isReleased: false); break;
                    case 7: _mailbox.Limit("slow", 0, isReleased: true); break;
                    case End: _mailbox.Limit("slow", 0, isReleased: true); goto default;
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
        _mailbox.Limit("slow", 0, isReleased: false);

        Assert.Equal([10], Take());
        await waiter!.Task.Within("the waiter");
    }

    [Fact]
    public void Return_StreamIsOver_PutsParkedMessagesBackInOrder()
    {
        Post("slow", 1);
        Post("slow", 2);
        Post("fast", 3);
        _mailbox.Limit("slow", 1, isReleased: false);
        _taker.Take(most: 0);
        Post("slow", 4);

        _mailbox.BeginDetach();
        _mailbox.EndStream(byVerdict: false);
        _taker = new LaneTaker(_mailbox, batchSize: 2);

        // What a new stream takes at once, and then the rest.
        Assert.Equal([1, 3], Take());
        Assert.Equal([2, 4], Take(settled: 2));
    }

    [Fact]
    [Trait("Behaviour", "B-03")]
    public void Post_SlowTargetFillsItsPart_IsToldBeforeItsMessagesAreRefused()
    {
        (_mailbox, _taker) = Mailbox(new EndpointOptions { QueueCapacity = 200 });
        _mailbox.Limit("slow", 0, isReleased: false);
        for (var i = 0; i < 100; i++)
        {
            Assert.NotEqual(PostResult.Full, Post("slow", i));
            Take();
        }

        Assert.Equal(PostResult.Full, Post("slow", 100));
        Assert.Equal([(BackpressureLevel.Warning, 60), (BackpressureLevel.Critical, 85)], _changes.Select(change => (change.Level, change.Length)));

        _mailbox.Limit("slow", 0, isReleased: true);
        Take();
        Assert.Equal((BackpressureLevel.Critical, BackpressureLevel.Normal, 100), (_changes[2].Previous, _changes[2].Level, _changes[2].Length));
        Assert.Equal(3, _changes.Count);
    }

    [Fact]
    [Trait("Behaviour", "B-01")]
    public void Post_SlowTargetIsCritical_ShedsOnlyWhatIsForIt()
    {
        (_mailbox, _taker) = Mailbox(new EndpointOptions { QueueCapacity = 200, Overflow = OverflowPolicy.ShedAtCritical });
        _mailbox.Limit("slow", 0, isReleased: false);
        for (var i = 0; i < 85; i++)
        {
            Post("slow", i);
            Take();
        }

        Assert.Equal(PostResult.Full, _mailbox.Post(Delivery("slow", 85), out var reason, out _));
        Assert.Equal(RemoteDeadLetterReasons.Shed, reason);
        Assert.NotEqual(PostResult.Full, Post("fast", 1));
    }

    private static RemoteDelivery Delivery(string target, int number) => MailboxKit.Delivery(target, number);

    private PostResult Post(string target, int number) => _mailbox.Post(Delivery(target, number), out _, out _);

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
