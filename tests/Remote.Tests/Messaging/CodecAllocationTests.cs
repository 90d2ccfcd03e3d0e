using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;

namespace Remote.Tests.Messaging;

/// <summary>A steady load costs no garbage but the messages themselves.</summary>
[Trait("Behaviour", "P-05")]
public class CodecAllocationTests
{
    private const int Messages = 500;
    private const int Rounds = 50;

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public void Encode_SteadyLoad_AllocatesNothing(int targets)
    {
        var deliveries = Deliveries(targets);
        using var encoder = Codec.Encoder();
        var allocated = Measure(() => Encode(encoder, deliveries).Release());
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Encode_BatchesOfOneMessage_AllocateNothing()
    {
        var deliveries = Deliveries(1)[..1];
        using var encoder = Codec.Encoder();
        Assert.Equal(0, Measure(() => Encode(encoder, deliveries).Release()));
    }

    /// <summary>A trace is written from what the span has; text is made by whoever wants to read it.</summary>
    [Fact]
    public void Encode_Traced_AllocatesNothing()
    {
        var trace = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, "shop=1");
        RemoteDelivery[] deliveries = [.. Deliveries(1).Select(delivery => delivery.With(trace))];
        using var encoder = Codec.Encoder();
        Assert.Equal(0, Measure(() => Encode(encoder, deliveries).Release()));
    }

    [Fact]
    public void Decode_Tells_AllocatesTheMessagesOnly()
    {
        var bytes = Codec.Encode(Enumerable.Range(0, Messages).Select(
            number => new RemoteDelivery(new PID(ModelEncoder.Peer, $"t{number % 40}"), new Empty())));
        Assert.Equal(Messages * Rounds * SizeOf(() => new Empty()), Measure(Decoding(bytes)));
    }

    [Fact]
    public void Decode_Requests_AllocatesTheMessagesAndTheirSenders()
    {
        var bytes = Codec.Encode(Deliveries(40));
        var each = SizeOf(() => new Empty()) + SizeOf(() => new PID(ModelEncoder.Own, "x") { RequestId = 1 });
        Assert.Equal(Messages * Rounds * each, Measure(Decoding(bytes)));
    }

    private static Action Decoding(byte[] bytes)
    {
        var decoder = Codec.Decoder();
        var sink = new CountingSink();
        return () => decoder.Decode(bytes, sink);
    }

    private static RemoteDelivery[] Deliveries(int targets)
    {
        var pids = Enumerable.Range(0, targets).Select(number => new PID(ModelEncoder.Peer, $"target/{number}")).ToArray();
        var sender = new PID(ModelEncoder.Own, "$future");
        return [.. Enumerable.Range(0, Messages).Select(number =>
            new RemoteDelivery(pids[number % targets], new Empty(), sender.WithRequestId((uint)number + 1)))];
    }

    private static Batch Encode(BatchEncoder encoder, RemoteDelivery[] deliveries)
    {
        encoder.Begin(Codec.ToPeer);
        foreach (ref readonly var delivery in deliveries.AsSpan())
        {
            encoder.TryAdd(delivery);
        }

        return encoder.Finish();
    }

    private static long Measure(Action action)
    {
        for (var round = 0; round < 3; round++)
        {
            action();
        }

        // The least of several: the runtime's own bookkeeping (tiering, the shared pool) falls into some of them.
        return Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < Rounds; round++)
            {
                action();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }

    private static long SizeOf(Func<object> make)
    {
        make();
        var before = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(make());
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private sealed class CountingSink : IInboundSink
    {
        public bool Accept(in BatchInfo batch) => true;

        public void Deliver(PID target, object message, PID? sender, MessageHeader? headers, int size)
        {
        }

        public void DeliverSystem(PID target, SystemMessage message)
        {
        }

        public void Refuse(in RefusedEnvelope envelope) => Assert.Fail(envelope.Detail);
    }
}
