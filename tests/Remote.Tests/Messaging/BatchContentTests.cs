using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Tests.Messages;
using Remote.Tests.Serialization;
using Directory = Remote.Tests.Messages.Directory;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

/// <summary>What messages of a peer bring along is judged as if it came by itself.</summary>
[Trait("Behaviour", "T-16")]
public sealed class BatchContentTests
{
    private const string JsonHello = "{\"Item\":\"pen\",\"Count\":2}";

    private static readonly InboundLimits Limits = InboundLimits.Default with { Envelopes = 100 };

    public static TheoryData<string> BarredNames =>
    [
        "actor.Watch", "actor.Unwatch", "actor.Terminated", "actor.Stop", "actor.PoisonPill", "actor.Touch", "actor.DeadLetterResponse",
        "remote.ActorPidRequest", "remote.tests.BatchTransport", "remote.tests.NamedBatch",
    ];

    [Theory]
    [MemberData(nameof(BarredNames))]
    public void Carrier_OfWhatComesByItselfOnly_IsMalformed(string name)
    {
        foreach (var carrier in Carriers(Batch(Packed("remote.tests.Hello")), Batch(Packed("remote.tests.Hello"), Packed(name))))
        {
            var refused = Assert.Single(Decode(carrier).Refused);
            Assert.Equal((EnvelopeFault.Malformed, true), (refused.Fault, refused.Detail.Contains($"'{name}'", StringComparison.Ordinal)));
        }
    }

