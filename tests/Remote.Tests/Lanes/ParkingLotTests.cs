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
    public void Take_NoLimitForTheTarget_GoesThrough()
    {
        Assert.False(_lot.HasLimits);
        Assert.Equal([1], Take((1, "a")));
        _lot.Limit("b", 0);
        Assert.True(_lot.HasLimits);
        Assert.Equal([2, 3], Take((2, "a"), (3, "a")));
        _lot.Release("b");
        Assert.False(_lot.HasLimits);
    }

    [Fact]
    public void Take_AllowanceUsedUp_WaitsInOrder()
    {
        _lot.Limit("a", 1);
        Assert.Equal([1], Take((1, "a"), (2, "a"), (3, "a")));
        Assert.Equal((2, false), (_lot.Count, _lot.HasReady));
        _lot.Limit("a", 1);

        // One may go; what comes now still waits behind the other.
        Assert.True(_lot.HasReady);
        Assert.Equal([2], Take((4, "a")));
        _lot.Release("a");
        Assert.Equal([3, 4, 5], Take((5, "a")));
        Assert.Equal((0, false), (_lot.Count, _lot.HasLimits));
    }

    [Fact]
    public void Take_PausedTarget_ItsNeighboursPass()
    {
        _lot.Limit("a", 0);
        Assert.Equal([2, 4, 5], Take((1, "a"), (2, "b"), (3, "a"), (4, "b"), (5, "c")));
        Assert.Equal(2, _lot.Count);
        Assert.True(_lot.Holds(LinkKit.Tell(6)));
        Assert.False(_lot.Holds(LinkKit.Tell(6, "b")));
    }

    [Fact]
    public void Take_NoRoom_LeavesTheRestInTheLane()
    {
        _lot.Limit("a", 3);
        Assert.Equal([1, 2], Take(room: 2, (1, "a"), (2, "a"), (3, "a"), (4, "a")));
        Assert.Equal((0, 2), (_lot.Count, _lane.Count));
        Assert.Equal([3], Take(room: 2));
        Assert.Equal((1, 0), (_lot.Count, _lane.Count));
    }

    [Fact]
    public void Take_RefusedInsteadOfParked_GivesThemInOrder()
    {
        _lot.Limit("a", 1);
        List<RemoteDelivery> refused = [];
        Fill((1, "a"), (2, "a"), (3, "b"), (4, "a"));
        var count = _lot.Take(_lane, _taken, refused);
        Assert.Equal([1, 3], _taken.Take(count).Select(Number));
        Assert.Equal([2, 4], refused.Select(Number));
        Assert.Equal(0, _lot.Count);
    }

    [Fact]
    public void Limit_HostilePeer_IsBounded()
    {
        _lot.Limit(new string('x', 5000), 0);
        Assert.False(_lot.HasLimits);
        for (var target = 0; target <= ParkingLot.MaxTargets; target++)
        {
            _lot.Limit($"t{target}", -5);
        }

        Assert.Equal([2], Take((1, "t0"), (2, $"t{ParkingLot.MaxTargets}")));
    }

    [Fact]
    public void TakeAll_Ends_GivesEverythingBack()
    {
        _lot.Limit("a", 0);
        _lot.Limit("b", 0);
        Assert.Equal([], Take((1, "a"), (2, "b"), (3, "a")));
        Assert.Equal([1, 3, 2], _lot.TakeAll().Select(Number));
        Assert.Equal((0, false, false), (_lot.Count, _lot.HasLimits, _lot.HasReady));
    }

    /// <summary>Against a model that is a list and a number per target.</summary>
    [Fact]
    public void ParkingLot_AnySteps_IsAFifoPerTarget() =>
        Prop.ForAll(Gen.Choose(0, 5).SelectMany(what => Gen.Choose(0, 3).SelectMany(target => Gen.Choose(0, 4).Select(number => (what, target, number)))).ArrayOf().ToArbitrary(), steps =>
        {
            var lot = new ParkingLot();
            var lane = new DeliveryQueue();
            var buffer = new RemoteDelivery[1000];
            var limits = new long?[4];
            var offered = new List<int>[] { [], [], [], [] };
            var sent = new List<int>[] { [], [], [], [] };
            var next = 0;
            void Take(int room)
            {
                var count = lot.Take(lane, buffer.AsSpan(0, room));
                foreach (var delivery in buffer.AsSpan(0, count))
                {
                    var target = delivery.Target.Id[0] - 'a';
                    Assert.True(limits[target] is not 0, "It had no allowance.");
                    limits[target] -= 1;
                    sent[target].Add(Number(delivery));
                }

                // Room that is left means that nothing could go that was not taken.
                var mayGo = Enumerable.Range(0, 4).Any(index => limits[index] is not 0 && offered[index].Count > sent[index].Count);
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
                        lot.Limit(id, number);
                        limits[target] = number;
                        break;
                    case 3:
                        lot.Release(id);
                        limits[target] = null;
                        break;
                    default:
                        Take(number);
                        break;
                }

                Assert.Equal(offered.Sum(list => list.Count) - sent.Sum(list => list.Count), lot.Count + lane.Count);
            }

            foreach (var id in new[] { "a", "b", "c", "d" })
            {
                lot.Release(id);
            }

            Array.Clear(limits);
            Take(buffer.Length);
            Assert.Equal(offered, sent);
            Assert.False(lot.HasLimits);
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
