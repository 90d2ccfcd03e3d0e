namespace Remote;

/// <summary>
/// A type name of the wire and its meaning. The serializer is named per envelope, but hardly ever changes, so the last answer is
/// remembered.
/// </summary>
internal sealed class InboundName(string name, SerializerRegistry registry)
{
    private int _serializerId = -1;
    private InboundType? _type;

    internal string Name { get; } = name;

    /// <summary>Null when the name is not registered with this serializer.</summary>
    internal InboundType? Find(int serializerId)
    {
        if (serializerId != _serializerId)
        {
            _type = registry.FindInbound(Name, serializerId);
            _serializerId = serializerId;
        }

        return _type;
    }
}
