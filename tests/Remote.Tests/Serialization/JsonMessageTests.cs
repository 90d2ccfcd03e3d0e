using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Proto;
using Proto.Remote;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests.Serialization;

[Trait("Behaviour", "Z-01")]
public class JsonMessageTests
{
    private static readonly SerializerRegistry Registry = TestRegistry.Of(
        TestRegistry.Serialization(MessagesReflection.Descriptor),
        options => options.RegisteredJsonTypes.Add(typeof(string)));

    [Fact]
    public void RoundTrip_AnyTypes_TravelUnderTheirNamesWithoutVersions()
    {
        object[] messages = [new Order("pen", 3), new Wrapped<Order>(new Order("ink", 1)), "a bare string ä€"];
        var batch = Encode(messages);
        Assert.Equal(
            [
                "Remote.Tests.Serialization.Order, Remote.Tests",
                "Remote.Tests.Serialization.Wrapped`1[[Remote.Tests.Serialization.Order, Remote.Tests]], Remote.Tests",
                "System.String, System.Private.CoreLib",
            ],
            batch.TypeNames);
        Assert.All(batch.Envelopes, envelope => Assert.Equal(Proto.Remote.Serialization.SERIALIZER_ID_JSON, envelope.SerializerId));
        Assert.Equal("""{"Item":"pen","Count":3}""", batch.Envelopes[0].MessageData.ToStringUtf8());
        Assert.Equal("\"a bare string \\u00E4\\u20AC\"", batch.Envelopes[2].MessageData.ToStringUtf8());
        Assert.Equal(messages, Decode(batch).Messages.Select(message => message.Message));
    }

    /// <summary>What we write is what Proto.Remote writes and reads.</summary>
    [Fact]
    public void Encode_AnyType_IsReadByProtoRemote()
    {
        var written = Encode([new Wrapped<Order>(new Order("ink", 1))]);
        var theirs = new Proto.Remote.Serialization();
        var (bytes, _, id) = theirs.Serialize(new Wrapped<Order>(new Order("ink", 1)));
        Assert.Equal((bytes, id), (written.Envelopes[0].MessageData, written.Envelopes[0].SerializerId));
        Assert.Equal(new Wrapped<Order>(new Order("ink", 1)), theirs.Deserialize(written.TypeNames[0], bytes, id));
    }

    /// <summary>With the options of the application: names, converters and generated metadata.</summary>
    [Fact]
    public void RoundTrip_OptionsOfTheApplication_AreUsedBothWays()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, TypeInfoResolver = TestJson.Default };
        var config = RemoteConfig.BindToLocalhost().WithJsonSerializerOptions(options);
        var registry = TestRegistry.Of(config.Serialization);
        var batch = Encode([new Order("pen", 3)], registry);
        Assert.Equal("""{"item":"pen","count":3}""", batch.Envelopes[0].MessageData.ToStringUtf8());
        Assert.Equal(new Order("pen", 3), Assert.Single(Decode(batch, registry).Messages).Message);
    }

    /// <summary>Derived types are sent under their own names, and read from a base that declares them, wherever "$type" stands.</summary>
    [Theory]
    [InlineData("""{"$type":"circle","Name":"c","Radius":2}""")]
    [InlineData("""{"Name":"c","Radius":2,"$type":"circle"}""")]
    public void RoundTrip_TypeDerivedFromABaseThatDeclaresIt_WorksBothWays(string json)
    {
        foreach (var policy in new[] { JsonTypePolicy.Application, JsonTypePolicy.Registered })
        {
            var registry = TestRegistry.Of(TestRegistry.Serialization(), options =>
            {
                options.JsonTypes = policy;
                options.RegisteredJsonTypes.Add(typeof(Shape));
            });
            var batch = Encode([new Circle("c", 2)], registry);
            Assert.Equal("Remote.Tests.Serialization.Circle, Remote.Tests", Assert.Single(batch.TypeNames));
            Assert.Equal(new Circle("c", 2), Assert.Single(Decode(batch, registry).Messages).Message);
            var received = Decode(Single("Remote.Tests.Serialization.Shape, Remote.Tests", json), registry);
            Assert.Equal(new Circle("c", 2), Assert.Single(received.Messages).Message);
        }
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
    public void Decode_ProtobufNameAsGoWritesIt_IsReadInProtobufsJson()
    {
        var sink = Decode(Single("remote.tests.Hello", """{"text":"hi","number":7,"data":"AQI="}"""));
        Assert.Equal(
            new Hello { Text = "hi", Number = 7, Data = ByteString.CopyFrom(1, 2) }, Assert.Single(sink.Messages).Message);
    }

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
                SerializerId = Proto.Remote.Serialization.SERIALIZER_ID_JSON,
                MessageData = ByteString.CopyFrom(json, Encoding.UTF8),
            },
        },
    };

    private static Wire.MessageBatch Encode(object[] messages, SerializerRegistry? registry = null)
    {
        using var encoder = new BatchEncoder(registry ?? Registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        foreach (var message in messages)
        {
            Assert.Equal(EncodeStatus.Added, encoder.TryAdd(Delivery(message)).Status);
        }

        var batch = encoder.Finish();
        return Wire.RemoteMessage.Parser.ParseFrom(batch.Memory.Span).MessageBatch;
    }

    private static RecordingSink Decode(Wire.MessageBatch batch, SerializerRegistry? registry = null)
    {
        var bytes = new Wire.RemoteMessage { MessageBatch = batch }.ToByteArray();
        return Codec.Decode(bytes, new BatchDecoder(registry ?? Registry, Codec.FromPeer));
    }
}
