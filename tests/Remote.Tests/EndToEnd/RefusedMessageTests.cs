using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Tests.Serialization;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Messages that cannot travel cost themselves and nothing else.</summary>
[Trait("Behaviour", "E-06")]
public sealed class RefusedMessageTests
{
    /// <summary>No serializer takes it: JSON takes everything but types.</summary>
    private sealed record Unknown(int Number)
    {
        public System.Type Kind => typeof(Unknown);
    }

    [Fact]
    public async Task Request_OfATypeThatNoSerializerKnows_FailsAtOnce()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();

        var refusal = await here.RefusalAsync(there.Pid("echo"), new Unknown(1));

        Assert.Equal((there.Pid("echo"), "NotSerializable"), (refusal.Target, refusal.GetReason().Name));
        Assert.Equal("re:next", await here.AskAsync(there.Pid("echo"), "next"));
        Assert.Single(await here.PublishedAsync<DeadLetterEvent>());
        Assert.Contains(nameof(Unknown), (await here.Log.NextAsync("MessageNotSent")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WhoseSerializerThrows_FailsAtOnce()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();

        var refusal = await here.RefusalAsync(there.Pid("echo"), new Broken());

        Assert.Equal((there.Pid("echo"), "NotSerializable"), (refusal.Target, refusal.GetReason().Name));
        Assert.Equal("re:next", await here.AskAsync(there.Pid("echo"), "next"));
    }

    [Fact]
    public async Task Request_LargerThanTheLimit_FailsAtOnce()
    {
        await using var here = await TestNode.StartAsync(Small);
        await using var there = await TestNode.StartAsync();
        there.SpawnEcho();

        var refusal = await here.RefusalAsync(there.Pid("echo"), new StringValue { Value = new string('x', 100_000) });

        Assert.Equal((there.Pid("echo"), "TooLarge"), (refusal.Target, refusal.GetReason().Name));
        Assert.Equal("re:next", await here.AskAsync(there.Pid("echo"), "next"));
    }

    [Fact]
    public async Task Sender_OfARefusedMessage_GetsADeadLetterResponse()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        here.Spawn("asker");

        here.Root.Request(there.Pid("x"), new Unknown(1), here.Pid("asker"));

        var response = Assert.IsType<DeadLetterResponse>((await here.NextReceiptAsync("asker")).Message);
        Assert.Equal(there.Pid("x"), response.Target);
    }

    [Fact]
    public async Task MixedMessages_OnlyTheBadOnesAreLost()
    {
        const int Messages = 3000;
        await using var here = await TestNode.StartAsync(Small);
        await using var there = await TestNode.StartAsync();
        there.Spawn("sink");
        for (var i = 0; i < Messages; i++)
        {
            here.Root.Send(there.Pid("sink"), (i % 10) switch
            {
                3 => new Unknown(i),
                5 => new Broken(),
                8 => new BytesValue { Value = ByteString.CopyFrom(new byte[70_000]) },
                _ => new Int32Value { Value = i },
            });
        }

        var received = await there.Events.WaitForCountAsync<Receipt>(Messages * 7 / 10);
        Assert.Equal(
            Enumerable.Range(0, Messages).Where(i => i % 10 is not (3 or 5 or 8)), received.Select(receipt => ((Int32Value)receipt.Message).Value));
        var letters = await here.Events.WaitForCountAsync<RemoteDeadLetterEvent>(Messages * 3 / 10);
        Assert.Equal(
            [("NotSerializable", Messages / 5), ("TooLarge", Messages / 10)],
            letters.GroupBy(letter => letter.Reason.Name).Select(group => (group.Key, group.Count())).Order());
        Assert.All(letters, letter => Assert.Equal(there.Pid("sink"), letter.Pid));
    }

    [Fact]
    public async Task Message_JustBelowTheLimit_ArrivesAndOneAboveDoesNot()
    {
        const int Limit = 64 * 1024;

        // The encoder keeps a few bytes free for what a stream may add to the batch.
        const int Reserve = 32;
        await using var here = await TestNode.StartAsync(Small);
        await using var there = await TestNode.StartAsync(Small);
        there.Spawn("sink");
        var overhead = SizeOnTheWire(Limit) - Limit;
        var fits = Limit - overhead - Reserve;
        var tooLarge = Limit - overhead + 1;

        here.Root.Send(there.Pid("sink"), new BytesValue { Value = ByteString.CopyFrom(new byte[fits]) });
        here.Root.Send(there.Pid("sink"), new BytesValue { Value = ByteString.CopyFrom(new byte[tooLarge]) });

        Assert.Equal(fits, ((BytesValue)(await there.NextReceiptAsync("sink")).Message).Value.Length);
        var letter = await here.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal(("TooLarge", tooLarge), (letter.Reason.Name, ((BytesValue)letter.Message).Value.Length));
        Assert.Empty(await here.PublishedAsync<EndpointReconnecting>());
    }

    [Fact]
    public async Task HugeMessages_OfFourMegabytesMinusAFewBytes_Arrive()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        there.Spawn("sink");
        for (var i = 0; i < 5; i++)
        {
            here.Root.Send(there.Pid("sink"), new BytesValue { Value = ByteString.CopyFrom(new byte[(4 * 1024 * 1024) - 200 - i]) });
        }

        var received = await there.Events.WaitForCountAsync<Receipt>(5);
        Assert.Equal(Enumerable.Range(0, 5), received.Select(receipt => (4 * 1024 * 1024) - 200 - ((BytesValue)receipt.Message).Value.Length));
    }

    private static void Small(RemoteOptions options)
    {
        options.MaxMessageBytes = 64 * 1024;
        options.Endpoint.MaxBatchBytes = 32 * 1024;
    }

    /// <summary>What protobuf's own classes make of it.</summary>
    private static int SizeOnTheWire(int bytes) => new Wire.RemoteMessage
    {
        MessageBatch = new Wire.MessageBatch
        {
            TypeNames = { BytesValue.Descriptor.FullName },
            Targets = { ByteString.CopyFromUtf8("sink") },
            Envelopes = { new Wire.MessageEnvelope { MessageData = new BytesValue { Value = ByteString.CopyFrom(new byte[bytes]) }.ToByteString() } },
        },
    }.CalculateSize();
}
