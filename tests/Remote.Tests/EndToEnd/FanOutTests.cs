using System.Buffers;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Remote.Actors;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>One message to many targets.</summary>
[Trait("Behaviour", "O-09")]
public sealed class FanOutTests : IAsyncDisposable
{
    private readonly InMemoryNetwork _network = new();
    private readonly CountingSerializer _serializer = new();
    private readonly List<TestNode> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Send_ManyTargetsOnManyNodes_SerializesOnce()
    {
        var here = await StartAsync("here");
        TestNode[] peers = [await StartAsync("one"), await StartAsync("two"), await StartAsync("three")];
        string[] names = ["a", "b", "c", "d"];
        var targets = peers.SelectMany(peer => names.Select(name => Spawn(peer, name))).Append(Spawn(here, "local")).ToArray();

        here.Root.Send(targets, new Parcel("to all"));
        here.Root.Send(targets, new StringValue { Value = "after" });

        foreach (var node in _nodes)
        {
            var receipts = await node.Events.WaitForCountAsync<Receipt>(node == here ? 2 : 8);
            foreach (var actor in receipts.GroupBy(receipt => receipt.Actor))
            {
                Assert.Equal([new Parcel("to all"), new StringValue { Value = "after" }], actor.Select(receipt => receipt.Message));
            }
        }

        Assert.Equal(1, _serializer.Count);
    }

    [Fact]
    public async Task Send_FromAnActorWithMiddlewareThatChangesOne_SendsWhatTheMiddlewareMade()
    {
        var here = await StartAsync("here");
        var peer = await StartAsync("one");
        PID[] targets = [Spawn(peer, "a"), Spawn(peer, "b"), Spawn(peer, "c")];
        var root = here.Root.WithSenderMiddleware(next => (context, target, envelope) =>
            next(context, target, target.Id == "b" ? new MessageEnvelope(new Parcel("for b"), envelope.Sender, envelope.Headers, envelope.Origin) : envelope));

        root.Send(targets, new Parcel("for all"));

        var receipts = await peer.Events.WaitForCountAsync<Receipt>(3);
        Assert.Equal(
            [("a", new Parcel("for all")), ("b", new Parcel("for b")), ("c", new Parcel("for all"))],
            receipts.OrderBy(receipt => receipt.Actor).Select(receipt => (receipt.Actor, (Parcel)receipt.Message)));
        Assert.Equal(2, _serializer.Count);
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("large")]
    public async Task Send_CannotBeSerialized_EachTargetIsOneDeadLetterWithTheMessageItself(string content)
    {
        var here = await StartAsync("here");
        var peer = await StartAsync("one");
        PID[] targets = [Spawn(peer, "a"), Spawn(peer, "b")];
        var parcel = new Parcel(content == "large" ? new string('x', 5 * 1024 * 1024) : content);

        here.Root.Send(targets, parcel);
        here.Root.Send(targets[0], new StringValue { Value = "after" });

        Assert.IsType<StringValue>((await peer.NextReceiptAsync("a")).Message);
        var letters = await here.Events.WaitForCountAsync<DeadLetterEvent>(2);
        Assert.Equal(targets, letters.Select(letter => letter.Target));
        Assert.All(letters, letter =>
        {
            Assert.Same(parcel, letter.Message);
            Assert.Equal(content == "large" ? RemoteDeadLetterReasons.TooLarge : RemoteDeadLetterReasons.NotSerializable, letter.Reason);
        });
    }

    [Fact]
    public async Task Send_Protobuf_ArrivesEverywhere()
    {
        var here = await StartAsync("here");
        var peer = await StartAsync("one");
        var targets = Enumerable.Range(0, 2000).Select(_ => new PID(peer.Address, "a")).ToArray();
        Spawn(peer, "a");

        // More than a batch.
        here.Root.Send(targets, new StringValue { Value = "many" });

        var receipts = await peer.Events.WaitForCountAsync<Receipt>(targets.Length);
        Assert.All(receipts, receipt => Assert.Equal(new StringValue { Value = "many" }, receipt.Message));
    }

    private static PID Spawn(TestNode node, string name)
    {
        node.Spawn(name);
        return node.Pid(name);
    }

    private async Task<TestNode> StartAsync(string host)
    {
        var node = await TestNode.StartAsync(
            options => (options.Host, options.Port) = (host, 8000), setup => setup.Serializers.AddSerializer(_serializer), _network);
        _nodes.Add(node);
        return node;
    }

    private sealed record Parcel(string Content);

    private sealed class CountingSerializer : IMessageSerializer
    {
        private int _count;

        public int Id => 70;

        public int Priority => 1;

        public int Count => _count;

        public string? GetTypeName(object message) => message is Parcel ? "parcel" : null;

        public void Serialize(object message, IBufferWriter<byte> destination)
        {
            Interlocked.Increment(ref _count);
            var content = ((Parcel)message).Content;
            _ = content == "throws" ? throw new InvalidOperationException(content) : Encoding.UTF8.GetBytes(content, destination);
        }

        public bool CanDeserialize(string typeName) => typeName == "parcel";

        public object Deserialize(string typeName, ReadOnlyMemory<byte> payload) => new Parcel(Encoding.UTF8.GetString(payload.Span));
    }
}
