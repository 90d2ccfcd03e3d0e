namespace Remote.Actors;

/// <summary>A message with what travels beside it. A value: it lies on the heap only while it waits in a queue.</summary>
public readonly struct MessageEnvelope
{
    /// <summary>Creates an envelope.</summary>
    /// <param name="message">The message.</param>
    /// <param name="sender">Who gets the answer; null for nobody.</param>
    /// <param name="headers">Headers; null for none.</param>
    /// <param name="origin">Whoever gave credit for the message and hears when it was taken; null for a local message.</param>
    /// <param name="size">What the origin counts for this message, in bytes.</param>
    public MessageEnvelope(object message, PID? sender = null, MessageHeaders? headers = null, IMessageOrigin? origin = null, int size = 0)
    {
        ArgumentNullException.ThrowIfNull(message);
        Message = message;
        Sender = sender;
        Headers = headers;
        Origin = origin;
        Size = size;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>Who gets the answer, if anybody.</summary>
    public PID? Sender { get; }

    /// <summary>The headers, if any.</summary>
    public MessageHeaders? Headers { get; }

    /// <summary>Whoever gave credit for the message, if anybody.</summary>
    public IMessageOrigin? Origin { get; }

    /// <summary>What the origin counts for this message, in bytes.</summary>
    public int Size { get; }

    /// <summary>Tells the origin, if there is one, that this message has come to its end.</summary>
    internal void ReportTaken() => Origin?.Taken(1, Size);

    /// <summary>The same message without its origin: for messages that already counted as taken.</summary>
    internal MessageEnvelope WithoutOrigin() => Origin is null ? this : new MessageEnvelope(Message, Sender, Headers);
}
