using System.Buffers;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Remote.Actors;
using Remote.Tests.Messages;
using Remote.Tests.Serialization;

namespace Remote.Tests;

/// <summary>Every kind of message through whole nodes and back.</summary>
[Trait("Behaviour", "Z-01")]
public sealed class SerializationTests
{
    private static readonly MessageHeaders Headers = new([new("traceparent", "00-1"), new("utf8", "äö€"), new("empty", "")]);

    public static TheoryData<string> Kinds() => [.. Samples.Keys];

    private static Dictionary<string, object> Samples { get; } = new()
    {
        ["protobuf"] = new Hello { Text = "äö€", Number = -1 },
        ["protobuf, nested"] = new Hello.Types.Nested { Text = "inner" },
        ["protobuf, nested twice"] = new Hello.Types.Nested.Types.Deeper { Text = "innermost" },
        ["protobuf, empty"] = new Nothing(),
        ["protobuf, well known"] = new StringValue { Value = "text" },
        ["JSON"] = new Order("tea", 3),
        ["JSON, generic"] = new Wrapped<Order>(new Order("tea", 3)),
        ["JSON, string"] = "a bare string",
        ["JSON, number"] = 5,
        ["own serializer"] = new Version(1, 2, 3),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Message_SentAndAnswered_IsTheSameOnBothSides(string kind)
    {
        var message = Samples[kind];
        await using var here = await TestNode.StartAsync(setup: Setup);
        await using var there = await TestNode.StartAsync(setup: Setup);
        SpawnMirror(there);

        var answer = await here.Root.RequestAsync<object>(there.Pid("mirror"), message, TestTime.Ceiling);

        Assert.Equal(message, answer);
        Assert.Equal(message, there.Events.Of<Receipt>().Single().Message);
        Assert.Empty(there.Events.Of<Receipt>().Single().Headers);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Headers_OfMessageAndAnswer_Survive(string kind)
    {
        await using var here = await TestNode.StartAsync(setup: Setup);
        await using var there = await TestNode.StartAsync(setup: Setup);
        SpawnMirror(there);
        var asker = here.Spawn("asker");

        here.Root.WithHeaders(Headers).Request(there.Pid("mirror"), Samples[kind], asker);

        foreach (var receipt in new[] { await there.NextReceiptAsync("mirror"), await here.NextReceiptAsync("asker") })
        {
            Assert.Equal(Samples[kind], receipt.Message);
            Assert.Equal(Headers.OrderBy(pair => pair.Key), receipt.Headers.OrderBy(pair => pair.Key));
        }
    }

    [Fact]
    public async Task RequestIds_OfManyRequestsThroughAForwarder_ComeBackToTheirOwn()
    {
        var count = TestScale.Count(5000);
        await using var here = await TestNode.StartAsync(setup: Setup);
        await using var between = await TestNode.StartAsync(setup: Setup);
        await using var there = await TestNode.StartAsync(setup: Setup);
        SpawnMirror(there);
        between.Spawn("forwarder", context =>
        {
            if (context.Sender is not null)
            {
                context.Forward(there.Pid("mirror"));
            }
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, count).Select(i =>
            here.Root.RequestAsync<Int32Value>(between.Pid("forwarder"), new Int32Value { Value = i }, TestTime.Ceiling))).Within("the answers");

        Assert.Equal(Enumerable.Range(0, count), answers.Select(answer => answer.Value));
        Assert.Equal(count, there.Events.Of<Receipt>().Select(receipt => receipt.Sender!.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task PidsInsideAMessage_CanBeUsedWhereTheyArrive()
    {
        await using var here = await TestNode.StartAsync(setup: Setup);
        await using var there = await TestNode.StartAsync(setup: Setup);
        await using var third = await TestNode.StartAsync(setup: Setup);
        var own = here.SpawnEcho("own");
        third.SpawnEcho("foreign");
        there.SpawnEcho("yours");
        there.Spawn("sink");

        here.Root.Send(there.Pid("sink"), new Messages.Directory
        {
            Owner = own,
            Members = { third.Pid("foreign"), there.Pid("yours") },
            ByName = { ["own"] = own },
        });

        var directory = (Messages.Directory)(await there.NextReceiptAsync("sink")).Message;
        PID[] pids = [directory.Owner!, directory.Members[0]!, directory.Members[1]!, directory.ByName["own"]!];
        Assert.Equal([here.Pid("own"), third.Pid("foreign"), new PID("", "yours"), here.Pid("own")], pids);
        foreach (var pid in pids)
        {
            Assert.Equal("re:hello", await there.AskAsync(pid, "hello"));
        }
    }

    [Fact]
    public async Task UnknownType_IsADeadLetterThereAndItsSenderIsTold()
    {
        await using var here = await TestNode.StartAsync(setup: Setup);
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();

        var failure = await Assert.ThrowsAsync<DeadLetterException>(
            () => here.Root.RequestAsync<object>(there.Pid("echo"), new Order("tea", 1), TestTime.Ceiling).Within("the request"));

        Assert.Equal((there.Pid("echo"), "UnknownType"), (failure.Target, failure.Reason.Name));
        var letter = await there.Events.NextAsync<DeadLetterEvent>();
        var unread = Assert.IsType<UndecodedMessage>(letter.Message);
        Assert.Equal(("UnknownType", here.Address, 1), (letter.Reason.Name, unread.PeerAddress, unread.SerializerId));
        Assert.Equal("shop.order", unread.TypeName);
        Assert.Equal("re:next", await here.AskAsync(there.Pid("echo"), "next"));
    }

    private static void Setup(RemoteSetup setup)
    {
        setup.AddMessages(MessagesReflection.Descriptor)
            .AddJson(TestJson.Default.Order, "shop.order")
            .AddJson(TestJson.Default.WrappedOrder)
            .AddJson(TestJson.Default.String)
            .AddJson(TestJson.Default.Int32);
        setup.Serializers.AddSerializer(new VersionSerializer());
    }

    /// <summary>Answers with what it got, and its headers.</summary>
    private static void SpawnMirror(TestNode node) => node.Spawn("mirror", context =>
    {
        if (context.Sender is not null)
        {
            context.Respond(context.Message, context.Headers);
        }
    });

    private sealed class VersionSerializer : IMessageSerializer
    {
        public int Id => 7;

        public int Priority => 10;

        public string? GetTypeName(object message) => message is Version ? "version" : null;

        public void Serialize(object message, IBufferWriter<byte> destination) => Encoding.UTF8.GetBytes(message.ToString(), destination);

        public bool CanDeserialize(string typeName) => typeName == "version";

        public object Deserialize(string typeName, ReadOnlyMemory<byte> payload) => Version.Parse(Encoding.UTF8.GetString(payload.Span));
    }
}
