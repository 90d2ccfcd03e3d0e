using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Remote.Actors;

namespace Remote.Tests.Messaging;

[Trait("Behaviour", "Z-01")]
public class BatchDecoderPropertyTests
{
    [Fact]
    public void Decode_BytesOfTheGeneratedClassesInAnyBlocks_DeliversWhatWasSent() =>
        Prop.ForAll(
            Generators.Deliveries,
            Gen.Elements(true, false).ToArbitrary(),
            Generators.SegmentSizes.ToArbitrary(),
            (deliveries, pidTargets, sizes) =>
            {
                var bytes = ModelEncoder.Encode(deliveries, pidTargets, 77).ToByteArray();
                var sink = Codec.Decode(Segments.Of(bytes, sizes));
                var dialect = deliveries.Length == 0 ? TargetDialect.Unknown
                    : pidTargets ? TargetDialect.Pids : TargetDialect.Strings;
                Assert.Equal([new BatchInfo(deliveries.Length, 77, dialect)], sink.Batches);
                Assert.Empty(sink.Refused);
                Assert.Equal(deliveries.Length, sink.Messages.Count);
                for (var index = 0; index < deliveries.Length; index++)
                {
                    AssertSame(deliveries[index], sink.Messages[index]);
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static void AssertSame(in RemoteDelivery sent, RecordingSink.Received received)
    {
        Assert.Equal(("", sent.Target.Id, sent.Target.RequestId), Parts(received.Target));
        AssertSameMessage(sent.Message, received.Message);
        if (sent.Message is SystemMessage)
        {
            return;
        }

        Assert.Equal(sent.Sender is null, received.Sender is null);
        if (sent.Sender is { } sender)
        {
            AssertSamePid(sender, received.Sender!);
        }

        Assert.Equal(sent.Headers is { Count: > 0 }, received.Headers is not null);
        if (sent.Headers is { Count: > 0 } headers)
        {
            Assert.Equal(headers.OrderBy(pair => pair.Key), received.Headers!.OrderBy(pair => pair.Key));
        }
    }

    private static void AssertSameMessage(object sent, object received)
    {
        Assert.Equal(sent.GetType(), received.GetType());
        switch (sent, received)
        {
            case (Watch a, Watch b): AssertSamePid(a.Watcher, b.Watcher); break;
            case (Unwatch a, Unwatch b): AssertSamePid(a.Watcher, b.Watcher); break;
            case (Touched a, Touched b): AssertSamePid(a.Who, b.Who); break;
            case (DeadLetterResponse a, DeadLetterResponse b): AssertSamePid(a.Target, b.Target); break;
            case (Terminated a, Terminated b):
                AssertSamePid(a.Who, b.Who);
                Assert.Equal(a.Why, b.Why);
                break;
            case (IMessage a, IMessage b): Assert.Equal(a, b); break;
            default: Assert.Same(sent, received); break;
        }
    }

    /// <summary>What is local at the sender has the sender's address here.</summary>
    private static void AssertSamePid(PID sent, PID received) => Assert.Equal(
        (sent.Address.Length == 0 ? ModelEncoder.Own : sent.Address, sent.Id, sent.RequestId), Parts(received));

    private static (string Address, string Id, uint RequestId) Parts(PID pid) => (pid.Address, pid.Id, pid.RequestId);
}
