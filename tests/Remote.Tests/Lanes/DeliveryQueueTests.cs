using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Proto;
using Remote.Tests.Links;

namespace Remote.Tests.Endpoints;

[Trait("Behaviour", "B-01")]
public class DeliveryQueueTests
{
    private const int Targets = 2;

    private static readonly PID[] Pids = [.. Enumerable.Range(0, Targets).Select(target => new PID("peer", $"t{target}"))];

    /// <summary>Against a list.</summary>
    [Fact]
    public void DeliveryQueue_AnySteps_IsAFifo() =>
        Prop.ForAll(Gen.Choose(0, 4).SelectMany(what => Gen.Choose(0, 1200).Select(count => (what, count))).ArrayOf().ToArbitrary(), steps =>
        {
            var (queue, other) = (new DeliveryQueue(), new DeliveryQueue());
            List<int> expected = [], moved = [];
            var next = 0;
            foreach (var (what, count) in steps)
            {
                switch (what)
                {
                    case 0 or 1:
                        for (var index = 0; index < count; index++)
                        {
                            queue.Add(Message(next));
                            expected.Add(next++);
                        }

                        break;
                    case 2:
                        Assert.Equal(expected.Take(count), Take(queue, count));
                        expected.RemoveRange(0, Math.Min(count, expected.Count));
                        break;
                    case 3:
                        var back = Enumerable.Range(next, count).ToArray();
                        next += count;
                        queue.Return([.. back.Select(Message)]);
                        expected.InsertRange(0, back);
                        break;
                    default:
                        var run = queue.PeekRun();
                        var few = Math.Min(count, run.Length);
                        other.AddRange(run[..few]);
                        queue.Drop(few);
                        moved.AddRange(expected.Take(few));
                        expected.RemoveRange(0, few);
                        break;
                }

                Assert.Equal((expected.Count, moved.Count), (queue.Count, other.Count));
                CheckRun(queue, expected);
            }

            Assert.Equal(expected, Take(queue, expected.Count + 1));
            Assert.Equal(moved, Take(other, moved.Count + 1));
        }).Check(SeededConfig.Times(TestScale.Count(2_000)));

    [Fact]
    public void PeekRun_EqualIdsInDifferentPids_AreOneRun()
    {
        var queue = new DeliveryQueue();
        queue.Add(LinkKit.Tell(1));
        queue.Add(LinkKit.Tell(2));
        queue.Add(LinkKit.Tell(3, "b"));
        queue.Add(LinkKit.Tell(4));
        Assert.Equal(2, queue.PeekRun().Length);
        Assert.Equal(0, new DeliveryQueue().PeekRun().Length);
    }

    /// <summary>A queue that never held anything begins with a chunk without room, and here that is in the middle.</summary>
    [Fact]
    public void Return_ToAFreshQueueThatIsFilledAfterwards_LosesNobody()
    {
        var queue = new DeliveryQueue();
        queue.Return([Message(1)]);
        queue.Add(Message(2));
        Assert.Equal([1], Take(queue, 1));
        Assert.Equal(1, queue.PeekRun().Length);
        Assert.Equal([2], Take(queue, 1));
    }

    [Fact]
    public void Take_Everything_KeepsNoMessageAlive()
    {
        var queue = new DeliveryQueue();
        var messages = Fill(queue, 2000);
        Discard(queue, 2000);
        GC.Collect();
        Assert.DoesNotContain(messages, message => message.IsAlive);
        GC.KeepAlive(queue);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] Fill(DeliveryQueue queue, int count)
    {
        var messages = new WeakReference[count];
        for (var index = 0; index < count; index++)
        {
            var message = new object[] { index };
            messages[index] = new WeakReference(message);
            queue.Add(new RemoteDelivery(Pids[0], message));
        }

        return messages;
    }

    /// <summary>A run may end early, at the end of a chunk; it may not be too long, and not be missing.</summary>
    private static void CheckRun(DeliveryQueue queue, List<int> expected)
    {
        var run = queue.PeekRun();
        Assert.Equal(expected.Count > 0, run.Length > 0);
        for (var index = 0; index < run.Length; index++)
        {
            Assert.Equal(expected[index], run[index].Message);
            Assert.Same(run[0].Target, run[index].Target);
        }
    }

    private static int[] Take(DeliveryQueue queue, int count)
    {
        var buffer = new RemoteDelivery[count];
        return [.. buffer.Take(queue.Take(buffer)).Select(delivery => (int)delivery.Message)];
    }

    // Not inlined, or the buffer might live as long as its caller.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Discard(DeliveryQueue queue, int count) => Assert.Equal(count, queue.Take(new RemoteDelivery[count]));

    // Runs of a hundred.
    private static RemoteDelivery Message(int number) => new(Pids[number / 100 % Targets], number);
}
