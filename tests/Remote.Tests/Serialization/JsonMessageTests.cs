using System.Text;
using Google.Protobuf;
using Remote.Actors;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Serialization;

[Trait("Behaviour", "Z-01")]
public class JsonMessageTests
{
    private static readonly SerializerRegistry Registry = new SerializerRegistryBuilder()
        .AddMessages(MessagesReflection.Descriptor)
        .AddJson(TestJson.Default.Order)
        .AddJson(TestJson.Default.WrappedOrder, "wrapped")
        .AddJson(TestJson.Default.Broken)
        .AddJson(TestJson.Default.String)
        .AddJson(TestJson.Default.Int32)
        .Build();

    [Fact]
    public void RoundTrip_RegisteredTypes_TravelUnderTheirNames()
    {
        object[] messages = [new Order("pen", 3), new Wrapped<Order>(new Order("ink", 1)), "a bare string ä€", 5];
        var batch = Encode(messages);
        Assert.Equal(
            [
                "Remote.Tests.Serialization.Order, Remote.Tests", "wrapped", "System.String, System.Private.CoreLib",
                "System.Int32, System.Private.CoreLib",
            ],
            batch.TypeNames);
        Assert.All(batch.Envelopes, envelope => Assert.Equal(JsonMessageSerializer.SerializerId, envelope.SerializerId));
        Assert.Equal("""{"Item":"pen","Count":3}""", batch.Envelopes[0].MessageData.ToStringUtf8());
        Assert.Equal("\"a bare string \\u00E4\\u20AC\"", batch.Envelopes[2].MessageData.ToStringUtf8());
        Assert.Equal(messages, Decode(batch).Messages.Select(message => message.Message));
    }

    [Theory]
    [InlineData("Remote.Tests.Serialization.Order, Remote.Tests")]
    [InlineData("Remote.Tests.Serialization.Order, Remote.Tests, Version=9.9.9.9, Culture=neutral, PublicKeyToken=null")]
    [InlineData("Remote.Tests.Serialization.Order, Remote.Tests, Culture=neutral")]
    public void Decode_AssemblyQualifiedName_IsFoundWhateverItsVersion(string name)
    {
        var sink = Decode(Single(name, """{"Item":"pen","Count":3}"""));
        Assert.Equal(new Order("pen", 3), Assert.Single(sink.Messages).Message);
    }

    [Fact]
    public void Decode_GenericTypeByItsFullName_IsFoundThoughItWasRegisteredUnderAnother()
    {
        var sink = Decode(Single(typeof(Wrapped<Order>).AssemblyQualifiedName!, """{"Value":{"Item":"pen","Count":3}}"""));
        Assert.Equal(new Wrapped<Order>(new Order("pen", 3)), Assert.Single(sink.Messages).Message);
    }

    [Fact]
    public void Decode_ProtobufNameAsGoWritesIt_IsReadInProtobufsJson()
    {
        var sink = Decode(Single("remote.tests.Hello", """{"text":"hi","number":7,"data":"AQI="}"""));
        Assert.Equal(
            new Hello { Text = "hi", Number = 7, Data = ByteString.CopyFrom(1, 2) }, Assert.Single(sink.Messages).Message);
    }

    [Theory]
    [InlineData("System.Diagnostics.Process, System.Diagnostics.Process")]
    [InlineData("System.Uri, System.Private.Uri")]
    [InlineData("Remote.Tests.Serialization.Order")]
    [InlineData("Remote.Tests.Serialization.Order, Other")]
    [InlineData("remote.tests.NoSuch")]
    [InlineData("")]
    public void Decode_NameThatWasNotRegistered_IsUnknownThoughTheTypeExists(string name) =>
        Assert.Equal(EnvelopeFault.UnknownType, Assert.Single(Decode(Single(name, "{}")).Refused).Fault);

