using System.Buffers;

namespace Remote;

/// <summary>
/// Turns messages into bytes and back. Remote brings one for protobuf (id 0) and one for JSON (id 1); implement this to add a format of
/// your own, and register it with <see cref="SerializerRegistryBuilder.AddSerializer"/> on every node. Implementations are called from
/// several threads at once.
/// </summary>
public interface IMessageSerializer
{
    /// <summary>The number that names this serializer on the wire. It must be the same on every node; 0 and 1 are taken.</summary>
    int Id { get; }

    /// <summary>The rank among serializers that could take a message: the highest is asked first. Protobuf has 0 and JSON -1000.</summary>
    int Priority { get; }

    /// <summary>
    /// The name under which messages of this type travel, or null when this serializer does not take them. The answer is remembered per
    /// .NET type, so it must not depend on the message's content.
    /// </summary>
    /// <param name="message">A message about to be sent.</param>
    string? GetTypeName(object message);

    /// <summary>
    /// Writes the message. An exception costs this message only: it becomes a dead letter with the reason NotSerializable.
    /// </summary>
    /// <param name="message">A message for which <see cref="GetTypeName"/> gave a name.</param>
    /// <param name="destination">Takes the bytes; more than the message limit is refused with an exception.</param>
    void Serialize(object message, IBufferWriter<byte> destination);

    /// <summary>Whether a message of this name can be read. Names come from the wire: never look a type up by one.</summary>
    /// <param name="typeName">The name as it was received.</param>
    bool CanDeserialize(string typeName);

    /// <summary>Reads a message. An exception costs this message only: it becomes a dead letter with the reason Malformed.</summary>
    /// <param name="typeName">A name for which <see cref="CanDeserialize"/> said yes.</param>
    /// <param name="payload">The bytes; they belong to the network and are only valid during the call.</param>
    object Deserialize(string typeName, ReadOnlyMemory<byte> payload);
}
