using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

/// <summary>What the names that a peer makes up leave in the decoder of its stream, which lives as long as the stream.</summary>
[Trait("Behaviour", "T-15")]
[Collection(nameof(HostileScene))]
public class InboundMemoryTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(100)]
    [InlineData(240)]
    public void Decode_EndlesslyManyTargetsAndSenders_LeaveAFewMegabytes(int length)
    {
        var frame = Frame(batch =>
        {
            for (var number = 0; number < 16_000; number++)
            {
                var id = number.ToString("D" + length, System.Globalization.CultureInfo.InvariantCulture);
                batch.Targets.Add(ByteString.CopyFromUtf8(id));
                batch.Senders.Add(new Wire.PID { Address = "moon:1", Id = id });
                batch.Envelopes.Add(new Wire.MessageEnvelope { Target = number, Sender = number + 1, SenderRequestId = 7 });
            }

            batch.TypeNames.Add("google.protobuf.StringValue");
        });

        Assert.InRange(Kept(frame), 0, 10 * MiB);
    }

    [Fact]
    public void Decode_BatchWithAsManyTableEntriesAsThereMayBe_LeavesNothing()
    {
        var frame = Frame(batch => batch.Targets.Add(Enumerable.Repeat(ByteString.Empty, BatchDecoder.MaxTableEntries)));

        Assert.InRange(Kept(frame), 0, MiB / 2);
    }

    private static byte[] Frame(Action<Wire.MessageBatch> fill)
    {
        var batch = new Wire.MessageBatch();
        fill(batch);
        return new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray();
    }

    private static long Kept(byte[] frame)
    {
        // Once for what the first of all decoders makes.
        Codec.Decoder().Decode(frame, new ForgetfulSink());
        var decoder = Codec.Decoder();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        decoder.Decode(frame, new ForgetfulSink());
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(decoder);
        return Math.Max(0, after - before);
    }

    private sealed class ForgetfulSink : IInboundSink
    {
        public bool Accept(in BatchInfo batch) => true;

        public void Deliver(Proto.PID target, object message, Proto.PID? sender, Proto.MessageHeader? headers, int size)
        {
        }

        public void DeliverSystem(Proto.PID target, Proto.Mailbox.SystemMessage message)
        {
        }

        public void Refuse(in RefusedEnvelope envelope)
        {
        }
    }
}
