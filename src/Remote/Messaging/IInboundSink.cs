using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>Takes the messages that a <see cref="BatchDecoder"/> finds, in the order of the batch, on the thread that reads.</summary>
internal interface IInboundSink
{
    /// <summary>
    /// Called once per batch, after its frame was checked and before anything of it is delivered. False drops the whole batch: it was
    /// received before.
    /// </summary>
    bool Accept(in BatchInfo batch);

    /// <summary>A user message. The size is that of its envelope, the figure that both ends count.</summary>
    void Deliver(PID target, object message, PID? sender, MessageHeader? headers, int size);

    /// <summary>A system message of the actor core.</summary>
    void DeliverSystem(PID target, SystemMessage message);

    /// <summary>An envelope that cannot be delivered. It costs nothing but itself.</summary>
    void Refuse(in RefusedEnvelope envelope);
}

/// <summary>The frame of a batch, before its envelopes are read.</summary>
/// <param name="Count">Envelopes in it; 0 is allowed.</param>
/// <param name="Sequence">Its number on the link, or 0 when it has none.</param>
/// <param name="Dialect">How its targets are written.</param>
/// <param name="Bytes">Its length, which is more than the sum of its envelopes.</param>
internal readonly record struct BatchInfo(int Count, ulong Sequence, TargetDialect Dialect, long Bytes)
{
    /// <summary>Whether its user messages are paid for with priority credit. The sender says so; nobody looks at their types.</summary>
    public bool IsPriority { get; init; }
}

/// <summary>How a peer writes targets.</summary>
internal enum TargetDialect
{
    /// <summary>The batch has no targets.</summary>
    Unknown,

    /// <summary>Actor ids.</summary>
    Strings,

    /// <summary>actor.PID messages.</summary>
    Pids,
}

/// <summary>Why an envelope was refused.</summary>
internal enum EnvelopeFault
{
    /// <summary>It breaks the protocol: an index, a length, text, or a payload that its serializer refuses.</summary>
    Malformed,

    /// <summary>Its type or serializer is not registered, or may not be named from outside.</summary>
    UnknownType,
}

/// <summary>An envelope that cannot be delivered, with the fields of it that could be read.</summary>
/// <param name="Fault">Why.</param>
/// <param name="Detail">The same for people.</param>
/// <param name="Target">Its target.</param>
/// <param name="Sender">Its sender, who should be told.</param>
/// <param name="TypeName">Its type.</param>
/// <param name="SerializerId">Its serializer.</param>
/// <param name="Size">Bytes of the envelope.</param>
/// <param name="Error">The exception of the serializer.</param>
internal readonly record struct RefusedEnvelope(
    EnvelopeFault Fault, string Detail, PID? Target, PID? Sender, string? TypeName, int SerializerId, int Size, Exception? Error);
