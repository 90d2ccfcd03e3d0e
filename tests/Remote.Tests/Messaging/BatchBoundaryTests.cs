using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Proto.Remote;
using Remote.Tests.Messages;
using Remote.Tests.Serialization;
using MessageHeader = Proto.MessageHeader;
using Nothing = Remote.Tests.Messages.Nothing;

namespace Remote.Tests.Messaging;

/// <summary>
/// Messages of every serializer beside each other, with sizes around every border: the arrays of the segment, a batch, a message.
/// What arrives is what was sent, and no message costs its neighbour anything.
/// </summary>
[Trait("Behaviour", "E-06")]
[Trait("Behaviour", "Z-01")]
public class BatchBoundaryTests
{
    private const int Kinds = 9;
    private static readonly SerializerRegistry Registry = MakeRegistry();

    // Pooled arrays have powers of two; a headroom lies in front and room for a head behind.
    private static readonly int[] Borders = [256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536];

    [Theory]
    [InlineData(3_900, 4_000)]
    [InlineData(1_900, 2_060)]
    [InlineData(300, 520)]
    public void TryAdd_AnyKindBehindATextOfAnyLength_ArrivesAsItWasSent(int from, int to)
    {
        var random = new Random(1);
        for (var length = from; length < to; length++)
        {
            for (var kind = 0; kind < Kinds; kind++)
            {
                RemoteDelivery[] sent = [To("a", new StringValue { Value = new string('x', length) }), Delivery(random, kind, random.Next(0, 40))];
                AssertArrive(sent, new EncodeLimits(), Codec.ToPeer, sequence: 0);
            }
        }
    }

    [Fact]
    public void TryAdd_RandomNeighboursAroundEveryBorder_ArriveAsTheyWereSent()
    {
        var random = new Random(unchecked((int)TestSeed.Value));
        for (var round = 0; round < TestScale.Count(200_000); round++)
        {
            var border = Borders[random.Next(random.Next(8) == 0 ? Borders.Length : Borders.Length - 2)];
            var count = random.Next(1, 6);
            var sent = new RemoteDelivery[count];
            var written = 0;
            for (var i = 0; i < count; i++)
            {
                // The first ones reach up to the border, give or take what heads and tables need.
                var wanted = i == 0 ? Math.Max(0, border - random.Next(0, 400)) : random.Next(4) == 0 ? Math.Max(0, border - written) : random.Next(0, 60);
                sent[i] = Delivery(random, random.Next(Kinds), wanted);
                written += wanted;
            }

            var limits = random.Next(3) switch
            {
                0 => new EncodeLimits(),
                1 => new EncodeLimits(random.Next(1, 4), border + random.Next(-20, 20), 1 << 20),
                _ => new EncodeLimits(1000, border + random.Next(0, 600), Math.Max(border + 600, 1 << random.Next(10, 18))),
            };
            AssertArrive(sent, limits, random.Next(4) == 0 ? Codec.ToOldPeer : Codec.ToPeer, (ulong)random.Next(0, 3) * 127);
        }
    }

