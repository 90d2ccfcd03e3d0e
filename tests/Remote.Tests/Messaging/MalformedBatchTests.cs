using Google.Protobuf;
using Proto;
using Remote.Tests.Messages;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

/// <summary>Every known way to get a batch wrong costs at most its envelope or its frame.</summary>
[Trait("Behaviour", "Z-02")]
public class MalformedBatchTests
{
    private static readonly byte[] BadUtf8 = [0x61, 0xC0, 0x80];

    public static TheoryData<string, Action<Wire.MessageBatch>, bool> BadEnvelopes() => new()
    {
        { "type -1", batch => batch.Envelopes[1].TypeId = -1, true },
        { "type max", batch => batch.Envelopes[1].TypeId = int.MaxValue, true },
        { "type min", batch => batch.Envelopes[1].TypeId = int.MinValue, true },
        { "type one too high", batch => batch.Envelopes[1].TypeId = batch.TypeNames.Count, true },
        { "target -1", batch => batch.Envelopes[1].Target = -1, true },
        { "target max", batch => batch.Envelopes[1].Target = int.MaxValue, true },
        { "target one too high", batch => batch.Envelopes[1].Target = batch.Targets.Count, true },
        { "target empty", batch => batch.Targets[1] = ByteString.Empty, true },
        { "target no UTF-8", batch => batch.Targets[1] = ByteString.CopyFrom(BadUtf8), true },
        { "target PID without an id", batch => batch.Targets[1] = ByteString.CopyFrom(0x0A, 0x01, 0xC0), true },
        { "sender -1", batch => batch.Envelopes[1].Sender = -1, false },
        { "sender max", batch => batch.Envelopes[1].Sender = int.MaxValue, false },
        { "sender min", batch => batch.Envelopes[1].Sender = int.MinValue, false },
        { "sender one too high", batch => batch.Envelopes[1].Sender = batch.Senders.Count + 1, false },
        { "sender without an id", batch => batch.Senders[1] = new Wire.PID { Address = "x:1" }, false },
        { "payload cut off", batch => batch.Envelopes[1].MessageData = ByteString.CopyFrom(0x0A, 0x05, 0x61), true },
        { "payload no message", batch => batch.Envelopes[1].MessageData = ByteString.CopyFrom(0xFF, 0xFF, 0xFF), true },
    };

    [Theory]
    [MemberData(nameof(BadEnvelopes))]
    public void Decode_BadEnvelope_CostsThatEnvelopeOnly(
        string what, Action<Wire.MessageBatch> damage, bool senderKnown)
    {
        var batch = Batch();
        damage(batch);
        var sink = Codec.Decode(Bytes(batch));
        AssertOnlyTheSecondIsRefused(sink, EnvelopeFault.Malformed, what);
        Assert.Equal(senderKnown, sink.Refused[0].Sender is not null);
        Assert.True(!senderKnown || sink.Refused[0].Sender!.RequestId == 22, what);
    }

    [Fact]
    public void Decode_UnknownTypeOrSerializer_NamesItAndTheSender()
    {
        var batch = Batch();
        batch.TypeNames[1] = "no.such.Type";
        var sink = Codec.Decode(Bytes(batch));
        AssertOnlyTheSecondIsRefused(sink, EnvelopeFault.UnknownType, "type");
        Assert.Equal("no.such.Type", sink.Refused[0].TypeName);
        Assert.Equal(("b", 11u), (sink.Refused[0].Target!.Id, sink.Refused[0].Target!.RequestId));
        Assert.Equal(("s2", 22u), (sink.Refused[0].Sender!.Id, sink.Refused[0].Sender!.RequestId));

        foreach (var serializer in new[] { 1, 9, -1, int.MaxValue, int.MinValue })
        {
            batch = Batch();
            batch.TypeNames[1] = "actor.Stop";
            batch.Envelopes[1].SerializerId = serializer;
            AssertOnlyTheSecondIsRefused(Codec.Decode(Bytes(batch)), EnvelopeFault.UnknownType, $"{serializer}");
        }
    }

    [Fact]
    public void Decode_TypeNameThatIsNoText_CostsItsEnvelopes()
    {
        // Field 1 twice: the second name is not UTF-8. The generated classes would not write that.
        var good = Batch();
        var names = new Wire.MessageBatch { TypeNames = { good.TypeNames[0] } }.ToByteArray();
        good.TypeNames.Clear();
        byte[] body = [.. names, 0x0A, 3, .. BadUtf8, .. good.ToByteArray()];
        AssertOnlyTheSecondIsRefused(Codec.Decode(Frame(body)), EnvelopeFault.Malformed, "name");
    }

