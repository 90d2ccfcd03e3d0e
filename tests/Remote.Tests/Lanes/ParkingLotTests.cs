using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests.Links;

[Trait("Behaviour", "B-05")]
public class ParkingLotTests
{
    private readonly ParkingLot _lot = new();
    private readonly DeliveryQueue _lane = new();
    private readonly RemoteDelivery[] _taken = new RemoteDelivery[100];

    [Fact]
    public void Take_OthersArePaused_GoesThrough()
    {
        Assert.False(_lot.IsInUse);
        Assert.Equal([1], Take((1, "a")));
        _lot.Pause("b");
        Assert.True(_lot.IsInUse);
        Assert.Equal([2, 3], Take((2, "a"), (3, "a")));
        _lot.Resume("b", _lane);
        Assert.False(_lot.IsInUse);
    }

    [Fact]
    public void Take_PausedTarget_ItsNeighboursPass()
    {
        _lot.Pause("a");
        Assert.Equal([2, 4, 5], Take((1, "a"), (2, "b"), (3, "a"), (4, "b"), (5, "c")));
        Assert.Equal(2, _lot.Count);
        Assert.True(_lot.Holds(LinkKit.Tell(6)));
        Assert.False(_lot.Holds(LinkKit.Tell(6, "b")));
    }

    [Fact]
    public void Resume_MessagesWait_GoFirst()
    {
        _lot.Pause("a");
        Assert.Equal([], Take((1, "a"), (2, "a")));
        Fill((3, "b"), (4, "a"));
        _lot.Resume("a", _lane);
        Assert.Equal((0, false), (_lot.Count, _lot.IsInUse));
        Assert.Equal([1, 2, 3, 4, 5], Take((5, "a")));
    }

    [Fact]
    public void Pause_SomeHaveGone_ParksTheRestAgainInOrder()
    {
        _lot.Pause("a");
        Take((1, "a"), (2, "a"), (3, "a"));
        _lot.Resume("a", _lane);
        Assert.Equal([1], Take(room: 1, (4, "a")));
        _lot.Pause("a");
        Assert.Equal([5], Take((5, "b")));
        Assert.Equal(3, _lot.Count);
        _lot.Resume("a", _lane);
        Assert.Equal([2, 3, 4], Take());
    }

    [Fact]
    public void Take_NoRoom_LeavesTheRestInTheLane()
    {
        _lot.Pause("a");
        Assert.Equal([1, 2], Take(room: 2, (1, "b"), (2, "b"), (3, "a"), (4, "b")));
        Assert.Equal((0, 2), (_lot.Count, _lane.Count));
        Assert.Equal([4], Take(room: 2));
        Assert.Equal((1, 0), (_lot.Count, _lane.Count));
    }

    [Fact]
    public void Take_RefusedInsteadOfParked_GivesThemInOrder()
    {
        _lot.Pause("a");
        List<RemoteDelivery> refused = [];
        Fill((1, "a"), (2, "a"), (3, "b"), (4, "a"));
        var count = _lot.Take(_lane, _taken, refused);
        Assert.Equal([3], _taken.Take(count).Select(Number));
        Assert.Equal([1, 2, 4], refused.Select(Number));
        Assert.Equal(0, _lot.Count);
    }

    [Fact]
    public void Pause_HostilePeer_IsBounded()
    {
        _lot.Pause(new string('x', 5000));
        Assert.False(_lot.IsInUse);
        _lot.Resume("unheard of", _lane);
        for (var target = 0; target <= ParkingLot.MaxTargets; target++)
        {
            _lot.Pause($"t{target}");
            _lot.Pause("t0");
        }

        Assert.Equal([2], Take((1, "t0"), (2, $"t{ParkingLot.MaxTargets}")));
    }

    [Fact]
    public void ResumeAll_Ends_GivesEverythingBack()
    {
        _lot.Pause("a");
        _lot.Pause("b");
        Assert.Equal([], Take((1, "a"), (2, "b"), (3, "a")));
        _lot.ResumeAll(_lane);
        Assert.Equal((0, false), (_lot.Count, _lot.IsInUse));
        Assert.Equal([1, 2, 3], Take().Order());
    }

    /// <summary>Against a model that is a list and a flag per target.</summary>
    [Fact]
    public void ParkingLot_AnySteps_IsAFifoPerTarget() =>
        Prop.ForAll(Gen.Choose(0, 6).SelectMany(what => Gen.Choose(0, 3).SelectMany(target => Gen.Choose(0, 4).Select(number => (what, target, number)))).ArrayOf().ToArbitrary(), steps =>
        {
            var lot = new ParkingLot();
            var lane = new DeliveryQueue();
            var buffer = new RemoteDelivery[1000];
            var paused = new bool[4];
            var offered = new List<int>[] { [], [], [], [] };
            var sent = new List<int>[] { [], [], [], [] };
            var next = 0;
            void Take(int room)
            {
                var count = lot.Take(lane, buffer.AsSpan(0, room));
                foreach (var delivery in buffer.AsSpan(0, count))
                {
                    var target = delivery.Target.Id[0] - 'a';
                    Assert.False(paused[target], "It is paused.");
                    sent[target].Add(Number(delivery));
                }

                // Room that is left means that nothing could go that was not taken.
                var mayGo = Enumerable.Range(0, 4).Any(index => !paused[index] && offered[index].Count > sent[index].Count);
                Assert.True(count == room || !mayGo, "It left something that may go.");
                Assert.True(count == room || lane.Count == 0, "It did not look through the lane.");
            }

            foreach (var (what, target, number) in steps)
            {
                var id = ((char)('a' + target)).ToString();
                switch (what)
                {
                    case 0 or 1:
                        for (var index = 0; index <= number; index++)
                        {
                            lane.Add(LinkKit.Tell(++next, id));
                            offered[target].Add(next);
                        }

                        break;
                    case 2:
                        lot.Pause(id);
                        paused[target] = true;
                        break;
                    case 3:
                        lot.Resume(id, lane);
                        paused[target] = false;
                        break;
                    case 4 when number == 4:
                        lot.ResumeAll(lane);
                        Array.Clear(paused);
                        break;
                    default:
                        Take(number);
                        break;
                }

                Assert.Equal(offered.Sum(list => list.Count) - sent.Sum(list => list.Count), lot.Count + lane.Count);
                Assert.Equal(paused.Contains(true), lot.IsInUse);
            }

            lot.ResumeAll(lane);
            Array.Clear(paused);
            Take(buffer.Length);
            Assert.Equal(offered, sent);
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));

    private static int Number(RemoteDelivery delivery) => ((Google.Protobuf.WellKnownTypes.Int32Value)delivery.Message).Value;

    private void Fill(params ReadOnlySpan<(int Number, string Target)> messages)
    {
        foreach (var (number, target) in messages)
        {
            _lane.Add(LinkKit.Tell(number, target));
        }
    }

    private int[] Take(params ReadOnlySpan<(int Number, string Target)> messages) => Take(room: _taken.Length, messages);

    private int[] Take(int room, params ReadOnlySpan<(int Number, string Target)> messages)
    {
        Fill(messages);
        return [.. _taken.Take(_lot.Take(_lane, _taken.AsSpan(0, room))).Select(Number)];
    }
}
