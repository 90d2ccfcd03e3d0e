using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

/// <summary>Bytes that were a batch once. Whatever was done to them, the decoder answers or throws its one exception.</summary>
[Trait("Behaviour", "Z-02")]
public class MutatedBatchTests
{
    [Fact]
    public void Decode_MutatedBytes_NeverThrowsAnythingElseAndAccountsForEveryEnvelope() =>
        Prop.ForAll(Mutated.ToArbitrary(), bytes =>
        {
            var decoder = Codec.Decoder();
            var sink = new RecordingSink();
            try
            {
                var info = decoder.Decode(bytes, sink);
                Assert.Equal(info.Count, sink.Messages.Count + sink.Refused.Count);
            }
            catch (MalformedFrameException)
            {
                Assert.Empty(sink.Messages);
                Assert.Empty(sink.Refused);
            }

            AssertStillWorks(decoder);
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));

    /// <summary>What the generated classes read is read by hand too, with the same number of envelopes.</summary>
    [Fact]
    public void Decode_MutatedBytesThatTheGeneratedClassesRead_AreRead() =>
        Prop.ForAll(Mutated.ToArbitrary(), bytes =>
        {
            Wire.RemoteMessage parsed;
            try
            {
                parsed = Wire.RemoteMessage.Parser.ParseFrom(bytes);
            }
            catch (InvalidProtocolBufferException)
            {
                return;
            }

            if (parsed.MessageBatch is { } batch)
            {
                var info = Codec.Decoder().Decode(bytes, new RecordingSink());
                Assert.Equal((batch.Envelopes.Count, batch.Sequence), (info.Count, info.Sequence));
            }
        }).Check(SeededConfig.Times(TestScale.Count(20_000)));

    [Fact]
    public void Decode_EveryTruncation_IsTheTypedException()
    {
        var bytes = Codec.Encode(Generators.Delivery.Sample(30, 8), sequence: 5);
        var decoder = Codec.Decoder();
        for (var length = 0; length < Math.Min(bytes.Length, 20_000); length++)
        {
            Assert.Throws<MalformedFrameException>(() => decoder.Decode(bytes.AsSpan(0, length), new RecordingSink()));
        }

        AssertStillWorks(decoder);
    }

    private static Gen<byte[]> Mutated { get; } =
        from deliveries in Generators.Delivery.ArrayOf().Resize(8)
        from pidTargets in Gen.Elements(true, false)
        from mutations in Mutation.NonEmptyListOf().Resize(6)
        select mutations.Aggregate(
            ModelEncoder.Encode(deliveries, pidTargets, 3).ToByteArray(), (bytes, mutate) => mutate(bytes));

    private static Gen<Func<byte[], byte[]>> Mutation { get; } =
        from kind in Gen.Choose(0, 6)
        from at in Gen.Choose(0, int.MaxValue - 1)
        from value in Gen.Choose(0, 255)
        select (Func<byte[], byte[]>)(bytes => Mutate(bytes, kind, bytes.Length == 0 ? 0 : at % bytes.Length, (byte)value));

    private static byte[] Mutate(byte[] bytes, int kind, int at, byte value) => kind switch
    {
        _ when bytes.Length == 0 => [value],
        0 => [.. bytes[..at], value, .. bytes[(at + 1)..]],
        1 => [.. bytes[..at], (byte)(bytes[at] ^ (1 << (value & 7))), .. bytes[(at + 1)..]],
        2 => [.. bytes[..at], value, .. bytes[at..]],
        3 => [.. bytes[..at], .. bytes[(at + 1)..]],
        4 => bytes[..at],
        5 => [.. bytes[..at], 0x80, 0x80, 0x80, 0x80, (byte)(value & 0x0F), .. bytes[at..]],
        _ => [.. bytes, .. bytes[at..]],
    };

    private static void AssertStillWorks(BatchDecoder decoder)
    {
        var delivery = new RemoteDelivery(new Proto.PID(ModelEncoder.Peer, "good"), new Messages.Nothing());
        var sink = Codec.Decode(Codec.Encode([delivery]), decoder);
        Assert.Equal("good", Assert.Single(sink.Messages).Target.Id);
    }
}
