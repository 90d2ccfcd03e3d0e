using System.Reflection;
using Google.Protobuf;
using Proto;
using Remote.Tests.Messages;
using Nothing = Remote.Tests.Messages.Nothing;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

public class BatchDecoderTests
{
    [Fact]
    public void Decode_EmptyBatch_IsAccepted()
    {
        var sink = Codec.Decode(new Wire.RemoteMessage { MessageBatch = new Wire.MessageBatch() }.ToByteArray());
        Assert.Equal([new BatchInfo(0, 0, TargetDialect.Unknown, 0)], sink.Batches);
    }

    [Fact]
    public void Decode_NotAccepted_DeliversNothing()
    {
        var sink = new RecordingSink(accept: false);
        var info = Codec.Decoder().Decode(Batch().ToByteArray(), sink);
        Assert.Equal(3, info.Count);
        Assert.Empty(sink.Messages);
        Assert.Empty(sink.Refused);
    }

    [Fact]
    public void Decode_TablesInAnyOrder_AreFoundFirst()
    {
        var batch = Batch().MessageBatch;
        var pieces = new[]
        {
            new Wire.MessageBatch { Sequence = 9 },
            new Wire.MessageBatch { Senders = { batch.Senders } },
            new Wire.MessageBatch { Envelopes = { batch.Envelopes[0] } },
            new Wire.MessageBatch { Targets = { batch.Targets } },
            new Wire.MessageBatch { Envelopes = { batch.Envelopes[1], batch.Envelopes[2] } },
            new Wire.MessageBatch { TypeNames = { batch.TypeNames } },
        };
        var body = pieces.SelectMany(piece => piece.ToByteArray()).ToArray();
        byte[] frame = [0x0A, (byte)(body.Length | 0x80), (byte)(body.Length >> 7), .. body];
        Assert.InRange(body.Length, 128, 16_383);

        var sink = Codec.Decode(frame);
        Assert.Equal([new BatchInfo(3, 9, TargetDialect.Strings, 0)], sink.Batches);
        AssertThree(sink);
    }

    [Fact]
    public void Decode_UnknownFieldsEverywhere_AreSkipped()
    {
        // Field 15: varint, eight bytes, text, a group with a nested group, four bytes.
        byte[] unknown =
        [
            0x78, 0xFF, 0x01,
            0x79, 1, 2, 3, 4, 5, 6, 7, 8,
            0x7A, 2, 9, 9,
            0x7B, 0x08, 1, 0x13, 0x14, 0x7C,
            0x7D, 1, 2, 3, 4,
        ];
        var batch = Batch().MessageBatch;
        byte[] body =
        [
            .. unknown,
            .. new Wire.MessageBatch { TypeNames = { batch.TypeNames }, Targets = { batch.Targets } }.ToByteArray(),
            .. batch.Envelopes.SelectMany(envelope => Delimited(0x1A, [.. unknown, .. envelope.ToByteArray(), .. unknown])),
            .. unknown,
            .. batch.Senders.SelectMany(sender => Delimited(0x22, [.. unknown, .. sender.ToByteArray(), .. unknown])),
            .. unknown,
        ];
        AssertThree(Codec.Decode(Delimited(0x0A, body)));
    }

    [Fact]
    public void Decode_BatchBesideOtherFieldsOrInPieces_IsReadLikeTheGeneratedClassesDo()
    {
        var batch = Batch().MessageBatch;
        byte[] pieces =
        [
            0x78, 0x01,
            .. new Wire.RemoteMessage { MessageBatch = new() { TypeNames = { batch.TypeNames }, Targets = { batch.Targets } } }
                .ToByteArray(),
            .. new Wire.RemoteMessage { MessageBatch = new() { Envelopes = { batch.Envelopes }, Senders = { batch.Senders } } }
                .ToByteArray(),
        ];
        AssertThree(Codec.Decode(pieces));
        AssertThree(Codec.Decode(pieces.AsMemory(2)));
        Assert.True(RemoteFrame.IsBatch(pieces, out _));
    }

    /// <summary>A length of 64 bits is one of 32, of which the upper half is left out: here none, and another field behind it.</summary>
    [Fact]
    public void Decode_LengthOfTooManyBits_IsCutLikeTheGeneratedClassesDo()
    {
        byte[] frame = [0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04, 0x80, 0x0B, 0x0A];

        Assert.Empty(Wire.RemoteMessage.Parser.ParseFrom(frame).MessageBatch.Envelopes);
        Assert.Empty(Codec.Decode(frame).Messages);
    }

