using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Remote.Tests;

/// <summary>Recordings 17a and 17b: a hand-made client that breaks the rules.</summary>
public sealed class BadPeerReplayTests : ReplayTests
{
    [Fact]
    [Trait("Behaviour", "Z-02")]
    public async Task BadFrames_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn("sink");
        await using var replay = new Replay("17a-bad-frames").Play("node2", node);
        replay
            .Instead(5, Difference.MeaningfulStatus, () => ExpectEndAsync(replay, "s1", StatusCode.FailedPrecondition))
            .Instead(9, Difference.MeaningfulStatus, () => ExpectEndAsync(replay, "s2", StatusCode.FailedPrecondition))
            .Instead(13, Difference.MeaningfulStatus, () => ExpectEndAsync(replay, "s3", StatusCode.FailedPrecondition))
            .Instead(29, Difference.MeaningfulStatus, () => ExpectEndAsync(replay, "s5", StatusCode.InvalidArgument))
            .Instead(36, Difference.EmptyMessageIsIgnored, () => HalfCloseAsync(replay, "s6"));

        await replay.RunAsync();
        await replay.FinishAsync();

        Assert.Equal(["probe", "probe"], node.Events.Of<Receipt>().Select(receipt => ((StringValue)receipt.Message).Value));
    }

    [Fact]
    [Trait("Behaviour", "Z-02")]
    public async Task BadEnvelopes_AsNode2()
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn("sink");
        await using var replay = new Replay("17b-bad-envelopes").Play("node2", node);
        replay
            .Before(9, () => ExpectDeadLetterResponseAsync(replay, "s1", "probe1", "the answer about an unknown type"))
            .Before(19, () => ExpectDeadLetterResponseAsync(replay, "s2", "probe2", "the answer about an unknown serializer"))
            .Instead(28, Difference.BadEnvelopeCostsOnlyItself)
            .Before(32, () => GoodBatchAndEndAsync("s3"))
            .Instead(38, Difference.BadEnvelopeCostsOnlyItself)
            .Before(42, () => GoodBatchAndEndAsync("s4"))
            .Instead(48, Difference.BadEnvelopeCostsOnlyItself)
            .Before(52, () => GoodBatchAndEndAsync("s5"))
            .Instead(58, Difference.BadEnvelopeCostsOnlyItself);

        await replay.RunAsync();
        Assert.IsType<Observed.End>(await replay.NextAsync("s6", "the end of the last stream"));
        await replay.FinishAsync();

        // Five good batches that follow bad ones, and what came with a sender without an address.
        Assert.Equal(Enumerable.Repeat("probe", 6), Probes());
        var reasons = (await node.PublishedAsync<RemoteDeadLetterEvent>()).Where(letter => letter.Message is UndecodedMessage).Select(letter => letter.Reason.Name);
        Assert.Equal(["UnknownType", "UnknownType", "Malformed", "Malformed", "Malformed"], reasons);

        IEnumerable<string> Probes() => node.Events.Of<Receipt>().Select(receipt => receipt.Message).OfType<StringValue>().Select(text => text.Value);

        async Task GoodBatchAndEndAsync(string stream)
        {
            await SettleAsync(replay, node, stream, "sink");
            await HalfCloseAsync(replay, stream);
        }
    }

    /// <summary>Difference.UnreadableIsAnswered.</summary>
    private static async Task ExpectDeadLetterResponseAsync(Replay replay, string stream, string client, string phase)
    {
        var answer = await replay.NextAsync(stream, phase) as Observed.Envelope;
        Assert.Equal(("actor.DeadLetterResponse", "sink"), (answer?.View.Type, answer?.View.Inner?.Id));
        Assert.Contains(answer!.View.Target.Id, new[] { "me", $"$client/{client}/me" });
    }

    private static async Task ExpectEndAsync(Replay replay, string stream, StatusCode code)
    {
        var end = await replay.NextAsync(stream, "the end") as Observed.End;
        Assert.Equal(code, end?.Status.StatusCode);
        Assert.NotEqual("", end!.Status.Detail);
    }

    private static async Task HalfCloseAsync(Replay replay, string stream)
    {
        await (await replay.StreamAsync(stream)).HalfCloseAsync();
        Assert.Equal(new Observed.End(Status.DefaultSuccess), await replay.NextAsync(stream, "the end"));
    }
}