    [Theory]
    [InlineData("Remote.Tests.Serialization.Order, Remote.Tests", "{")]
    [InlineData("Remote.Tests.Serialization.Order, Remote.Tests", "null")]
    [InlineData("Remote.Tests.Serialization.Order, Remote.Tests", "")]
    [InlineData("Remote.Tests.Serialization.Order, Remote.Tests", "[]")]
    [InlineData("remote.tests.Hello", "{")]
    [InlineData("remote.tests.Hello", """{"no_such_field":1}""")]
    public void Decode_PayloadThatIsNotTheType_IsMalformed(string name, string json) =>
        Assert.Equal(EnvelopeFault.Malformed, Assert.Single(Decode(Single(name, json)).Refused).Fault);

    [Fact]
    public void Decode_DeepNesting_IsMalformed() => Assert.Single(Decode(Single(
        "Remote.Tests.Serialization.Order, Remote.Tests", new string('[', 100_000))).Refused);

    [Fact]
    [Trait("Behaviour", "E-06")]
    public void Encode_PropertyThatThrows_CostsThatMessageOnly()
    {
        using var encoder = new BatchEncoder(Registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Delivery("first")).Status);
        var result = encoder.TryAdd(Delivery(new Broken()));
        Assert.Equal(EncodeStatus.NotSerializable, result.Status);
        Assert.Contains("broken on purpose", result.Error!.ToString(), StringComparison.Ordinal);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Delivery("second")).Status);
        var batch = encoder.Finish();
        var parsed = Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
        Assert.Equal(["\"first\"", "\"second\""], parsed.Envelopes.Select(envelope => envelope.MessageData.ToStringUtf8()));
        Assert.Single(parsed.TypeNames);
    }

    [Fact]
    [Trait("Behaviour", "E-06")]
    public void Encode_LargerThanTheLimit_IsTooLargeBeforeAllOfItIsWritten()
    {
        using var encoder = new BatchEncoder(Registry, new EncodeLimits(100, 10_000, 20_000));
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Delivery("first")).Status);
        Assert.Equal(EncodeStatus.TooLarge, encoder.TryAdd(Delivery(new string('x', 1_000_000))).Status);
        Assert.Equal(EncodeStatus.TooLarge, encoder.TryAdd(Delivery(new string('x', 20_000))).Status);
        Assert.Equal(EncodeStatus.BatchFull, encoder.TryAdd(Delivery(new string('x', 15_000))).Status);
        encoder.Finish().Release();
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Delivery(new string('x', 15_000))).Status);
        var batch = encoder.Finish();
        var parsed = Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
        Assert.Equal(15_002, Assert.Single(parsed.Envelopes).MessageData.Length);
    }

    [Theory]
    [InlineData("A.B, C", "A.B, C")]
    [InlineData("A.B, C, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null", "A.B, C")]
    [InlineData("A`1[[B, C, Version=1.0.0.0]], D, Version=2.0", "A`1[[B, C]], D")]
    [InlineData("A, Version=", "A")]
    [InlineData(", Version=1, Version=2", "")]
    public void WithoutVersions_AnyName_KeepsTypeAndAssembly(string name, string expected) =>
        Assert.Equal(expected, AssemblyQualifiedName.WithoutVersions(name));

    private static RemoteDelivery Delivery(object message) => new(new PID(ModelEncoder.Peer, "json"), message);

    private static Wire.MessageBatch Single(string name, string json) => new()
    {
        TypeNames = { name },
        Targets = { ByteString.CopyFromUtf8("json") },
        Envelopes =
        {
            new Wire.MessageEnvelope
            {
                SerializerId = JsonMessageSerializer.SerializerId,
                MessageData = ByteString.CopyFrom(json, Encoding.UTF8),
            },
        },
    };

    private static Wire.MessageBatch Encode(object[] messages)
    {
        using var encoder = new BatchEncoder(Registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        foreach (var message in messages)
        {
            Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Delivery(message)).Status);
        }

        var batch = encoder.Finish();
        return Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
    }

    private static RecordingSink Decode(Wire.MessageBatch batch)
    {
        var sink = new RecordingSink();
        var bytes = new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray();
        new BatchDecoder(Registry, Codec.FromPeer).Decode(Segments.Every(bytes, 50), sink);
        return sink;
    }
}
