using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;

namespace Remote.Tests.Messaging;

[Trait("Behaviour", "Z-01")]
public class BatchDecoderPropertyTests
{
    [Fact]
    public void Decode_BytesOfTheGeneratedClasses_DeliversWhatWasSent() =>
        Prop.ForAll(
            Generators.Deliveries,
            Gen.Elements(true, false).ToArbitrary(),
            (deliveries, pidTargets) =>
            {
                var bytes = ModelEncoder.Encode(deliveries, pidTargets, 77).ToByteArray();
                var sink = Codec.Decode(bytes);
                var dialect = deliveries.Length == 0 ? TargetDialect.Unknown
                    : pidTargets ? TargetDialect.Pids : TargetDialect.Strings;
                Assert.Equal([new BatchInfo(deliveries.Length, 77, dialect, 0)], sink.Batches);
                Assert.InRange(sink.Messages.Sum(message => message.Size), 0, sink.FrameBytes);
                Assert.Empty(sink.Refused);
                Assert.Equal(deliveries.Length, sink.Messages.Count);
                for (var index = 0; index < deliveries.Length; index++)
                {
                    Received.AssertSame(deliveries[index], sink.Messages[index]);
                }
            }).Check(SeededConfig.Times(TestScale.Count(3000)));
}
