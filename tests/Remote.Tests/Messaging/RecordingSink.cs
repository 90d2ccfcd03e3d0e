using Proto;
using Proto.Mailbox;

namespace Remote.Tests.Messaging;

/// <summary>Writes down what a decoder hands over.</summary>
internal sealed class RecordingSink(bool accept = true) : IInboundSink
{
    /// <summary>What was said of the batches, but for their length.</summary>
    internal List<BatchInfo> Batches { get; } = [];

    /// <summary>The length of all batches.</summary>
    internal long FrameBytes { get; private set; }

    internal List<Received> Messages { get; } = [];

    internal List<RefusedEnvelope> Refused { get; } = [];

    public bool Accept(in BatchInfo batch)
    {
        Batches.Add(batch with { Bytes = 0 });
        FrameBytes += batch.Bytes;
        return accept;
    }

    public void Deliver(PID target, object message, PID? sender, MessageHeader? headers, int size) =>
        Messages.Add(new Received(target, message, sender, headers, size));

    public void DeliverSystem(PID target, SystemMessage message) =>
        Messages.Add(new Received(target, message, null, null, 0));

    public void Refuse(in RefusedEnvelope envelope) => Refused.Add(envelope);

    internal sealed record Received(PID Target, object Message, PID? Sender, MessageHeader? Headers, int Size);
}
