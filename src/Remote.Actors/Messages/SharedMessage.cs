namespace Remote.Actors;

/// <summary>
/// Travels as the origin of a message that goes to many targets, so that whoever encodes it can do so once. Thread-safe.
/// </summary>
internal sealed class SharedMessage(object message) : IMessageOrigin
{
    private readonly Lock _gate = new();
    private byte[]? _encoded;

    public object Message { get; } = message;

    /// <summary>What the first caller made of the message. One at a time, so that nobody does it twice.</summary>
    /// <param name="encode">Makes it; what it throws goes to its caller, and the next one tries again.</param>
    /// <param name="state">For <paramref name="encode"/>.</param>
    public byte[] GetOrEncode<TState>(Func<object, TState, byte[]> encode, TState state)
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

    /// <inheritdoc/>
    /// <remarks>Nobody counts what was sent here.</remarks>
    public void Taken(int messages, long bytes)
    {
    }
}
