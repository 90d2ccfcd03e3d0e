using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Serialization;

[Trait("Behaviour", "Z-01")]
public class SerializerRegistryTests
{
    private static readonly PID Target = new(ModelEncoder.Peer, "t");

    [Theory]
    [InlineData("remote.tests.Hello")]
    [InlineData("remote.tests.Hello.Nested")]
    [InlineData("remote.tests.Hello.Nested.Deeper")]
    public void FindInbound_MessagesOfAFile_AreKnownByFullNameNestedOnesToo(string name)
    {
        // Each alone: what was found before must not help.
        var registry = TestRegistry.Of(MessagesReflection.Descriptor);
        Assert.Equal(name, ParsedName(registry.FindInbound(name, 0, default)));
        Assert.Equal(name, ParsedName(registry.FindInbound(name, 0, default)));
    }

    [Theory]
    [InlineData("remote.tests.Directory.ByNameEntry")] // the entry of a map, which has no class
    [InlineData("remote.tests.Hello.NoSuch")]
    [InlineData("remote.tests.Hello.Nested.Deeper.More.And.More.And.More")]
    [InlineData("remote.tests.hello")]
    [InlineData("google.protobuf.FileDescriptorSet")]
    [InlineData("Hello")]
    [InlineData(".")]
    [InlineData("")]
    public void FindInbound_NameOfNoRegisteredMessage_IsRefusedAndTheWayIsNamed(string name)
    {
        var found = TestRegistry.Of(MessagesReflection.Descriptor).FindInbound(name, 0, default);
        Assert.Contains("WithProtoMessages", found.Refusal, StringComparison.Ordinal);
    }

    /// <summary>A batch of a peer may have 65,536 names that nobody knows: an exception for each would keep a core busy for seconds.</summary>
    [Fact]
    public void FindInbound_ProtobufNamesThatNobodyKnows_ThrowNothing()
    {
        var registry = TestRegistry.Of(MessagesReflection.Descriptor);
        var (thread, thrown) = (Environment.CurrentManagedThreadId, 0);
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            for (var number = 0; number < 100; number++)
            {
                Assert.NotNull(registry.FindInbound($"made{number}.up.by.a.peer.Type{number}", 0, default).Refusal);
                Assert.NotNull(registry.FindInbound($"{Hello.Descriptor.FullName}.Type{number}", 0, default).Refusal);
            }
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        Assert.Equal(0, thrown);

        void Count(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs args) =>
            thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
    }

    [Fact]
    public void FindInbound_FileRegisteredLater_IsKnownFromThenOn()
    {
        var serialization = TestRegistry.Serialization();
        var registry = TestRegistry.Of(serialization);
        var decoder = new BatchDecoder(registry, Codec.FromPeer);
        IMessage[] messages = [new Hello { Text = "a" }, new Hello.Types.Nested()];
        var bytes = Codec.Encode(messages.Select(message => new RemoteDelivery(Target, message)));
        Assert.Equal(2, Codec.Decode(bytes, decoder).Refused.Count);
        serialization.RegisterFileDescriptor(MessagesReflection.Descriptor);
        Assert.Equal(
            messages,
            Codec.Decode(bytes, decoder).Messages.Select(message => message.Message));
        Assert.NotNull(registry.FindOutbound(new Hello()));
    }

    [Fact]
    public void FindInbound_NewSerialization_KnowsTheCoreAndTheProtocol()
    {
        var registry = TestRegistry.Of(new Proto.Remote.Serialization());
        Assert.Same(ActorPidRequest.Parser, registry.FindInbound("remote.ActorPidRequest", 0, default).Parser);
        Assert.NotNull(registry.FindInbound("remote.ActorPidResponse", 0, default).Pids);
        Assert.NotNull(registry.FindInbound("actor.Watch", 0, default).Core);
        Assert.NotNull(registry.FindInbound("actor.Watch", 1, default).Refusal);
        Assert.Same(PID.Parser, registry.FindInbound("actor.PID", 0, default).Parser);
        Assert.NotNull(registry.FindInbound("google.protobuf.StringValue", 0, default).Refusal);
    }

