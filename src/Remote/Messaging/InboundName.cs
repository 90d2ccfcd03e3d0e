namespace Remote;

/// <summary>
/// A type name of the wire and its meaning. The serializer is named per envelope, but hardly ever changes, so the last answer is
/// remembered; a refusal only to the end of the batch: an application may register a type later. But it costs Proto.Remote exceptions to know
/// nothing of a name, and a batch may have 65,536 envelopes of it.
/// </summary>
internal sealed class InboundName(string name, SerializerRegistry registry)
{
    private int _serializerId = -1;
    private InboundType? _type;

    internal string Name { get; } = name;

    /// <inheritdoc cref="SerializerRegistry.FindInbound"/>
    internal InboundType Find(int serializerId, ReadOnlySpan<byte> payload) =>
        _type is not null && serializerId == _serializerId ? _type : FindOther(serializerId, payload);

    private InboundType FindOther(int serializerId, ReadOnlySpan<byte> payload)
    {
        var type = registry.FindInbound(Name, serializerId, payload);
        (_type, _serializerId) = (type, serializerId);
        return type;
    }

    /// <summary>The batch is over.</summary>
    internal void ForgetRefusal() => _type = _type?.Refusal is null ? _type : null;
}
