using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Nothing = Remote.Tests.Messages.Nothing;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

public class BatchEncoderTests
{
    private static readonly PID Target = new(ModelEncoder.Peer, "target");

    [Fact]
    public void TryAdd_BatchSizeReached_IsFull()
    {
        using var encoder = Codec.Encoder(new EncodeLimits(BatchSize: 3));
        encoder.Begin(Codec.ToPeer);
        for (var index = 0; index < 3; index++)
        {
            Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Tell("x")).Status);
        }

        Assert.Equal(EncodeStatus.BatchFull, encoder.TryAdd(Tell("x")).Status);
        Assert.Equal(3, encoder.Count);
        encoder.Finish();
        Assert.Equal(0, encoder.Count);
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public void TryAdd_MessageTheseLimitsCannotCarry_IsTooLargeAndLeavesNoTrace()
    {
        var limits = new EncodeLimits(100, 1000, 5000);
        using var encoder = Codec.Encoder(limits);
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Tell("small")).Status);
        var result = encoder.TryAdd(new RemoteDelivery(new PID(ModelEncoder.Peer, "elsewhere"), new BytesValue
        {
            Value = ByteString.CopyFrom(new byte[6000]),
        }));

        Assert.Equal(EncodeStatus.TooLarge, result.Status);
        Assert.InRange(result.Size, 6000, 6100);
        var batch = encoder.Finish();
        Assert.Equal(Codec.Encode([Tell("small")]), batch.Memory.ToArray());
    }

    /// <summary>A sender that has less credit than the next message takes leaves it where it is, and knows how much it needs.</summary>
    [Fact]
    [Trait("Behaviour", "B-04")]
    public void TryAdd_EnvelopeLargerThanTheCredit_IsRefusedAndLeavesNoTrace()
    {
        using var encoder = Codec.Encoder();
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Tell("small")).Status);
        var result = encoder.TryAdd(Tell(new string('x', 1000)), credit: 1000);
        Assert.Equal(EncodeStatus.NoCredit, result.Status);
        Assert.InRange(result.Size, 1001, 1020);
        Assert.Equal(EncodeStatus.NoCredit, encoder.TryAdd(Tell(new string('x', 1000)), result.Size - 1).Status);
        Assert.Equal(1, encoder.Count);
        Assert.Equal(new EncodeResult(EncodeStatus.Added, result.Size), encoder.TryAdd(Tell(new string('x', 1000)), result.Size));
        var batch = encoder.Finish();
        Assert.Equal(Codec.Encode([Tell("small"), Tell(new string('x', 1000))]), batch.Memory.ToArray());
    }

    [Fact]
    [Trait("Behaviour", "E-03")]
    public void TryAdd_MessageLargerThanABatch_TravelsAlone()
    {
        using var encoder = Codec.Encoder(new EncodeLimits(100, 1000, 5000));
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Tell("small")).Status);
        Assert.Equal(EncodeStatus.BatchFull, encoder.TryAdd(Tell(new string('x', 4000))).Status);
        encoder.Finish().Release();

        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Tell(new string('x', 4000))).Status);
        Assert.Equal(EncodeStatus.BatchFull, encoder.TryAdd(Tell("small")).Status);
        var batch = encoder.Finish();
        Assert.Equal(Codec.Encode([Tell(new string('x', 4000))]), batch.Memory.ToArray());
    }

    /// <summary>The largest message that is taken, and one byte more: the frame never passes the limit.</summary>
    [Fact]
    [Trait("Behaviour", "E-06")]
    public void TryAdd_AroundTheLimit_NeverPassesIt()
    {
        const int limit = 5000;
        using var encoder = Codec.Encoder(new EncodeLimits(100, 1000, limit));
        var largest = 0;
        for (var length = 4900; length < 5010; length++)
        {
            encoder.Begin(Codec.ToPeer);
            if (encoder.TryAdd(Tell(new string('x', length))).Status == EncodeStatus.Added)
            {
                var batch = encoder.Finish(ulong.MaxValue);
                Assert.InRange(batch.Memory.Length, 1, limit);
                largest = batch.Memory.Length;
            }
        }

        Assert.InRange(largest, limit - 10, limit);
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public void TryAdd_TypeNobodyTakes_IsNotSerializable()
    {
        using var encoder = Codec.Encoder();
        encoder.Begin(Codec.ToPeer);
        var result = encoder.TryAdd(new RemoteDelivery(Target, new FileDescriptorSet()));
        Assert.Equal(EncodeStatus.NotSerializable, result.Status);
        Assert.Contains("FileDescriptorSet", result.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("WithProtoMessages", result.Error.Message, StringComparison.Ordinal);

        // What an actor system tells its own actors.
        Assert.Equal(EncodeStatus.NotSerializable, encoder.TryAdd(new RemoteDelivery(Target, SuspendMailbox.Instance)).Status);

        // The core's own wire messages would reach the peer untranslated and with the power of the system lane.
        Assert.Equal(
            EncodeStatus.NotSerializable, encoder.TryAdd(new RemoteDelivery(Target, new Wire.Stop())).Status);
        Assert.Equal(0, encoder.Count);
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public void TryAdd_NamesThatAreNoText_AreNotSerializable()
    {
        using var encoder = Codec.Encoder();
        encoder.Begin(Codec.ToPeer);
        var broken = new PID(ModelEncoder.Own, "\ud800");
        var headers = MessageHeader.Empty.With("k", "\udc00");
        Assert.Equal(EncodeStatus.NotSerializable, encoder.TryAdd(new RemoteDelivery(broken, new Nothing())).Status);
        Assert.Equal(
            EncodeStatus.NotSerializable, encoder.TryAdd(new RemoteDelivery(Target, new Nothing(), broken)).Status);
        Assert.Equal(
            EncodeStatus.NotSerializable,
            encoder.TryAdd(new RemoteDelivery(Target, new Nothing(), null, headers)).Status);
        Assert.Equal(0, encoder.Count);
    }

    [Fact]
    public void Finish_ManyTargetsAndSenders_MatchesTheModel()
    {
        var deliveries = Enumerable.Range(0, 30_000).Select(number => new RemoteDelivery(
            new PID(ModelEncoder.Peer, $"target/{number % 10_000}"),
            new Nothing(),
            new PID(ModelEncoder.Own, $"sender/{number % 7_000}") { RequestId = (uint)number })).ToArray();
        var model = ModelEncoder.Encode(deliveries.Take(10), pidTargets: false);
        Assert.Equal(model.ToByteArray(), Codec.Encode(deliveries.Take(10)));

        var batch = Wire.RemoteMessage.Parser.ParseFrom(Codec.Encode(deliveries)).MessageBatch;
        Assert.Equal((10_000, 7_000, 1), (batch.Targets.Count, batch.Senders.Count, batch.TypeNames.Count));
        for (var number = 0; number < deliveries.Length; number++)
        {
            var envelope = batch.Envelopes[number];
            Assert.Equal($"target/{number % 10_000}", batch.Targets[envelope.Target].ToStringUtf8());
            Assert.Equal($"sender/{number % 7_000}", batch.Senders[envelope.Sender - 1].Id);
        }
    }

    [Fact]
    public void Finish_NoMessages_IsAnEmptyBatchThatKeepsItsNumber()
    {
        using var encoder = Codec.Encoder();
        encoder.Begin(Codec.ToPeer);
        var batch = encoder.Finish(300);
        var expected = new Wire.RemoteMessage { MessageBatch = new Wire.MessageBatch { Sequence = 300 } };
        Assert.Equal(expected.ToByteArray(), batch.Memory.ToArray());
    }

    [Fact]
    public void TryAdd_ClientSenders_AreWrittenBehindTheDialledServer()
    {
        var translation = OutboundTranslation.FromClient("c1", "server:1", pidTargets: false);
        var batch = Wire.RemoteMessage.Parser.ParseFrom(Codec.Encode(
            [
                new RemoteDelivery(Target, new Nothing(), new PID(ActorSystem.NoHost, "$1") { RequestId = 5000 }),
                new RemoteDelivery(Target, new Nothing(), new PID("$client/c1", "other")),
                new RemoteDelivery(Target, new Nothing(), new PID(ActorSystem.NoHost, "$1") { RequestId = 5001 }),
                new RemoteDelivery(Target, new Watch(new PID(ActorSystem.NoHost, "watcher") { RequestId = 3 })),
            ],
            translation)).MessageBatch;
        Assert.Equal(
            [
                new Wire.PID { Address = "server:1", Id = "$client/c1/$1" },
                new Wire.PID { Address = "server:1", Id = "$client/c1/other" },
            ],
            batch.Senders);
        Assert.Equal([1, 2, 1, 0], batch.Envelopes.Select(envelope => envelope.Sender));
        Assert.Equal(
            new Wire.PID { Address = "$client/c1", Id = "watcher", RequestId = 3 },
            Wire.Watch.Parser.ParseFrom(batch.Envelopes[3].MessageData).Watcher);
    }

    private static RemoteDelivery Tell(string text) => new(Target, new StringValue { Value = text });
}
