using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

[Trait("Behaviour", "Z-01")]
public class BatchEncoderPropertyTests
{
    [Fact]
    public void Finish_AnyDeliveries_WritesTheBytesOfTheGeneratedClasses() =>
        Prop.ForAll(
            Generators.Deliveries,
            Gen.Elements(true, false).ToArbitrary(),
            Gen.Elements(0ul, 1ul, 127ul, 128ul, ulong.MaxValue).ToArbitrary(),
            (deliveries, pidTargets, sequence) =>
            {
                var model = ModelEncoder.Encode(deliveries, pidTargets, sequence).ToByteArray();
                var written = Codec.Encode(
                    deliveries, pidTargets ? Codec.ToOldPeer : Codec.ToPeer, sequence);
                Assert.Equal(Convert.ToHexString(model), Convert.ToHexString(written));
            }).Check(SeededConfig.Times(TestScale.Count(5000)));

    [Fact]
    public void Finish_ParsedByTheGeneratedClassesAndWrittenAgain_StaysTheSame() =>
        Prop.ForAll(Generators.Deliveries, deliveries =>
        {
            var written = Codec.Encode(deliveries);
            Assert.Equal(written, Wire.RemoteMessage.Parser.ParseFrom(written).ToByteArray());
        }).Check(SeededConfig.Times(TestScale.Count(5000)));

    [Fact]
    public void Finish_SmallLimits_SplitsWithoutLosingAnything() =>
        Prop.ForAll(Generators.Deliveries, Gen.Choose(1, 7).ToArbitrary(), Gen.Choose(200, 30_000).ToArbitrary(), (deliveries, size, bytes) =>
        {
            var limits = new EncodeLimits(size, bytes, 1_000_000);
            using var encoder = Codec.Encoder(limits);
            var position = 0;
            while (position < deliveries.Length)
            {
                var first = position;
                encoder.Begin(Codec.ToPeer);
                while (position < deliveries.Length && encoder.TryAdd(deliveries[position]).Status == EncodeStatus.Added)
                {
                    position++;
                }

                Assert.InRange(encoder.Count, 1, size);
                var batch = encoder.Finish();
                Assert.True(position == first + 1 || batch.Memory.Length <= bytes, $"{batch.Memory.Length} of {bytes}");
                var model = ModelEncoder.Encode(deliveries[first..position], pidTargets: false).ToByteArray();
                Assert.Equal(model, batch.Memory.ToArray());
            }
        }).Check(SeededConfig.Times(TestScale.Count(3000)));
}
