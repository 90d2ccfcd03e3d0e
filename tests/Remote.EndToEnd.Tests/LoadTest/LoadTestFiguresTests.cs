using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using Remote.LoadTest;
using Remote.Protocol;

namespace Remote.EndToEnd.Tests;

/// <summary>The arithmetic of the load test, and what its baselines send and count.</summary>
public sealed class LoadTestFiguresTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(3.0, new[] { 5.0, 1.0, 3.0 })]
    [InlineData(2.5, new[] { 4.0, 1.0, 3.0, 2.0 })]
    [InlineData(7.0, new[] { 7.0 })]
    public void Median_OddOrEvenCount_IsTheMiddle(double expected, double[] values) => Assert.Equal(expected, Statistics.Median(values));

    [Fact]
    public void PercentileMicros_OfAHundredTimes_IsTheNearestRank()
    {
        LatencySamples[] parts = [new(60), new(40)];
        for (var micros = 1; micros <= 100; micros++)
        {
            parts[micros % 5 < 2 ? 1 : 0].Add(micros * Stopwatch.Frequency / 1_000_000);
        }

        var all = LatencySamples.Merge(parts);

        Assert.Equal((100, 50, 99), (all.Count, (int)all.PercentileMicros(0.50), (int)all.PercentileMicros(0.99)));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1000, 0)]
    [InlineData(1000, 1024)]
    [InlineData(16, 200)]
    public void PrebuiltFrame_ReadByTheGeneratedClasses_HoldsWhatItSays(int messages, int payloadBytes)
    {
        var frame = PrebuiltFrame.Of(messages, payloadBytes, withSender: true);

        var message = PrebuiltFrame.Message(messages, payloadBytes, withSender: true);
        Assert.Equal((0, message.Length), (frame[0], (int)BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(1))));
        Assert.True(frame.AsSpan(^message.Length..).SequenceEqual(message.Span));
        var batch = RemoteMessage.Parser.ParseFrom(message.Span).MessageBatch;
        Assert.Equal(messages, batch.Envelopes.Count);
        Assert.All(batch.Envelopes, envelope => Assert.Equal(payloadBytes, Payload.Parser.ParseFrom(envelope.MessageData).Data.Length));
        Assert.All(batch.Envelopes, envelope => Assert.Equal(1, envelope.Sender));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1000, 0)]
    [InlineData(1000, 10)]
    [InlineData(1000, 1024)]
    public void EnvelopeWalker_Frame_CountsTheEnvelopes(int messages, int payloadBytes) =>
        Assert.Equal(messages, EnvelopeWalker.Count(PrebuiltFrame.Message(messages, payloadBytes, withSender: true).Span));

    [Fact]
    public void EnvelopeWalker_FrameCutOff_Throws()
    {
        var message = PrebuiltFrame.Message(10, 0, withSender: true);

        Assert.Throws<LoadTestException>(() => EnvelopeWalker.Count(message.Span[..^3]));
    }

    [Fact]
    public void Plans_OfAllScenariosAndPayloads_AreWholeFlushesWithinTheLimitsOfABatch() => Assert.All(
        from scenario in Enum.GetValues<Scenario>()
        from payload in new[] { 0, 10, 100, 1024, 100_000, 1_000_000 }
        select Scenarios.Plan(scenario, payload),
        plan =>
        {
            Assert.Equal(0, plan.Messages % plan.MessagesPerFlush);
            Assert.InRange(plan.MessagesPerFlush, 1, 1000);
            Assert.InRange(plan.FlushesInFlight * plan.MessagesPerFlush, 1, 100_000);
            Assert.InRange((long)plan.Window * plan.PayloadBytes, 0, 64 * 1024 * 1024);
            Assert.InRange(PrebuiltFrame.Of(plan).Length, 1, 1024 * 1024);
        });

    [Fact]
    public void ToJson_OneRow_HasTheFieldsThatReadersExpect()
    {
        var row = new ResultRow("tell", 10, 2, 3, null, 5.5, null, new ProcessorTimes(1.5, 2.5), new Allocations(6, 7), new Baselines(8, 9, 10), new Baselines(0.25, 0.5, 2));

        using var json = JsonDocument.Parse(ResultRow.ToJson([row]));

        Assert.Equal(
            """[{"scenario":"tell","payloadBytes":10,"messagesPerSecond":2,"firstRunMessagesPerSecond":3,"p50Micros":null,"p99Micros":5.5,"protoRemoteP99Micros":null,"processorMicrosPerMessage":{"product":1.5,"protoRemote":2.5},"allocBytesPerMessage":{"sender":6,"receiver":7},"baseline":{"rawTcp":8,"transport":9,"protoRemote":10},"ratio":{"rawTcp":0.25,"transport":0.5,"protoRemote":2}}]""",
            JsonSerializer.Serialize(json));
    }

    [Fact]
    public async Task Run_MessageLost_FailsWhoeverWaits()
    {
        var plan = Scenarios.Plan(Scenario.Tell, 0);
        using var run = new ProductRun(plan);
        run.Reset();
        for (var taken = 0; taken < plan.Window / plan.WindowStep; taken++)
        {
            await run.WaitForRoomAsync().AsTask().WaitAsync(Ceiling);
        }

        var waiting = run.WaitForRoomAsync().AsTask();
        Assert.False(waiting.IsCompleted, "There was room for more than the window.");
        run.Lost("one of them");

        Assert.Equal("one of them", (await Assert.ThrowsAsync<LoadTestException>(() => waiting.WaitAsync(Ceiling))).Message);
        Assert.Equal("one of them", (await Assert.ThrowsAsync<LoadTestException>(() => run.Done.WaitAsync(Ceiling))).Message);
        Assert.Equal(1, run.DeadLetters);
    }
}
