namespace Remote;

/// <summary>
/// A type name of the wire and its meaning. The serializer is named per envelope, but hardly ever changes, so the last answer is
/// remembered, unless it was a refusal: an application may register a type later.
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
        if (type.Refusal is null)
        {
            (_type, _serializerId) = (type, serializerId);
        }

        return type;
    }
}
