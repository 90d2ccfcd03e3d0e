using System.Buffers;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Remote.Actors;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Serialization;

[Trait("Behaviour", "Z-01")]
public class SerializerRegistryTests
{
    [Fact]
    public void FindInbound_MessagesOfAFile_AreKnownByFullNameNestedOnesToo()
    {
        var registry = new SerializerRegistryBuilder().AddMessages(MessagesReflection.Descriptor).Build();
        Assert.NotNull(registry.FindInbound("remote.tests.Hello", 0));
        Assert.NotNull(registry.FindInbound("remote.tests.Hello.Nested", 0));
        Assert.NotNull(registry.FindInbound("remote.tests.Hello.Nested.Deeper", 0));

        // The entry of a map has no class, and an imported file was not named.
        Assert.Null(registry.FindInbound("remote.tests.Directory.ByNameEntry", 0));
        Assert.Null(registry.FindInbound("actor.PID", 0));
        Assert.Null(registry.FindInbound("google.protobuf.StringValue", 0));
    }

    [Fact]
    public void FindInbound_NewRegistry_KnowsTheCoreAndTheActivatorOnly()
    {
        var registry = new SerializerRegistryBuilder().Build();
        Assert.NotNull(registry.FindInbound("remote.ActorPidRequest", 0));
        Assert.NotNull(registry.FindInbound("remote.ActorPidResponse", 0));
        Assert.NotNull(registry.FindInbound("actor.Watch", 0));
        Assert.Null(registry.FindInbound("actor.Watch", 1));
        Assert.Null(registry.FindInbound("remote.ConnectRequest", 0));
        Assert.Null(registry.FindOutbound(new Uri("urn:x")));
    }

    [Fact]
    public void FindInbound_CoreNames_StayTheCoresWhateverIsRegistered()
    {
        var registry = new SerializerRegistryBuilder().AddMessages(Wire.ActorReflection.Descriptor).Build();
        Assert.NotNull(registry.FindInbound("actor.Stop", 0)!.Core);
        Assert.Null(registry.FindOutbound(new Wire.Stop()));
        Assert.NotNull(registry.FindInbound("actor.PID", 0));
    }

    [Theory]
    [InlineData("Empty")]
    [InlineData("StringValue")]
    [InlineData("BytesValue")]
    [InlineData("Int64Value")]
    [InlineData("Any")]
    [InlineData("Timestamp")]
    [InlineData("Duration")]
    [InlineData("Struct")]
    public void AddWellKnownTypes_Name_IsKnown(string name) => Assert.NotNull(
        new SerializerRegistryBuilder().AddWellKnownTypes().Build().FindInbound($"google.protobuf.{name}", 0));

    [Fact]
    public void AddMessages_Twice_IsFine()
    {
        var registry = new SerializerRegistryBuilder()
            .AddMessages(MessagesReflection.Descriptor).AddMessages(MessagesReflection.Descriptor).Build();
        Assert.NotNull(registry.FindInbound("remote.tests.Hello", 0));
    }

    [Fact]
    public void AddJson_NameOrTypeTaken_Throws()
    {
        var builder = new SerializerRegistryBuilder().AddJson(TestJson.Default.Order, "order");
        Assert.Throws<ArgumentException>(() => builder.AddJson(TestJson.Default.Int32, "order"));
        Assert.Throws<ArgumentException>(() => builder.AddJson(TestJson.Default.Order, "again"));
        Assert.Throws<ArgumentException>(() => builder.AddJson(TestJson.Default.String, ""));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void AddSerializer_IdNotFree_Throws(int id)
    {
        var builder = new SerializerRegistryBuilder().AddSerializer(new Reversing(7, 0));
        Assert.Throws<ArgumentException>(() => builder.AddSerializer(new Reversing(id, 0)));
    }

    [Fact]
    public void AddSerializer_HigherPriority_TakesTheMessageAndItsIdIsOnTheWire()
    {
        var registry = new SerializerRegistryBuilder()
            .AddWellKnownTypes()
            .AddSerializer(new Reversing(8, -1))
            .AddSerializer(new Reversing(9, 1))
            .Build();
        using var encoder = new BatchEncoder(registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        for (var length = 0; length < 300; length += 37)
        {
            encoder.TryAdd(new RemoteDelivery(new PID("", "t"), new StringValue { Value = new string('a', length) + "bc" }));
        }

        var batch = encoder.Finish();
        var parsed = Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
        Assert.Equal(["reversed"], parsed.TypeNames);
        Assert.All(parsed.Envelopes, envelope => Assert.Equal(9, envelope.SerializerId));
        Assert.Equal("cb", parsed.Envelopes[0].MessageData.ToStringUtf8());

        // In one block and in many: the payload is handed over as memory, in place or copied together.
        foreach (var size in new[] { 1, 64, 100_000 })
        {
            var sink = new RecordingSink();
            new BatchDecoder(registry, Codec.FromPeer)
                .Decode(Segments.Every(batch.Memory, size), sink);
            Assert.Empty(sink.Refused);
            Assert.Equal(
                Enumerable.Range(0, 9).Select(index => new string('a', index * 37) + "bc"),
                sink.Messages.Select(message => ((StringValue)message.Message).Value));
        }
    }

    [Fact]
    public void Decode_SerializerThatThrowsAtAName_CostsTheEnvelope()
    {
        var registry = new SerializerRegistryBuilder().AddSerializer(new Reversing(9, 0)).Build();
        var batch = new Wire.MessageBatch
        {
            TypeNames = { "throw" },
            Targets = { ByteString.CopyFromUtf8("t") },
            Envelopes = { new Wire.MessageEnvelope { SerializerId = 9 } },
        };
        var sink = new RecordingSink();
        var bytes = new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray();
        new BatchDecoder(registry, Codec.FromPeer).Decode(Segments.Whole(bytes), sink);
        Assert.IsType<FormatException>(Assert.Single(sink.Refused).Error);
    }

    [Fact]
    public void AddSerializer_LowerPriority_LeavesProtobufItsMessages()
    {
        var registry = new SerializerRegistryBuilder().AddWellKnownTypes().AddSerializer(new Reversing(9, -1)).Build();
        Assert.Equal(0, registry.FindOutbound(new StringValue())!.SerializerId);
    }

    /// <summary>Writes texts backwards, a few bytes at a time.</summary>
    private sealed class Reversing(int id, int priority) : IMessageSerializer
    {
        public int Id => id;

        public int Priority => priority;

        public string? GetTypeName(object message) => message is StringValue ? "reversed" : null;

        public void Serialize(object message, IBufferWriter<byte> destination)
        {
            var bytes = Encoding.UTF8.GetBytes(((StringValue)message).Value);
            Array.Reverse(bytes);
            foreach (var part in bytes.Chunk(5))
            {
                destination.Write(part);
            }
        }

        public bool CanDeserialize(string typeName) =>
            typeName == "throw" ? throw new FormatException(typeName) : typeName == "reversed";

        public object Deserialize(string typeName, ReadOnlyMemory<byte> payload)
        {
            var bytes = payload.ToArray();
            Array.Reverse(bytes);
            return new StringValue { Value = Encoding.UTF8.GetString(bytes) };
        }
    }
}