    [Fact]
    public void FindInbound_CoreNames_StayTheCoresWhateverIsRegistered()
    {
        var registry = TestRegistry.Of(Wire.ActorReflection.Descriptor);
        Assert.NotNull(registry.FindInbound("actor.Stop", 0, default).Core);
        Assert.Null(registry.FindOutbound(new Wire.Stop()));
    }

    [Fact]
    public void FindOutbound_MessagesOfTheCore_AreSystemMessagesWhereProtoActorHasThemSo()
    {
        var registry = TestRegistry.Of();
        object[] system = [new Watch(), new Unwatch(), new Terminated(), Stop.Instance];
        object[] user = [PoisonPill.Instance, new Touch(), new Touched(), new DeadLetterResponse()];
        Assert.All(system, message => Assert.True(registry.FindOutbound(message)!.IsSystem));
        Assert.All(user, message => Assert.False(registry.FindOutbound(message)!.IsSystem));
        Assert.All(system.Concat(user), message => Assert.Equal(OutboundForm.Core, registry.FindOutbound(message)!.Form));
    }

    /// <summary>Other generators, hand-written classes and protoc before 3.15 give messages that cannot write into a buffer. Proto.Remote sends them.</summary>
    [Fact]
    [Trait("Behaviour", "I-01")]
    public void Protobuf_WithoutWriteMethodsForBuffers_IsWrittenAndRead()
    {
        var registry = TestRegistry.Of(PlainMessage.File);
        using var encoder = new BatchEncoder(registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        PlainMessage[] messages = [new() { Number = 1 }, new() { Number = 300 }, new() { Number = -1 }];
        Assert.All(messages, message => Assert.Equal(EncodeStatus.Added, encoder.TryAdd(new RemoteDelivery(Target, message)).Status));
        var batch = encoder.Finish();

        // What a Proto.Remote node expects: the name of the message, its bytes, and protobuf as its serializer.
        var parsed = Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
        Assert.Equal(["remote.tests.PlainMessage"], parsed.TypeNames);
        Assert.Equal(messages, parsed.Envelopes.Select(envelope => PlainMessage.Parser.ParseFrom(envelope.MessageData)));
        Assert.All(parsed.Envelopes, envelope => Assert.Equal(0, envelope.SerializerId));
        var sink = Codec.Decode(batch.Memory, new BatchDecoder(registry, Codec.FromPeer));
        Assert.Empty(sink.Refused);
        Assert.Equal(messages, sink.Messages.Select(message => (PlainMessage)message.Message));
    }

    [Fact]
    public void RegisterSerializer_HigherPriority_TakesTheMessageAndItsIdIsOnTheWire()
    {
        var registry = With((8, -1, new Reversing()), (9, 1, new Reversing()));
        using var encoder = new BatchEncoder(registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        for (var length = 0; length < 300; length += 37)
        {
            encoder.TryAdd(new RemoteDelivery(Target, new StringValue { Value = new string('a', length) + "bc" }));
        }

        var batch = encoder.Finish();
        var parsed = Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
        Assert.Equal(["reversed"], parsed.TypeNames);
        Assert.All(parsed.Envelopes, envelope => Assert.Equal(9, envelope.SerializerId));
        Assert.Equal("cb", parsed.Envelopes[0].MessageData.ToStringUtf8());
        var sink = Codec.Decode(batch.Memory, new BatchDecoder(registry, Codec.FromPeer));
        Assert.Empty(sink.Refused);
        Assert.Equal(
            Enumerable.Range(0, 9).Select(index => new string('a', index * 37) + "bc"),
            sink.Messages.Select(message => ((StringValue)message.Message).Value));
    }

    [Fact]
    public void RegisterSerializer_LowerPriority_LeavesProtobufItsMessages() =>
        Assert.Equal(OutboundForm.Protobuf, With((9, -1, new Reversing())).FindOutbound(new StringValue())!.Form);

    [Fact]
    public void RegisterSerializer_BetweenProtobufAndJson_TakesWhatProtobufDoesNot()
    {
        var registry = With((77, -1, new OddSerializer()));
        Assert.Equal(77, registry.FindOutbound(new Blob([1]))!.SerializerId);
        Assert.Equal(OutboundForm.Json, registry.FindOutbound(new Order("pen", 1))!.Form);
    }

    /// <summary>Asked once per type for the serializer, but for the name with each message.</summary>
    [Fact]
    public void Encode_SerializerThatNamesMessagesByTheirContent_HasTheNameOfEach()
    {
        var registry = With((OddSerializer.Id, 10, new OddSerializer()));
        Blob[] blobs = [new(new byte[10]), new(new byte[2000]), new([]), new(new byte[2000])];
        using var encoder = new BatchEncoder(registry, new EncodeLimits());
        foreach (var wrapped in new[] { false, true })
        {
            encoder.Begin(Codec.ToPeer);
            foreach (var blob in blobs)
            {
                encoder.TryAdd(new RemoteDelivery(Target, wrapped ? new SharedMessage(blob) : blob));
            }

            var batch = encoder.Finish();
            var parsed = Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
            Assert.Equal(["small blob", "large blob"], parsed.TypeNames);
            var sink = Codec.Decode(batch.Memory, new BatchDecoder(registry, Codec.FromPeer));
            Assert.Equal(blobs, sink.Messages.Select(message => message.Message));
            batch.Release();
        }
    }

    /// <summary>The first message of a type tells its serializer and name, and is serialized for that. It is not serialized again.</summary>
    [Fact]
    public void RoundTrip_SerializerOfTheApplication_IsCalledOncePerMessage()
    {
        var counting = new OddSerializer();
        var registry = With((OddSerializer.Id, 10, counting));
        Blob[] blobs = [new([1]), new([2]), new([3])];
        using var encoder = new BatchEncoder(registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        Assert.All(blobs, blob => encoder.TryAdd(new RemoteDelivery(Target, blob)));
        Assert.Equal(3, counting.Serialized);
        var sink = Codec.Decode(encoder.Finish().Memory, new BatchDecoder(registry, Codec.FromPeer));
        Assert.Equal(blobs, sink.Messages.Select(message => message.Message));
        Assert.Equal(3, counting.Deserialized);
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    [InlineData(-1, false)]
    public void Decode_SerializerThatThrowsOrIsNotThere_CostsTheEnvelope(int id, bool isThere)
    {
        var refused = Assert.Single(Decode(With((9, 0, new Reversing())), "throw", id, "").Refused);
        Assert.Equal(isThere ? EnvelopeFault.Malformed : EnvelopeFault.UnknownType, refused.Fault);
        Assert.Equal(isThere, refused.Error is FormatException);
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public void Encode_SerializerThatThrows_IsNotSerializableAndAskedAgain()
    {
        using var encoder = new BatchEncoder(With((9, 1, new Reversing())), new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        var refused = encoder.TryAdd(new RemoteDelivery(Target, new StringValue { Value = "throw" }));
        Assert.Equal((EncodeStatus.NotSerializable, true), (refused.Status, refused.Error is FormatException));
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(new RemoteDelivery(Target, new StringValue { Value = "a" })).Status);
        refused = encoder.TryAdd(new RemoteDelivery(Target, new StringValue { Value = "throw" }));
        Assert.Equal((EncodeStatus.NotSerializable, true), (refused.Status, refused.Error is FormatException));
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(new RemoteDelivery(Target, new StringValue { Value = "b" })).Status);
        Assert.Equal(2, encoder.Count);
    }

    [Fact]
    public void RoundTrip_RootMessage_IsAnotherOnTheWire()
    {
        object[] messages =
            [new OpenText("first"), new SharedMessage(new OpenText("second")), new SealedText { Text = "third" }, new OpenNumber(4)];
        var bytes = Codec.Encode(messages.Select(message => new RemoteDelivery(Target, message)));
        var batch = Wire.RemoteMessage.Parser.ParseFrom(bytes).MessageBatch;
        Assert.Equal(["remote.tests.SealedText", $"{typeof(SealedNumber).FullName}, Remote.Tests"], batch.TypeNames);
        Assert.Equal(
            [new OpenText("first"), new OpenText("second"), new OpenText("third"), new OpenNumber(4)],
            Codec.Decode(bytes).Messages.Select(message => message.Message));
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public void RoundTrip_RootMessageThatFails_CostsItself()
    {
        using var encoder = Codec.Encoder();
        encoder.Begin(Codec.ToPeer);
        var refused = encoder.TryAdd(new RemoteDelivery(Target, new OpenText("unwritable")));
        Assert.Equal((EncodeStatus.NotSerializable, "unwritable"), (refused.Status, refused.Error?.Message));
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(new RemoteDelivery(Target, new OpenText("unreadable"))).Status);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(new RemoteDelivery(Target, new OpenText("fine"))).Status);
        var sink = Codec.Decode(encoder.Finish().Memory);
        Assert.Equal((EnvelopeFault.Malformed, "unreadable"), (Assert.Single(sink.Refused).Fault, sink.Refused[0].Error?.Message));
        Assert.Equal(new OpenText("fine"), Assert.Single(sink.Messages).Message);
    }

    /// <summary>As in Proto.Remote: the first message of a type is the one that is sent and received.</summary>
    [Fact]
    public void RoundTrip_CachedMessages_AreSerializedOnceInEachDirection()
    {
        var sending = TestRegistry.Of(MessagesReflection.Descriptor);
        using var encoder = new BatchEncoder(sending, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        object[] messages = [new CachedText { Text = "1" }, new CachedText { Text = "2" }, new CachedNumber(1), new CachedNumber(2)];
        Assert.All(messages, message => Assert.Equal(EncodeStatus.Added, encoder.TryAdd(new RemoteDelivery(Target, message)).Status));
        var batch = encoder.Finish();
        var parsed = Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
        Assert.Equal(parsed.Envelopes[0].MessageData, parsed.Envelopes[1].MessageData);
        Assert.Equal(parsed.Envelopes[2].MessageData, parsed.Envelopes[3].MessageData);

        var receiving = new BatchDecoder(TestRegistry.Of(MessagesReflection.Descriptor), Codec.FromPeer);
        var received = Codec.Decode(batch.Memory, receiving).Messages.Select(message => message.Message).ToArray();
        Assert.Equal([new CachedText { Text = "1" }, new CachedText { Text = "1" }, new CachedNumber(1), new CachedNumber(1)], received);
        Assert.Same(received[0], received[1]);
        Assert.Same(received[2], received[3]);
    }

    private static string? ParsedName(InboundType type) => ((IMessage?)type.Parser?.ParseFrom(ByteString.Empty))?.Descriptor.FullName;

    private static SerializerRegistry With(params (int Id, int Priority, ISerializer Serializer)[] serializers)
    {
        var serialization = TestRegistry.Serialization();
        foreach (var (id, priority, serializer) in serializers)
        {
            serialization.RegisterSerializer(id, priority, serializer);
        }

        return TestRegistry.Of(serialization);
    }

    private static RecordingSink Decode(SerializerRegistry registry, string name, int serializerId, string payload)
    {
        var batch = new Wire.MessageBatch
        {
            TypeNames = { name },
            Targets = { ByteString.CopyFromUtf8("t") },
            Envelopes = { new Wire.MessageEnvelope { SerializerId = serializerId, MessageData = ByteString.CopyFromUtf8(payload) } },
        };
        var bytes = new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray();
        return Codec.Decode(bytes, new BatchDecoder(registry, Codec.FromPeer));
    }

    /// <summary>Writes texts backwards.</summary>
    private sealed class Reversing : ISerializer
    {
        public ByteString Serialize(object obj) => Reversed(Encoding.UTF8.GetBytes(NotThrow(((StringValue)obj).Value)));

        public object Deserialize(ByteString bytes, string typeName) =>
            new StringValue { Value = NotThrow(typeName).Length == 0 ? "" : Reversed(bytes.ToByteArray()).ToStringUtf8() };

        public string GetTypeName(object message) => "reversed";

        public bool CanSerialize(object obj) => obj is StringValue;

        private static string NotThrow(string text) => text == "throw" ? throw new FormatException(text) : text;

        private static ByteString Reversed(byte[] bytes)
        {
            Array.Reverse(bytes);
            return ByteString.CopyFrom(bytes);
        }
    }
}
