using Remote.Actors;

namespace Remote;

/// <summary>Takes what a <see cref="BatchDecoder"/> finds, in the order of the batch, on the thread that reads.</summary>
internal interface IInboundSink
{
    /// <summary>
    /// Called once per batch, after its frame was checked and before anything of it is delivered. False drops the whole
    /// batch: it was received before.
    /// </summary>
    bool Accept(in BatchInfo batch);

    /// <summary>A user message. The size is that of its envelope, the figure that both ends count.</summary>
    void Deliver(PID target, object message, PID? sender, MessageHeaders? headers, int size);

    /// <summary>A system message of the actor core.</summary>
    void DeliverSystem(PID target, SystemMessage message, int size);

    /// <summary>An envelope that cannot be delivered. It costs nothing but itself.</summary>
    void Refuse(in RefusedEnvelope envelope);
}

/// <summary>What the frame of a batch says, before its envelopes are read.</summary>
/// <param name="Count">Envelopes in it; 0 is allowed.</param>
/// <param name="Sequence">Its number on the link, or 0 when it has none.</param>
/// <param name="Dialect">How its targets are written.</param>
/// <param name="Bytes">Its length: more than what its envelopes come to.</param>
internal readonly record struct BatchInfo(int Count, ulong Sequence, TargetDialect Dialect, long Bytes);

/// <summary>How a peer writes targets.</summary>
internal enum TargetDialect
{
    /// <summary>The batch has no targets to tell by.</summary>
    Unknown,

    /// <summary>Actor ids.</summary>
    Strings,

    /// <summary>actor.PID messages.</summary>
    Pids,
}

/// <summary>Why an envelope was refused.</summary>
internal enum EnvelopeFault
{
    /// <summary>It is not what the protocol says: an index, a length, text, or a payload that its serializer refuses.</summary>
    Malformed,

    /// <summary>Its type name or serializer is not registered.</summary>
    UnknownType,
}

/// <summary>An envelope that cannot be delivered, with what could be made out of it.</summary>
internal readonly struct RefusedEnvelope
{
    internal EnvelopeFault Fault { get; init; }

    /// <summary>What is wrong, for people.</summary>
    internal string Detail { get; init; }

    internal PID? Target { get; init; }

    /// <summary>Who should be told.</summary>
    internal PID? Sender { get; init; }

    internal string? TypeName { get; init; }

    internal int SerializerId { get; init; }

    /// <summary>Bytes of the envelope.</summary>
    internal int Size { get; init; }

    /// <summary>What the serializer threw.</summary>
    internal Exception? Error { get; init; }
}
