using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests.Links;

[Trait("Behaviour", "B-05")]
public class ParkingLotTests
{
    private readonly ParkingLot _lot = new(capacity: 12);

    [Fact]
    public void Offer_NoLimits_GoesThrough()
    {
        Assert.False(_lot.HasLimits);
        Assert.Equal(ParkResult.Send, _lot.Offer(LinkKit.Tell(1)));
        _lot.Limit("b", 0);
        Assert.True(_lot.HasLimits);
        Assert.Equal(ParkResult.Send, _lot.Offer(LinkKit.Tell(1)));
        _lot.Release("b");
        Assert.False(_lot.HasLimits);
    }

    [Fact]
    public void Offer_AllowanceUsedUp_WaitsInOrder()
    {
        _lot.Limit("a", 1);
        Assert.Equal(ParkResult.Send, _lot.Offer(LinkKit.Tell(1)));
        _lot.Sent(LinkKit.Tell(1));
        Assert.Equal(ParkResult.Parked, _lot.Offer(LinkKit.Tell(2)));
        Assert.Equal(ParkResult.Parked, _lot.Offer(LinkKit.Tell(3)));
        Assert.False(_lot.HasReady);
        _lot.Limit("a", 1);

        // One may go; what comes now still waits behind the other.
        Assert.Equal(ParkResult.Parked, _lot.Offer(LinkKit.Tell(4)));
        Assert.Equal([2], TakeReady());
        _lot.Release("a");
        Assert.Equal(ParkResult.Parked, _lot.Offer(LinkKit.Tell(5)));
        Assert.Equal([3, 4, 5], TakeReady());
        Assert.Equal((0, false), (_lot.Count, _lot.HasLimits));
    }

    [Fact]
    public void TryPeekReady_NotTaken_StaysFirst()
    {
        _lot.Limit("a", 0);
        _lot.Offer(LinkKit.Tell(1));
        _lot.Release("a");
        Assert.True(_lot.TryPeekReady(out var first));
        Assert.True(_lot.TryPeekReady(out var again));
        Assert.Same(first.Message, again.Message);
        Assert.Equal(1, _lot.Count);
    }

    [Fact]
    public void TakeReady_RefusedForGood_LeavesTheAllowance()
    {
        _lot.Limit("a", 0);
        _lot.Offer(LinkKit.Tell(1));
        _lot.Offer(LinkKit.Tell(2));
        _lot.Limit("a", 1);
        Assert.True(_lot.TryPeekReady(out _));
        _lot.TakeReady(sent: false);
        Assert.Equal([2], TakeReady());
        Assert.Equal(ParkResult.Parked, _lot.Offer(LinkKit.Tell(3)));
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

        Assert.Equal(ParkResult.Parked, _lot.Offer(LinkKit.Tell(1, "t0")));
        Assert.Equal(ParkResult.Send, _lot.Offer(LinkKit.Tell(1, $"t{ParkingLot.MaxTargets}")));
    }

    [Fact]
    public void TakeAll_Ends_GivesEverythingBack()
    {
        _lot.Limit("a", 0);
        _lot.Limit("b", 0);
        _lot.Offer(LinkKit.Tell(1));
        _lot.Offer(LinkKit.Tell(2, "b"));
        _lot.Offer(LinkKit.Tell(3));
        Assert.Equal([1, 3, 2], _lot.TakeAll().Select(Number));
        Assert.Equal((0, false, false), (_lot.Count, _lot.HasLimits, _lot.HasReady));
    }

    /// <summary>Against a model that is a list and a number per target.</summary>
    [Fact]
    public void ParkingLot_AnySteps_IsAFifoPerTarget() =>
        Prop.ForAll(Gen.Choose(0, 5).SelectMany(what => Gen.Choose(0, 3).SelectMany(target => Gen.Choose(0, 4).Select(number => (what, target, number)))).ArrayOf().ToArbitrary(), steps =>
        {
            const int few = 3;
            var lot = new ParkingLot(few);
            var limits = new long?[4];
            var offered = new List<int>[] { [], [], [], [] };
            var sent = new List<int>[] { [], [], [], [] };
            var next = 0;
            void Send(RemoteDelivery delivery)
            {
                var target = delivery.Target.Id[0] - 'a';
                Assert.True(limits[target] is not 0, "It had no allowance.");
                limits[target] -= 1;
                sent[target].Add(Number(delivery));
            }

            foreach (var (what, target, number) in steps)
            {
                var id = ((char)('a' + target)).ToString();
                switch (what)
                {
                    case 0 or 1:
                        var delivery = LinkKit.Tell(++next, id);
                        var mustWait = limits[target] is 0 || offered[target].Count > sent[target].Count;
                        var expected = !mustWait ? ParkResult.Send : lot.Count == few ? ParkResult.Full : ParkResult.Parked;
                        var result = lot.Offer(delivery);
                        Assert.Equal(expected, result);
                        if (result != ParkResult.Full)
                        {
                            offered[target].Add(next);
                        }

                        if (result == ParkResult.Send)
                        {
                            Send(delivery);
                            lot.Sent(delivery);
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
                    case 4 when number == 0:
                        lot.ReleaseAll();
                        Array.Clear(limits);
                        break;
                    default:
                        if (lot.TryPeekReady(out var ready))
                        {
                            Send(ready);
                            lot.TakeReady();
                        }

                        break;
                }

                Assert.Equal(offered.Sum(list => list.Count) - sent.Sum(list => list.Count), lot.Count);
                var mayGo = Enumerable.Range(0, 4).Any(index => limits[index] is not 0 && offered[index].Count > sent[index].Count);
                Assert.Equal(mayGo, lot.HasReady);
            }

            lot.ReleaseAll();
            Array.Clear(limits);
            while (lot.TryPeekReady(out var ready))
            {
                Send(ready);
                lot.TakeReady();
            }

            Assert.Equal(offered, sent);
            Assert.False(lot.HasLimits);
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));

    private static int Number(RemoteDelivery delivery) => ((Google.Protobuf.WellKnownTypes.Int32Value)delivery.Message).Value;

    private List<int> TakeReady()
    {
        List<int> taken = [];
        while (_lot.TryPeekReady(out var delivery))
        {
            taken.Add(Number(delivery));
            _lot.TakeReady();
        }

        return taken;
    }
}
