using FsCheck;
using FsCheck.Fluent;

namespace Remote.Tests.Links.Model;

/// <summary>A sender that keeps to nothing costs its streams, and no more memory than one batch beyond its window.</summary>
[Trait("Behaviour", "B-04")]
public class HostileSenderTests
{
    private const int WindowMessages = 20;
    private const int WindowBytes = 100;
    private const int LargestBatch = 15;

    [Fact]
    public void Receiver_AnyBatches_HoldsAtMostOneBatchBeyondTheWindow() =>
        Prop.ForAll(Gen.Choose(0, 3).SelectMany(what => Gen.Choose(0, LargestBatch).Two().Select(pair => (what, pair.Item1, pair.Item2))).ArrayOf().ToArbitrary(), steps =>
        {
            var receiver = new LinkReceiver();
            var window = new CreditWindow(WindowMessages, WindowBytes);
            window.Announce();
            Queue<int> mailbox = [];
            var accepted = 0ul;
            foreach (var (what, count, size) in steps)
            {
                switch (what)
                {
                    case 0:
                        Assert.NotEqual(LinkJudgement.Accept, receiver.Judge(accepted + 2 + (ulong)count));
                        Assert.NotEqual(LinkJudgement.Accept, receiver.Judge(accepted - (ulong)Math.Min(count, (long)accepted)));
                        break;
                    case 1 when mailbox.TryDequeue(out var taken):
                        if (window.Return(1, taken))
                        {
                            window.Announce();
                        }

                        break;
                    case >= 2 when !window.IsOverdrawn:
                        // What a reader does; a sender that was cut off may come back at once.
                        Assert.Equal(LinkJudgement.Accept, receiver.Judge(receiver.NextExpected));
                        window.Charge(count, count * size, window.Granted);
                        Enumerable.Repeat(size, count).ToList().ForEach(mailbox.Enqueue);
                        receiver.Delivered();
                        accepted++;
                        break;
                }

                Assert.Equal(accepted, receiver.Accepted);
                Assert.InRange(mailbox.Count, 0, WindowMessages + LargestBatch);
                Assert.InRange(mailbox.Sum(), 0, WindowBytes + (LargestBatch * LargestBatch));
            }

            while (mailbox.TryDequeue(out var taken))
            {
                window.Return(1, taken);
            }

            window.Announce();
            Assert.False(window.IsOverdrawn);
        }).Check(SeededConfig.Times(TestScale.Count(10_000)));
}