    /// <summary>All members of the message are one oneof: the last one counts, and takes the place of those before it.</summary>
    [Fact]
    public void Decode_BatchBesideAnotherMember_IsReadLikeTheGeneratedClassesDo()
    {
        var other = new Wire.RemoteMessage { MessageBatch = new() { Sequence = 5, Targets = { ByteString.CopyFromUtf8("gone") } } }.ToByteArray();
        var (batch, heartbeat) = (Batch().ToByteArray(), Handshake.Heartbeat(7));
        byte[] last = [.. other, .. heartbeat, .. batch];
        AssertThree(Codec.Decode(last));
        Assert.Equal(0u, Codec.Decode(last).Batches[0].Sequence);
        Assert.True(RemoteFrame.IsBatch(last.AsSpan(other.Length), out _));

        Assert.Throws<MalformedFrameException>(() => Codec.Decode((byte[])[.. batch, .. heartbeat]));
        Assert.False(RemoteFrame.IsBatch([0x78, 0x01, .. batch, .. heartbeat], out var parsed));
        Assert.Equal(7u, parsed.Heartbeat.Number);
    }

    [Fact]
    public void Decode_PieceThatIsCutOff_IsNotCompletedByTheNext()
    {
        var body = Batch().MessageBatch.ToByteArray();
        for (var length = 1; length < body.Length; length++)
        {
            byte[] frame = [.. Delimited(0x0A, body[..length]), .. Delimited(0x0A, body[length..])];
            if (IsRead(body[..length]) && IsRead(body[length..]))
            {
                AssertThree(Codec.Decode(frame));
            }
            else
            {
                Assert.Throws<MalformedFrameException>(() => Codec.Decode(frame));
            }
        }

        static bool IsRead(byte[] piece)
        {
            try
            {
                Wire.MessageBatch.Parser.ParseFrom(piece);
                return true;
            }
            catch (InvalidProtocolBufferException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Decode_PidTargets_ReportsTheDialectAndKeepsARequestIdOfTheTable()
    {
        var batch = Batch().MessageBatch;
        batch.Targets[0] = new Wire.PID { Address = "x:1", Id = "a", RequestId = 12 }.ToByteString();
        batch.Envelopes[0].TargetRequestId = 0;
        var sink = Codec.Decode(new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray());
        Assert.Equal(TargetDialect.Pids, sink.Batches[0].Dialect);
        Assert.Equal(12u, sink.Messages[0].Target.RequestId);
        Assert.Equal("a", sink.Messages[0].Target.Id);
    }

    [Theory]
    [InlineData("\u0012")]
    [InlineData("\u0018 is not a request id")]
    [InlineData("\nnot an address")]
    [InlineData("\u0012\u0000")]
    public void Decode_IdsThatOnlyBeginLikePids_AreStrings(string id)
    {
        var batch = Batch().MessageBatch;
        batch.Targets[0] = ByteString.CopyFromUtf8(id);
        var sink = Codec.Decode(new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray());
        Assert.Equal(TargetDialect.Strings, sink.Batches[0].Dialect);
        Assert.Equal(id, sink.Messages[0].Target.Id);
    }

    [Fact]
    public void Decode_SameTargetAgain_IsTheSamePid()
    {
        var decoder = Codec.Decoder();
        var bytes = Batch().ToByteArray();
        var first = Codec.Decode(bytes, decoder);
        var second = Codec.Decode(bytes, decoder);
        Assert.Same(first.Messages[1].Target, second.Messages[1].Target);
        Assert.Same(first.Messages[1].Sender, second.Messages[1].Sender);
    }

    /// <summary>What the copy of one request learned serves the next: the reader looks a process up once.</summary>
    [Fact]
    public async Task Decode_RequestsToOneTarget_ShareItsCachedProcess()
    {
        await using var system = new ActorSystem();
        system.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), "a");
        var batch = ModelEncoder.Encode(
            [
                new RemoteDelivery(new PID(ModelEncoder.Peer, "a") { RequestId = 1 }, new Nothing()),
                new RemoteDelivery(new PID(ModelEncoder.Peer, "a") { RequestId = 2 }, new Nothing()),
                new RemoteDelivery(new PID(ModelEncoder.Peer, "a"), new Nothing()),
            ],
            pidTargets: false);
        var translation = new InboundTranslation(ModelEncoder.Own, system.Address, isClient: false, _ => false);
        var decoder = new BatchDecoder(Codec.Registry, translation);
        var first = Codec.Decode(batch.ToByteArray(), decoder);
        system.Root.Send(first.Messages[1].Target, new Nothing());
        Assert.NotNull(Cached(first.Messages[1].Target));

        var second = Codec.Decode(batch.ToByteArray(), decoder);
        Assert.Same(Cached(first.Messages[1].Target), Cached(second.Messages[0].Target));
        Assert.Equal([1u, 2u, 0u], second.Messages.Select(message => message.Target.RequestId));
    }

    [Fact]
    public void Decode_MoreTargetsThanTheCacheKeeps_StillFindsEach()
    {
        var decoder = Codec.Decoder();
        for (var round = 0; round < 3; round++)
        {
            var batch = new Wire.MessageBatch { TypeNames = { Nothing.Descriptor.FullName } };
            for (var number = 0; number < 20_000; number++)
            {
                batch.Targets.Add(ByteString.CopyFromUtf8($"target/{number}"));
                batch.Envelopes.Add(new Wire.MessageEnvelope { Target = number });
            }

            var sink = Codec.Decode(new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray(), decoder);
            Assert.Equal(
                Enumerable.Range(0, 20_000).Select(number => $"target/{number}"),
                sink.Messages.Select(message => message.Target.Id));
        }
    }

    [Fact]
    public void IsBatch_OtherFrames_AreParsed()
    {
        var connect = new Wire.RemoteMessage { ConnectResponse = new Wire.ConnectResponse { MemberId = "m" } };
        Assert.False(RemoteFrame.IsBatch(connect.ToByteArray(), out var other));
        Assert.Equal(connect, other);
        Assert.False(RemoteFrame.IsBatch(default, out other));
        Assert.Equal(Wire.RemoteMessage.MessageTypeOneofCase.None, other.MessageTypeCase);
        Assert.Throws<MalformedFrameException>(() => RemoteFrame.IsBatch([0x12, 5], out _));
    }

    // Proto.Actor does not show it.
    private static object? Cached(PID pid) =>
        typeof(PID).GetProperty("CurrentRef", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(pid);

    /// <summary>Three messages: with everything, with a sender only, with nothing.</summary>
    private static Wire.RemoteMessage Batch() => ModelEncoder.Encode(
        [
            new RemoteDelivery(
                new PID(ModelEncoder.Peer, "a") { RequestId = 1 },
                new Hello { Text = "one" },
                new PID(ModelEncoder.Own, "s1") { RequestId = 2 },
                MessageHeader.Empty.With("k", "v")),
            new RemoteDelivery(new PID(ModelEncoder.Peer, "b"), new Hello { Text = "two" }, new PID(ModelEncoder.Own, "s2")),
            new RemoteDelivery(new PID(ModelEncoder.Peer, "a"), new Nothing()),
        ],
        pidTargets: false);

    private static void AssertThree(RecordingSink sink)
    {
        Assert.Empty(sink.Refused);
        Assert.Equal(
            [new Hello { Text = "one" }, new Hello { Text = "two" }, new Nothing()],
            sink.Messages.Select(message => message.Message));
        Assert.Equal([("a", 1u), ("b", 0u), ("a", 0u)], sink.Messages.Select(message => (message.Target.Id, message.Target.RequestId)));
        Assert.Equal(
            [(ModelEncoder.Own, "s1", 2u), (ModelEncoder.Own, "s2", 0u), ("", "", 0u)],
            sink.Messages.Select(message => (
                message.Sender?.Address ?? "", message.Sender?.Id ?? "", message.Sender?.RequestId ?? 0)));
        Assert.Equal("v", sink.Messages[0].Headers!["k"]);
    }

    private static byte[] Delimited(byte tag, byte[] body)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        output.WriteRawTag(tag);
        output.WriteBytes(ByteString.CopyFrom(body));
        output.Flush();
        return stream.ToArray();
    }
}
