using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;
using MessageEnvelope = Proto.MessageEnvelope;

namespace Remote.Tests;

/// <summary>One message to many targets.</summary>
[Trait("Behaviour", "O-09")]
public sealed class FanOutTests : DisposedAfterTest
{
    private readonly InMemoryNetwork _network = new();
    private readonly CountingSerializer _serializer = new();
    private readonly List<TestNode> _nodes = [];
    private int _before;

    public override async ValueTask DisposeAsync()
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
        await SendFirstAsync(here, peers[0]);

        here.Root.SendToAll(targets, new Parcel("to all"));
        here.Root.SendToAll(targets, new StringValue { Value = "after" });

        foreach (var node in _nodes)
        {
            var receipts = await node.Events.WaitForCountAsync<Receipt>(node == here ? 2 : node == peers[0] ? 9 : 8);
            foreach (var actor in receipts.Where(receipt => receipt.Actor != "first").GroupBy(receipt => receipt.Actor))
            {
                Assert.Equal([new Parcel("to all"), new StringValue { Value = "after" }], actor.Select(receipt => receipt.Message));
            }
        }

        Assert.Equal(1, _serializer.Count - _before);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_WithMiddlewareThatChangesOne_SendsWhatTheMiddlewareMade(bool keepsTheEnvelope)
    {
        var here = await StartAsync("here");
        var peer = await StartAsync("one");
        PID[] targets = [Spawn(peer, "a"), Spawn(peer, "b"), Spawn(peer, "c")];
        await SendFirstAsync(here, peer);
        var root = here.Root.WithSenderMiddleware(next => (context, target, envelope) => next(context, target, target.Id == "b" ? Change(envelope) : envelope));

        root.SendToAll(targets, new Parcel("for all"));

        var receipts = (await peer.Events.WaitForCountAsync<Receipt>(4)).Where(receipt => receipt.Actor != "first");
        Assert.Equal(
            [("a", new Parcel("for all")), ("b", new Parcel("for b")), ("c", new Parcel("for all"))],
            receipts.OrderBy(receipt => receipt.Actor).Select(receipt => (receipt.Actor, (Parcel)receipt.Message)));
        Assert.Equal(2, _serializer.Count - _before);

        MessageEnvelope Change(MessageEnvelope envelope) => keepsTheEnvelope
            ? envelope.WithMessage(new Parcel("for b"))
            : new MessageEnvelope(new Parcel("for b"), envelope.Sender, envelope.Header);
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

        here.Root.SendToAll(targets, parcel);
        here.Root.Send(targets[0], new StringValue { Value = "after" });

        Assert.IsType<StringValue>((await peer.NextReceiptAsync("a")).Message);
        var letters = await here.Events.WaitForCountAsync<RemoteDeadLetterEvent>(2);
        Assert.Equal(targets, letters.Select(letter => letter.Pid));
        Assert.All(letters, letter =>
        {
            Assert.Same(parcel, letter.Message);
            Assert.Equal(content == "large" ? DeadLetterReason.TooLarge : DeadLetterReason.NotSerializable, letter.Reason);
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
        here.Root.SendToAll(targets, new StringValue { Value = "many" });

        var receipts = await peer.Events.WaitForCountAsync<Receipt>(targets.Length);
        Assert.All(receipts, receipt => Assert.Equal(new StringValue { Value = "many" }, receipt.Message));
    }

    /// <summary>The first message of a type is also serialized to ask which serializer takes it.</summary>
    private async Task SendFirstAsync(TestNode from, TestNode to)
    {
        from.Root.Send(Spawn(to, "first"), new Parcel("first"));
        await to.NextReceiptAsync("first");
        _before = _serializer.Count;
    }

    private static PID Spawn(TestNode node, string name)
    {
        node.Spawn(name);
        return node.Pid(name);
    }

    private async Task<TestNode> StartAsync(string host)
    {
        var node = await TestNode.StartAsync(setup: setup => setup.AddSerializer(70, priority: 1, _serializer), network: _network, at: $"{host}:8000");
        _nodes.Add(node);
        return node;
    }

    private sealed record Parcel(string Content);

    private sealed class CountingSerializer : ISerializer
    {
        private int _count;

        public int Count => _count;

        public bool CanSerialize(object obj) => obj is Parcel;

        public string GetTypeName(object message) => "parcel";

        public ByteString Serialize(object obj)
        {
            Interlocked.Increment(ref _count);
            var content = ((Parcel)obj).Content;
            return content == "throws" ? throw new InvalidOperationException(content) : ByteString.CopyFromUtf8(content);
        }

        public object Deserialize(ByteString bytes, string typeName) => new Parcel(bytes.ToStringUtf8());
    }
}