    /// <summary>A message that finds no room in a batch, or no credit, comes again; its serializer is not asked again.</summary>
    [Theory]
    [InlineData(long.MaxValue, 10_000, EncodeStatus.BatchFull)]
    [InlineData(100L, 1_000_000, EncodeStatus.NoCredit)]
    public void TryAdd_RefusedAndAgain_IsSerializedOnce(long credit, int batchBytes, object refusal)
    {
        var odd = new OddSerializer();
        var serialization = TestRegistry.Serialization(MessagesReflection.Descriptor);
        serialization.RegisterSerializer(OddSerializer.Id, 10, odd);
        using var encoder = new BatchEncoder(TestRegistry.Of(serialization), new EncodeLimits(MaxBatchBytes: batchBytes));
        encoder.Begin(Codec.ToPeer);
        List<object> arrived = [];
        var counted = Enumerable.Range(0, 5).Select(_ => new Counted { Text = new string('c', 6_000) }).ToArray();
        var blobs = Enumerable.Range(0, 5).Select(_ => OddSerializer.Blob(6_000, new Random(1))).ToArray();

        // A type that nobody has sent yet is serialized once more, to see what becomes of it.
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(To("first", new Counted { Text = new string('f', 4_000) })).Status);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(To("first", new Blob(new byte[4_000]))).Status);
        var before = odd.Serialized;

        foreach (var message in counted.Cast<object>().Zip(blobs, (json, blob) => new[] { json, blob }).SelectMany(pair => pair))
        {
            Assert.Equal(refusal, encoder.TryAdd(To("a", message), credit).Status);
            Ship();
            Assert.Equal(EncodeStatus.Added, encoder.TryAdd(To("a", message)).Status);
        }

        Ship();
        Assert.Equal(Enumerable.Repeat(1, 5), counted.Select(message => message.Serialized));
        Assert.Equal((5, 12), (odd.Serialized - before, arrived.Count));
        Assert.Equal(blobs, arrived.OfType<Blob>().Skip(1));

        void Ship()
        {
            var sink = Decode(encoder.Finish().Memory);
            Assert.Empty(sink.Refused);
            arrived.AddRange(sink.Messages.Select(received => received.Message));
            encoder.Begin(Codec.ToPeer);
        }
    }

    /// <summary>What was kept of one message is not sent as another.</summary>
    [Fact]
    public void TryAdd_AnotherAfterARefusedOne_ArrivesAsItself()
    {
        using var encoder = new BatchEncoder(Registry, new EncodeLimits());
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.NoCredit, encoder.TryAdd(To("a", new Order("refused", 1)), credit: 1).Status);

        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(To("a", new Order("another", 2))).Status);

        Assert.Equal(new Order("another", 2), Assert.Single(Decode(encoder.Finish().Memory).Messages).Message);
    }

    /// <summary>The largest limit that there is; four times as much is no number of 32 bits.</summary>
    [Theory]
    [InlineData(1 << 29)]
    [InlineData(1 << 30)]
    public void TryAdd_JsonWithTheLargestLimits_IsAdded(int maxMessageBytes)
    {
        using var encoder = new BatchEncoder(Registry, new EncodeLimits(MaxMessageBytes: maxMessageBytes));
        encoder.Begin(Codec.ToPeer);

        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(To("a", new Order("small", 1))).Status);
    }

    [Fact]
    public void TryAdd_ASerializerThatThrows_IsToldApartFromTheEncoderThatFails()
    {
        var pool = new FailingPool();
        using var encoder = new BatchEncoder(Registry, new EncodeLimits(), new BatchPool(pool));
        encoder.Begin(Codec.ToPeer);
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(To("a", new Hello { Text = "first" })).Status);

        // A property throws; then the encoder asks for memory and there is none.
        var refused = encoder.TryAdd(To("a", new Broken()));
        pool.Fails = true;
        var failed = encoder.TryAdd(To("b", new Order(new string('o', 5_000), 1)));
        var failedProtobuf = encoder.TryAdd(To("c", new StringValue { Value = new string('p', 5_000) }));
        var failedCustom = encoder.TryAdd(To("d", OddSerializer.Blob(5_000, new Random(1))));
        pool.Fails = false;

        Assert.Equal((EncodeStatus.NotSerializable, "broken on purpose"), (refused.Status, refused.Error?.Message));
        Assert.All([failed, failedProtobuf, failedCustom], result => Assert.Equal(EncodeStatus.Fault, result.Status));
        Assert.All([failed, failedProtobuf, failedCustom], result => Assert.Same(pool.Error, result.Error));

        // The batch is what it was before them.
        Assert.Equal(EncodeStatus.Added, encoder.TryAdd(To("a", new Hello { Text = "second" })).Status);
        var batch = encoder.Finish();
        var sink = Decode(batch.Memory);
        Assert.Equal(["first", "second"], sink.Messages.Select(received => ((Hello)received.Message).Text));
        Assert.Empty(sink.Refused);
    }

    private static SerializerRegistry MakeRegistry()
    {
        var serialization = TestRegistry.Serialization(MessagesReflection.Descriptor);
        serialization.RegisterSerializer(OddSerializer.Id, 10, new OddSerializer());
        return TestRegistry.Of(serialization);
    }

    private static void AssertArrive(RemoteDelivery[] sent, EncodeLimits limits, OutboundTranslation translation, ulong sequence)
    {
        using var encoder = new BatchEncoder(Registry, limits);
        var arrived = new List<RecordingSink.Received>();
        var expected = new List<RemoteDelivery>();
        encoder.Begin(translation);
        foreach (var delivery in sent)
        {
            var result = encoder.TryAdd(delivery);
            if (result.Status == EncodeStatus.BatchFull)
            {
                Ship();
                result = encoder.TryAdd(delivery);
            }

            // A small limit refuses a large message, for its size and for nothing else.
            Assert.True(result.Status is EncodeStatus.Added or EncodeStatus.TooLarge, $"{result.Status} {result.Error} {delivery.Message.GetType()}");
            if (result.Status == EncodeStatus.Added)
            {
                expected.Add(delivery);
            }
        }

        Ship();
        Assert.Equal(expected.Count, arrived.Count);
        for (var i = 0; i < arrived.Count; i++)
        {
            Received.AssertSame(expected[i], arrived[i]);
        }

        void Ship()
        {
            var batch = encoder.Finish(sequence);
            Assert.True(batch.Count <= 1 || batch.Memory.Length <= limits.MaxBatchBytes, $"{batch.Memory.Length} of {limits.MaxBatchBytes}");
            Assert.True(batch.Memory.Length <= limits.MaxMessageBytes, $"{batch.Memory.Length} of {limits.MaxMessageBytes}");
            var sink = Decode(batch.Memory);
            Assert.Empty(sink.Refused);
            arrived.AddRange(sink.Messages);
            encoder.Begin(translation);
        }
    }

    private static RecordingSink Decode(ReadOnlyMemory<byte> message) => Codec.Decode(message, new BatchDecoder(Registry, Codec.FromPeer));

    private static RemoteDelivery Delivery(Random random, int kind, int size)
    {
        var message = Message(random, kind, size);
        var target = new PID(ModelEncoder.Peer, random.Next(6) == 0 ? new string('t', random.Next(1, 300)) : "t" + random.Next(3));
        var sender = random.Next(3) switch
        {
            0 => null,
            1 => new PID(ModelEncoder.Own, "s" + random.Next(3)) { RequestId = (uint)random.Next(3) },
            _ => new PID("10.0.0.3:8003", new string('s', random.Next(1, 200))),
        };
        var headers = random.Next(4) == 0
            ? new MessageHeader(new Dictionary<string, string> { ["k"] = new string('v', random.Next(0, 300)), ["empty"] = "" })
            : null;
        return random.Next(4) == 0 && message is not SystemMessage
            ? new RemoteDelivery(target, new SharedMessage(message), sender, headers)
            : new RemoteDelivery(target, message, sender, headers);
    }

    private static object Message(Random random, int kind, int size) => kind switch
    {
        0 => new StringValue { Value = new string('p', size) },
        1 => new Hello { Text = new string('ä', size / 2), Data = ByteString.CopyFrom(new byte[size % 2]), Number = size },
        2 => new Nothing(),
        3 => new ActorPidResponse { Pid = new PID { Address = ModelEncoder.Own, Id = new string('i', Math.Max(1, size)) }, StatusCode = 1 },
        4 => new Watch(new PID(ModelEncoder.Own, new string('w', Math.Max(1, Math.Min(size, 2_000))))),
        5 => Stop.Instance,
        6 => new Order(new string('j', size), size),

        // Six bytes on the wire for one character: what is asked for passes what is used.
        7 => new Order(new string('"', size / 6), size),
        _ => OddSerializer.Blob(size, random),
    };

    private static RemoteDelivery To(string id, object message) => new(new PID(ModelEncoder.Peer, id), message);

    /// <summary>Has memory until a test says otherwise.</summary>
    private sealed class FailingPool : ArrayPool<byte>
    {
        internal InvalidOperationException Error { get; } = new("the pool is broken on purpose");

        internal bool Fails { get; set; }

        public override byte[] Rent(int minimumLength) => Fails ? throw Error : new byte[minimumLength];

        public override void Return(byte[] array, bool clearArray = false)
        {
        }
    }
}
