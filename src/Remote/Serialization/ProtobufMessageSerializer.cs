using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>
/// Serializer 0: protobuf messages by their full names. Any protobuf message can be sent; only registered ones can be received, because
/// names that arrive from the network are looked up nowhere but here.
/// </summary>
public sealed class ProtobufMessageSerializer : IMessageSerializer
{
    /// <summary>The number of protobuf on the wire.</summary>
    public const int SerializerId = 0;

    private readonly Dictionary<string, MessageDescriptor> _messages;

    /// <summary>Makes a serializer that reads these messages, and those of remote spawn.</summary>
    /// <param name="messages">The messages that may be received. Naming one twice is allowed.</param>
    public ProtobufMessageSerializer(IEnumerable<MessageDescriptor> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        _messages = messages.DistinctBy(message => message.FullName).ToDictionary(message => message.FullName);
    }

    /// <inheritdoc/>
    public int Id => SerializerId;

    /// <inheritdoc/>
    public int Priority => 0;

    /// <inheritdoc/>
    public string? GetTypeName(object message) =>
        message is IMessage { Descriptor.FullName: var name } && !CoreMessages.IsCoreName(name) ? name : null;

    /// <inheritdoc/>
    public void Serialize(object message, IBufferWriter<byte> destination) => ((IMessage)message).WriteTo(destination);

    /// <inheritdoc/>
    public bool CanDeserialize(string typeName) => Find(typeName) is not null;

    /// <inheritdoc/>
    public object Deserialize(string typeName, ReadOnlyMemory<byte> payload) =>
        (Find(typeName) ?? throw new KeyNotFoundException($"No protobuf message {typeName} is registered.")).Parser.ParseFrom(payload.Span);

    internal MessageDescriptor? Find(string typeName) => _messages.GetValueOrDefault(typeName) ?? SpawnMessages.Find(typeName);
}