    [Theory]
    [InlineData("Watch")]
    [InlineData("Unwatch")]
    [InlineData("Terminated")]
    [InlineData("Touched")]
    [InlineData("DeadLetterResponse")]
    public void Decode_CoreMessageWithoutItsPid_IsRefused(string name)
    {
        foreach (byte[] payload in new byte[][] { [], [0x0A, 0], [0x0A, 2, 0x12, 0], [0x0A, 9, 1], [0x10], [0x0A, 3, 0x12, 1, 0xFF] })
        {
            var batch = Batch();
            batch.TypeNames[1] = $"actor.{name}";
            batch.Envelopes[1].MessageData = ByteString.CopyFrom(payload);
            AssertOnlyTheSecondIsRefused(Codec.Decode(Bytes(batch)), EnvelopeFault.Malformed, name);
        }
    }

    [Theory]
    [InlineData("08")] // type id without a value
    [InlineData("08FFFFFFFFFFFFFFFFFFFF")] // a value that does not end
    [InlineData("78FFFFFFFFFFFFFFFFFFFF01")] // a value of more than ten bytes
    [InlineData("12")] // payload without a length
    [InlineData("0800120361")] // payload longer than what is left, shorter than the envelope
    [InlineData("128080808008")] // payload of 2^31
    [InlineData("3205")] // header longer than the envelope
    [InlineData("797801")] // eight bytes cut off, which would be a field by themselves
    [InlineData("7D7801")] // four bytes cut off, likewise
    [InlineData("7B")] // a group without an end
    [InlineData("7B74")] // a group with the end of another
    [InlineData("1C")] // the end of a group that did not begin
    [InlineData("0F")] // wire type 7
    [InlineData("00")] // field 0
    [InlineData("7B7B7B7B7B7B7B7B7B7B7B7B7B7B7B7B7B7C7C7C7C7C7C7C7C7C7C7C7C7C7C7C7C7C")] // groups nested too deep
    public void Decode_EnvelopeThatIsNone_IsRefused(string hex)
    {
        var good = Batch();
        var second = Convert.FromHexString(hex);
        byte[] body =
        [
            .. new Wire.MessageBatch { TypeNames = { good.TypeNames }, Targets = { good.Targets } }.ToByteArray(),
            .. new Wire.MessageBatch { Envelopes = { good.Envelopes[0] } }.ToByteArray(),
            0x1A, (byte)second.Length, .. second,
            .. new Wire.MessageBatch { Envelopes = { good.Envelopes[2] }, Senders = { good.Senders } }.ToByteArray(),
        ];
        AssertOnlyTheSecondIsRefused(Codec.Decode(Frame(body)), EnvelopeFault.Malformed, hex);
    }

    [Theory]
    [InlineData("0A")] // header, length missing
    [InlineData("0A05")] // entry longer than the header
    [InlineData("0A030A01FF")] // key is no text
    [InlineData("0A031201FF")] // value is no text
    [InlineData("00")] // field 0
    public void Decode_BadHeader_IsRefused(string hex)
    {
        var good = Batch();
        var header = Convert.FromHexString(hex);
        byte[] second = [.. good.Envelopes[1].ToByteArray(), 0x32, (byte)header.Length, .. header];
        byte[] body =
        [
            .. new Wire.MessageBatch { TypeNames = { good.TypeNames }, Targets = { good.Targets } }.ToByteArray(),
            .. new Wire.MessageBatch { Envelopes = { good.Envelopes[0] } }.ToByteArray(),
            0x1A, (byte)second.Length, .. second,
            .. new Wire.MessageBatch { Envelopes = { good.Envelopes[2] }, Senders = { good.Senders } }.ToByteArray(),
        ];
        AssertOnlyTheSecondIsRefused(Codec.Decode(Frame(body)), EnvelopeFault.Malformed, hex);
    }

    [Theory]
    [InlineData("")] // nothing
    [InlineData("0A")] // no length
    [InlineData("0A05")] // longer than the frame
    [InlineData("0A8080808008")] // a length of 2^31
    [InlineData("0AFFFFFFFFFFFFFFFFFF01")] // a length of 2^64 - 1
    [InlineData("0A021A05")] // an envelope longer than the batch
    [InlineData("0A061A8080808008")] // an envelope of 2^31
    [InlineData("0A061A8080808018")] // an envelope of 2^32 + 2^31, of which 2^31 is left
    [InlineData("0A0112")] // a target without a length
    [InlineData("0A02120A")] // a target longer than the batch
    [InlineData("0A0100")] // field 0
    [InlineData("0A021C1C")] // the end of a group that did not begin
    [InlineData("0A010F")] // wire type 7
    [InlineData("0A0BFFFFFFFFFFFFFFFFFFFF01")] // a tag of more than ten bytes
    [InlineData("0A03A006FF")] // a sequence that does not end
    [InlineData("1200")] // a connect request
    [InlineData("08")] // cut off
    public void Decode_BadFrame_IsOneTypedExceptionAndDeliversNothing(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        var sink = new RecordingSink();
        Assert.Throws<MalformedFrameException>(() => Codec.Decoder().Decode(bytes, sink));
        Assert.Empty(sink.Batches);
    }

