using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What travels on a stream, seen by a played peer: how many streams, which batches, in which order.</summary>
[Trait("Behaviour", "E-03")]
public sealed class StreamTests
{
    [Fact]
    public async Task ManyMessages_QueuedBeforeTheHandshake_TravelInFullBatchesOnOneStream()
    {
        await using var node = await TestNode.StartAsync(options => options.Endpoint.BatchSize = 300);
        await using var peer = await PlayedAcceptor.StartAsync();

        // The answer to the handshake waits until all are queued, so that the writer has a choice.
        for (var i = 0; i < 1000; i++)
        {
            node.Root.Send(peer.Pid("sink"), new Int32Value { Value = i });
        }

        await peer.AcceptAsync();
        var batches = await peer.TakeAsync(1000);

        Assert.Equal([300, 300, 300, 100], batches.Select(batch => batch.Envelopes.Count));
        Assert.Equal(Enumerable.Range(0, 1000), Values(batches));
        Assert.Equal(1, peer.Streams);
        Assert.All(batches, batch => Assert.Equal((1, 1), (batch.TypeNames.Count, batch.Targets.Count)));
    }

    [Fact]
    public async Task LargeMessages_AreBatchedUpToTheByteLimit_AndOneThatIsLargerTravelsAlone()
    {
        const int Limit = 64 * 1024;
        await using var node = await TestNode.StartAsync(options => options.Endpoint.MaxBatchBytes = Limit);
        await using var peer = await PlayedAcceptor.StartAsync();
        int[] sizes = [.. Enumerable.Repeat(10_000, 20), 3 * Limit, .. Enumerable.Repeat(10_000, 20)];
        foreach (var size in sizes)
        {
            node.Root.Send(peer.Pid("sink"), new BytesValue { Value = ByteString.CopyFrom(new byte[size]) });
        }

        await peer.AcceptAsync();
        var batches = await peer.TakeAsync(sizes.Length);

        Assert.Equal(sizes, batches.SelectMany(batch => batch.Envelopes).Select(envelope => BytesValue.Parser.ParseFrom(envelope.MessageData).Value.Length));
        Assert.All(batches.Where(batch => batch.CalculateSize() > Limit), batch => Assert.Single(batch.Envelopes));
        Assert.Equal(6, batches.Max(batch => batch.Envelopes.Count));
    }

    [Fact]
    public async Task ManyTargetsAndSenders_ShareTheTables()
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await PlayedAcceptor.StartAsync();
        for (var i = 0; i < 100; i++)
        {
            node.Root.Request(peer.Pid($"target{i % 3}"), new StringValue { Value = $"{i}" }, node.Pid($"sender{i % 5}"));
        }

        await peer.AcceptAsync();
        var batch = Assert.Single(await peer.TakeAsync(100));

        Assert.Equal((1, 3, 5), (batch.TypeNames.Count, batch.Targets.Count, batch.Senders.Count));
        for (var i = 0; i < 100; i++)
        {
            var view = EnvelopeView.Of(batch, batch.Envelopes[i], "");
            Assert.Equal(($"target{i % 3}", new PidView(node.Address, $"sender{i % 5}", 0)), (view.Target.Id, view.Sender));
        }
    }

    [Fact]
    public async Task ControlMessages_PassUserMessagesThatAreQueued()
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await PlayedAcceptor.StartAsync();
        for (var i = 0; i < 5000; i++)
        {
            node.Root.Send(peer.Pid("sink"), new Int32Value { Value = i });
        }

        node.Root.Stop(peer.Pid("sink"));
        await peer.AcceptAsync();
        var batches = await peer.TakeAsync(5001);

        var types = batches.SelectMany(batch => batch.Envelopes.Select(envelope => batch.TypeNames[envelope.TypeId])).ToArray();
        Assert.InRange(Array.IndexOf(types, "actor.Stop"), 0, 1000);
    }

    [Fact]
    public async Task ConcurrentSenders_EachKeepsItsOrderPerTarget()
    {
        const int Senders = 8;
        var each = TestScale.Count(20_000);
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        string[] targets = ["one", "two"];
        foreach (var target in targets)
        {
            there.Spawn(target);
        }

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                here.Root.Request(there.Pid(targets[i % 2]), new Int32Value { Value = i }, here.Pid($"sender{sender}"));
            }
        }))).Within("sending");

        var received = await there.Events.WaitForCountAsync<Receipt>(Senders * each);
        var streams = received.GroupBy(receipt => (receipt.Actor, receipt.Sender!.Id)).ToArray();
        Assert.Equal(Senders * targets.Length, streams.Length);
        Assert.All(streams, stream =>
        {
            var first = Array.IndexOf(targets, stream.Key.Actor);
            Assert.Equal(Enumerable.Range(0, each / 2).Select(i => (2 * i) + first), stream.Select(receipt => ((Int32Value)receipt.Message).Value));
        });
    }

    private static IEnumerable<int> Values(IEnumerable<Wire.MessageBatch> batches) =>
        batches.SelectMany(batch => batch.Envelopes).Select(envelope => Int32Value.Parser.ParseFrom(envelope.MessageData).Value);
}
