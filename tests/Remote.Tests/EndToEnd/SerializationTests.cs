using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Tests.Messages;
using Remote.Tests.Serialization;

namespace Remote.Tests;

/// <summary>Every kind of message through whole nodes and back.</summary>
[Trait("Behaviour", "Z-01")]
public sealed class SerializationTests
{
    private static readonly Proto.MessageHeader Headers = new(new Dictionary<string, string> { ["traceparent"] = "00-1", ["utf8"] = "äö€", ["empty"] = "" });

    public static TheoryData<string> Kinds() => [.. Samples.Keys];

    private static Dictionary<string, object> Samples { get; } = new()
    {
        ["protobuf"] = new Hello { Text = "äö€", Number = -1 },
        ["protobuf, nested"] = new Hello.Types.Nested { Text = "inner" },
        ["protobuf, nested twice"] = new Hello.Types.Nested.Types.Deeper { Text = "innermost" },
        ["protobuf, empty"] = new Messages.Nothing(),
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
        await using var here = await StartAsync();
        await using var there = await StartAsync();
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
        await using var here = await StartAsync();
        await using var there = await StartAsync();
        SpawnMirror(there);
        var asker = here.Spawn("asker");

        here.Root.Send(there.Pid("mirror"), new Proto.MessageEnvelope(Samples[kind], asker, Headers));

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
        await using var here = await StartAsync();
        await using var between = await StartAsync();
        await using var there = await StartAsync();
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
        Assert.Equal(count, there.Events.Of<Receipt>().Select(receipt => (receipt.Sender!.Id, receipt.Sender.RequestId)).Distinct().Count());
    }

    [Fact]
    public async Task PidsInsideAMessage_CanBeUsedWhereTheyArrive()
    {
        await using var here = await StartAsync();
        await using var there = await StartAsync();
        await using var third = await StartAsync();
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
        Assert.Equal([here.Pid("own"), third.Pid("foreign"), there.Pid("yours"), here.Pid("own")], pids);
        foreach (var pid in pids)
        {
            Assert.Equal("re:hello", await there.AskAsync(pid, "hello"));
        }
    }

    [Fact]
    public async Task UnknownType_IsADeadLetterThereAndItsSenderIsTold()
    {
        await using var here = await StartAsync();
        await using var there = await TestNode.StartAsync(options => options.JsonTypes = JsonTypePolicy.Registered);
        there.SpawnEcho();

        var refusal = await here.RefusalAsync(there.Pid("echo"), new Order("tea", 1));

        Assert.Equal((there.Pid("echo"), "UnknownType"), (refusal.Target, refusal.GetReason().Name));
        var letter = await there.Events.NextAsync<RemoteDeadLetterEvent>();
        var unread = Assert.IsType<UndecodedMessage>(letter.Message);
        Assert.Equal(("UnknownType", here.Address, 1), (letter.Reason.Name, unread.PeerAddress, unread.SerializerId));
        Assert.Equal("Remote.Tests.Serialization.Order, Remote.Tests", unread.TypeName);
        Assert.Equal("re:next", await here.AskAsync(there.Pid("echo"), "next"));
    }

    /// <summary>Types of .NET itself are not taken from others unless a node says so.</summary>
    private static Task<TestNode> StartAsync() => TestNode.StartAsync(
        options =>
        {
            options.RegisteredJsonTypes.Add(typeof(string));
            options.RegisteredJsonTypes.Add(typeof(int));
        },
        setup => setup.AddMessages(MessagesReflection.Descriptor).AddSerializer(7, priority: 10, new VersionSerializer()));

    /// <summary>Answers with what it got, and its headers.</summary>
    private static void SpawnMirror(TestNode node) => node.Spawn("mirror", context =>
    {
        if (context.Sender is not null)
        {
            context.Respond(context.Message!, context.Headers);
        }
    });

    private sealed class VersionSerializer : ISerializer
    {
        public bool CanSerialize(object obj) => obj is Version;

        public string GetTypeName(object message) => "version";

        public ByteString Serialize(object obj) => ByteString.CopyFromUtf8(obj.ToString());

        public object Deserialize(ByteString bytes, string typeName) => Version.Parse(bytes.ToStringUtf8());
    }
}