    /// <summary>Lengths are cut to 32 bits, by the generated classes too: an envelope of 2^32 bytes is an empty one.</summary>
    [Fact]
    public void Decode_EnvelopeWhoseLengthIsCutToNothing_CostsThatEnvelope()
    {
        byte[] frame = [0x0A, 6, 0x1A, 0x80, 0x80, 0x80, 0x80, 0x10];
        Assert.Empty(Assert.Single(Wire.RemoteMessage.Parser.ParseFrom(frame).MessageBatch.Envelopes).ToByteArray());

        var sink = Codec.Decode(frame);
        Assert.Empty(sink.Messages);
        Assert.Equal(EnvelopeFault.Malformed, Assert.Single(sink.Refused).Fault);
    }

    [Fact]
    public void Decode_FrameBrokenAtItsEnd_DeliversNothingOfIt()
    {
        var bytes = Frame([.. Batch().ToByteArray(), 0x1A, 0x05]);
        var sink = new RecordingSink();
        Assert.Throws<MalformedFrameException>(() => Codec.Decoder().Decode(bytes, sink));
        Assert.Empty(sink.Messages);
    }

    [Fact]
    public void Decode_MoreEnvelopesOrEntriesThanAllowed_CostsTheFrame()
    {
        var sink = new RecordingSink();
        var batch = Batch();
        var entries = batch.TypeNames.Count + batch.Targets.Count + batch.Senders.Count;
        batch.Envelopes.AddRange(Enumerable.Repeat(batch.Envelopes[0], BatchDecoder.MaxEnvelopes - batch.Envelopes.Count));
        batch.TypeNames.AddRange(Enumerable.Repeat("more", BatchDecoder.MaxTableEntries - entries));
        Assert.Equal(BatchDecoder.MaxEnvelopes, Codec.Decoder().Decode(Bytes(batch), sink).Count);
        batch.TypeNames.Add("one too many");
        Assert.Throws<MalformedFrameException>(() => Codec.Decoder().Decode(Bytes(batch), sink));
        batch.TypeNames.Clear();
        batch.Envelopes.Add(batch.Envelopes[0]);
        Assert.Throws<MalformedFrameException>(() => Codec.Decoder().Decode(Bytes(batch), sink));
        Assert.Single(sink.Batches);
    }

    [Fact]
    public void Decode_AfterABadFrame_GoesOnWithTheNextOne()
    {
        var decoder = Codec.Decoder();
        var other = Batch();
        other.Targets[0] = ByteString.CopyFromUtf8("not me");
        other.TypeNames[0] = "not.that";
        other.Senders[0].Id = "nor I";
        var cut = Bytes(other)[..^1];
        Assert.Throws<MalformedFrameException>(() => decoder.Decode(cut, new RecordingSink()));
        var sink = Codec.Decode(Bytes(Batch()), decoder);
        Assert.Equal(3, sink.Messages.Count);
        Assert.Equal(["a", "b", "c"], sink.Messages.Select(message => message.Target.Id));
        Assert.Equal(["s1", "s2", "s1"], sink.Messages.Select(message => message.Sender!.Id));
    }

    /// <summary>Three messages, each with a type, a target and a sender of its own.</summary>
    private static Wire.MessageBatch Batch() => ModelEncoder.Encode(
        [
            Request("a", 10, new Hello { Text = "one" }, "s1", 21),
            Request("b", 11, new Hello.Types.Nested { Text = "two" }, "s2", 22),
            Request("c", 12, new Hello { Text = "three" }, "s1", 23),
        ],
        pidTargets: false).MessageBatch;

    private static RemoteDelivery Request(string target, uint requestId, IMessage message, string sender, uint answerId) => new(
        new PID(ModelEncoder.Peer, target) { RequestId = requestId }, message, new PID(ModelEncoder.Own, sender) { RequestId = answerId });

    private static byte[] Bytes(Wire.MessageBatch batch) => new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray();

    private static byte[] Frame(byte[] body)
    {
        Assert.InRange(body.Length, 128, 16_383);
        return [0x0A, (byte)(body.Length | 0x80), (byte)(body.Length >> 7), .. body];
    }

    private static void AssertOnlyTheSecondIsRefused(RecordingSink sink, EnvelopeFault fault, string what)
    {
        Assert.True(sink.Refused.Count == 1, $"{what}: {sink.Refused.Count} refused");
        Assert.Equal(fault, sink.Refused[0].Fault);
        Assert.NotEmpty(sink.Refused[0].Detail);
        Assert.Equal(
            [new Hello { Text = "one" }, new Hello { Text = "three" }], sink.Messages.Select(message => message.Message));
        Assert.Equal(["s1", "s1"], sink.Messages.Select(message => message.Sender!.Id));
    }
}
