namespace Remote;

/// <summary>A message that goes to many targets: whoever encodes it first does so for all. Thread-safe.</summary>
internal sealed class SharedMessage(object message)
{
    private readonly Lock _gate = new();
    private EncodedMessage? _encoded;

    public object Message { get; } = message;

    /// <summary>What the first caller made of the message. One at a time, so that nobody does it twice.</summary>
    /// <param name="encode">Makes it; what it throws goes to its caller, and the next one tries again.</param>
    /// <param name="state">For <paramref name="encode"/>.</param>
    public EncodedMessage GetOrEncode<TState>(Func<object, TState, EncodedMessage> encode, TState state)
    {
        if (Volatile.Read(ref _encoded) is { } encoded)
        {
            return encoded;
        }

        lock (_gate)
        {
            return _encoded ??= encode(Message, state);
        }
    }
}

/// <summary>The payload of a message, and the type under which it travels.</summary>
internal sealed record EncodedMessage(OutboundType Type, ReadOnlyMemory<byte> Payload);