    /// <summary>Nothing is looked up by a name that no message of its own may have.</summary>
    [Theory]
    [InlineData("System.Diagnostics.ProcessStartInfo, System.Diagnostics.Process", 1)]
    [InlineData("System.Collections.ArrayList, System.Private.CoreLib", 1)]
    [InlineData("remote.tests.Hello", 1)]
    [InlineData("remote.tests.NoSuch", 0)]
    public void Carrier_OfATypeThatIsRefused_IsRefusedLikeThatType(string name, int serializerId)
    {
        foreach (var carrier in Carriers(Batch(), Batch(Packed(name, serializerId, "{}"))))
        {
            var refused = Assert.Single(Decode(carrier).Refused);
            Assert.Equal((EnvelopeFault.UnknownType, true), (refused.Fault, refused.Detail.Contains($"'{name}'", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Carrier_WithALongName_IsMalformed() =>
        Assert.Contains("MaxTypeNameBytes", Assert.Single(Decode(Batch(Packed(new string('x', 4097), OddSerializer.Id))).Refused).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public void Carrier_OfATypeThatHasNoName_IsMalformed(int typeId)
    {
        var batch = Batch(Packed("remote.tests.Hello"));
        batch.Envelopes[0].TypeId = typeId;

        Assert.Contains("among its names", Assert.Single(Decode(batch).Refused).Detail, StringComparison.Ordinal);
    }

    /// <summary>Proto.Remote's serialization keeps every name that it has looked up.</summary>
    [Fact]
    public void Carrier_OfJsonUnderManySpellings_IsReadUnderOne()
    {
        var plain = $"{typeof(Order).FullName}, {typeof(Order).Assembly.GetName().Name}";
        var names = Enumerable.Range(1, 20).Select(version => string.Create(CultureInfo.InvariantCulture, $"{plain}, Version={version}.0.0.0")).ToArray();
        var batch = Batch([.. names.Select(name => Packed(name, 1, JsonHello))]);
        batch.Envelopes.Add(new PackedEnvelope { TypeId = 0, SerializerId = 1, MessageData = ByteString.CopyFromUtf8(JsonHello) });

        var read = (UnfoldedBatch)Assert.Single(Decode(batch).Messages).Message;

        Assert.All(read.Contents, content => Assert.Equal(new Order("pen", 2), content));
        Assert.Equal([typeof(Order).AssemblyQualifiedName!], read.Names.Distinct());
        Assert.Equal(21, read.Names.Count);
    }

    /// <summary>One name may stand for two serializers.</summary>
    [Fact]
    public void Carrier_WithOneNameForTwoSerializers_IsReadByBoth()
    {
        var name = $"{typeof(Order).FullName}, {typeof(Order).Assembly.GetName().Name}";
        var batch = Batch(Packed(name, 1, JsonHello));
        batch.Envelopes.Add(new PackedEnvelope { TypeId = 0, SerializerId = Conjurer.Id });

        var read = (UnfoldedBatch)Assert.Single(Decode(batch).Messages).Message;

        Assert.Equal([new Order("pen", 2), name], read.Contents);
    }

    [Fact]
    public void Carrier_OfAsManyAsABatchMayHold_IsRead_AndOfOneMoreIsNot()
    {
        var batch = Batch(Enumerable.Repeat(Packed("remote.tests.Nothing"), Limits.Envelopes).ToArray());
        Assert.Equal(Limits.Envelopes, ((UnfoldedBatch)Assert.Single(Decode(batch).Messages).Message).Contents.Count);
        batch.Envelopes.Add(batch.Envelopes[0]);

        foreach (var carrier in Carriers(Batch(), batch))
        {
            Assert.Contains("MaxBatchMessages", Assert.Single(Decode(carrier).Refused).Detail, StringComparison.Ordinal);
        }
    }

    /// <summary>In JSON they are counted when they are there.</summary>
    [Fact]
    public void Carrier_InJson_IsJudgedToo()
    {
        var pill = "{\"typeNames\":[\"actor.PoisonPill\"],\"envelopes\":[{}]}";
        var many = "{\"batch\":{\"typeNames\":[\"remote.tests.Nothing\"],\"envelopes\":[" + string.Join(',', Enumerable.Repeat("{}", 101)) + "]}}";

        Assert.Contains("PoisonPill", Assert.Single(Decode("remote.tests.BatchTransport", 1, pill).Refused).Detail, StringComparison.Ordinal);
        Assert.Contains("MaxBatchMessages", Assert.Single(Decode("remote.tests.CrateTransport", 1, many).Refused).Detail, StringComparison.Ordinal);
    }

    /// <summary>Two bytes are enough for an envelope, which is an object when it is parsed.</summary>
    [Fact]
    public void Carrier_OfAMillionEmptyEnvelopes_CostsNoObjects()
    {
        const int Many = 1_000_000;
        var payload = new byte[2 * Many];
        for (var i = 0; i < payload.Length; i += 2)
        {
            payload[i] = BatchTransport.EnvelopesFieldNumber << 3 | 2;
        }

        var carrier = new CrateTransport { Inner = new CrateTransport() }.ToByteArray();
        Assert.Equal(2, carrier.Length);
        byte[] deep = [.. Field(CrateTransport.InnerFieldNumber, Field(CrateTransport.BatchFieldNumber, payload))];
        foreach (var (name, bytes) in new[] { ("remote.tests.BatchTransport", payload), ("remote.tests.CrateTransport", deep) })
        {
            var frame = Frame(name, 0, ByteString.CopyFrom(bytes));
            var decoder = NewDecoder();
            var before = GC.GetAllocatedBytesForCurrentThread();

            // The first message of a name is read to learn what it is.
            Codec.Decode(Frame(name, 0, ByteString.Empty), decoder);
            var sink = Codec.Decode(frame, decoder);

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
            Assert.Contains(sink.Refused, refused => refused.Detail.Contains("MaxBatchMessages", StringComparison.Ordinal));
        }
    }

    /// <summary>Only the serializer knows what it makes.</summary>
    [Fact]
    public void Carrier_OfAPillThatASerializerMakes_IsMalformed()
    {
        foreach (var carrier in Carriers(Batch(), Batch(Packed("pill", Conjurer.Id))))
        {
            Assert.Contains("PoisonPill", Assert.Single(Decode(carrier).Refused).Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Carrier_WithPids_HasThemTranslatedBothWays()
    {
        var sent = new Directory { Owner = new PID(ActorSystem.NoHost, "me"), Backup = new PID(ModelEncoder.Peer, "you") };
        var before = sent.Clone();
        foreach (var message in new object[] { new UnfoldedBatch([new StringValue { Value = "x" }, sent]), new Crate([new StringValue { Value = "x" }, sent]) })
        {
            var encoded = Codec.Encode([new RemoteDelivery(new PID(ModelEncoder.Peer, "t"), message)]);
            var read = Assert.Single(Codec.Decode(encoded).Messages).Message;

            var expected = new Directory { Owner = new PID(ModelEncoder.Own, "me"), Backup = new PID(ModelEncoder.Peer, "you") };
            Assert.Equal([new StringValue { Value = "x" }, expected], read is Crate crate ? crate.Contents : ((UnfoldedBatch)read).Contents);
            Assert.Equal(before, sent);
        }
    }

    /// <summary>As written by a node that leaves them as they are.</summary>
    [Fact]
    public void Carrier_WithPidsOfTheSender_HasThemTranslated()
    {
        var packed = Packed("remote.tests.Directory") with { Bytes = new Directory { Owner = new PID("", "me") }.ToByteString() };

        var read = (UnfoldedBatch)Assert.Single(Decode(Batch(packed)).Messages).Message;

        Assert.Equal(new PID(ModelEncoder.Own, "me"), ((Directory)read.Contents[0]).Owner);
    }

    [Fact]
    public void Carrier_ThatNamesAClosedActorOfThisNode_IsMalformed()
    {
        var packed = Packed("remote.tests.Directory") with { Bytes = new Directory { Owner = new PID(ModelEncoder.Peer, "closed") }.ToByteString() };

        Assert.Contains("may not name", Assert.Single(Decode(Batch(packed)).Refused).Detail, StringComparison.Ordinal);
    }

    /// <summary>Whatever an application's own batches are made of.</summary>
    [Theory]
    [MemberData(nameof(NamedContent.Barred), MemberType = typeof(NamedContent))]
    public void Batch_OfWhatComesByItselfOnly_IsMalformed(string name)
    {
        foreach (var sink in Named("x", name))
        {
            Assert.Empty(sink.Messages);
            Assert.Equal(EnvelopeFault.Malformed, Assert.Single(sink.Refused).Fault);
            Assert.Null(sink.Refused[0].Error);
        }
    }

    [Fact]
    public void Batch_OfOrdinaryMessages_IsRead() =>
        Assert.All(Named("x", "nothing", "from anybody"), sink => Assert.Equal((1, 0), (sink.Messages.Count, sink.Refused.Count)));

    [Fact]
    public void Batch_OfMoreThanABatchMayHold_IsMalformed() =>
        Assert.All(
            Named([.. Enumerable.Repeat("x", Limits.Envelopes + 1)]),
            sink => Assert.Contains("MaxBatchMessages", Assert.Single(sink.Refused).Detail, StringComparison.Ordinal));

    /// <summary>The same batch as protobuf, in protobuf's JSON, in JSON, and by a serializer of its own.</summary>
    private static IEnumerable<RecordingSink> Named(params string[] names)
    {
        var batch = new NamedBatch { Names = { names } };
        yield return Decode("remote.tests.NamedBatch", 0, batch.ToByteString());
        yield return Decode("remote.tests.NamedBatch", 1, JsonFormatter.Default.Format(batch));
        yield return Decode(
            $"{typeof(JsonBatch).FullName}, Remote.Tests", 1, System.Text.Json.JsonSerializer.Serialize(new JsonBatch(names)));
        yield return Decode("batch " + string.Join(',', names), Conjurer.Id, "");
    }

    private static IEnumerable<IMessage> Carriers(BatchTransport harmless, BatchTransport batch) =>
    [
        batch,
        new CrateTransport { Batch = batch },
        new CrateTransport { Batch = harmless, Inner = new CrateTransport { Inner = new CrateTransport { Batch = batch } } },
    ];

    private static PackedMessage Packed(string name, int serializerId = 0, string payload = "") => new(name, serializerId, ByteString.CopyFromUtf8(payload));

    private static BatchTransport Batch(params PackedMessage[] contents)
    {
        var batch = new BatchTransport();
        foreach (var content in contents)
        {
            batch.TypeNames.Add(content.Name);
            batch.Envelopes.Add(new PackedEnvelope { TypeId = batch.TypeNames.Count - 1, SerializerId = content.SerializerId, MessageData = content.Bytes });
        }

        return batch;
    }

    private static byte[] Field(int number, byte[] value)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        output.WriteTag(number, Google.Protobuf.WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
        output.Flush();
        return stream.ToArray();
    }

    private static RecordingSink Decode(IMessage message) => Decode(message.Descriptor.FullName, 0, message.ToByteString());

    private static RecordingSink Decode(string name, int serializerId, string payload) => Decode(name, serializerId, ByteString.CopyFrom(Encoding.UTF8.GetBytes(payload)));

    private static RecordingSink Decode(string name, int serializerId, ByteString payload) => Codec.Decode(Frame(name, serializerId, payload), NewDecoder());

    private static BatchDecoder NewDecoder()
    {
        var serialization = TestRegistry.Serialization(MessagesReflection.Descriptor);
        serialization.RegisterSerializer(Conjurer.Id, 0, new Conjurer());
        var translation = new InboundTranslation(ModelEncoder.Own, ModelEncoder.Peer, isClient: false, address => address == ModelEncoder.Peer)
        {
            Admit = pid => pid.Id == "closed" ? null : pid,
        };
        return new BatchDecoder(TestRegistry.Of(serialization), translation, Limits);
    }

    private static byte[] Frame(string name, int serializerId, ByteString payload) => new Wire.RemoteMessage
    {
        MessageBatch = new Wire.MessageBatch
        {
            TypeNames = { name },
            Targets = { ByteString.CopyFromUtf8("t") },
            Envelopes = { new Wire.MessageEnvelope { SerializerId = serializerId, MessageData = payload } },
        },
    }.ToByteArray();

    /// <summary>Makes a message of its name alone.</summary>
    private sealed class Conjurer : ISerializer
    {
        internal const int Id = 9;

        public ByteString Serialize(object obj) => throw new NotSupportedException();

        public object Deserialize(ByteString bytes, string typeName) =>
            typeName.StartsWith("batch ", StringComparison.Ordinal) ? new JsonBatch(typeName["batch ".Length..].Split(',')) : NamedContent.Make(typeName);

        public string GetTypeName(object message) => throw new NotSupportedException();

        public bool CanSerialize(object obj) => false;
    }
}
