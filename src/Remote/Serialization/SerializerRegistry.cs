using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Proto;
using Proto.Mailbox;
using Proto.Remote;

namespace Remote;

/// <summary>
/// The forms of all messages, over Proto.Remote's serialization. That is asked once per .NET type and once per name what is meant; protobuf
/// and JSON are then written and read in place by us, and everything else goes through it. Thread-safe, shared by all links.
/// </summary>
internal sealed class SerializerRegistry
{
    private const int Protobuf = Proto.Remote.Serialization.SERIALIZER_ID_PROTOBUF;
    private const int Json = Proto.Remote.Serialization.SERIALIZER_ID_JSON;

    /// <summary>Names that a serializer makes of the content of its messages; beyond so many they are made anew for each.</summary>
    private const int MaxNamesByContent = 1024;

    private readonly Serialization _serialization;
    private readonly ActorSystem _system;
    private readonly JsonFormat _format;
    private readonly ProtobufTypes _protobuf;
    private readonly JsonInbound _json;

    // Grows with the types that this process sends; no peer decides their number.
    private readonly ConcurrentDictionary<Type, OutboundType> _outbound = new();
    private readonly ConcurrentDictionary<(string Name, int SerializerId), OutboundType> _byContent = new();

    internal SerializerRegistry(Serialization serialization, ActorSystem system, RemoteOptions options)
    {
        _serialization = serialization;
        _system = system;
        _format = new JsonFormat(serialization, system);
        _protobuf = new ProtobufTypes(serialization);
        _json = new JsonInbound(new JsonTypes(options.JsonTypes, options.RegisteredJsonTypes, _format), _format, _protobuf);
    }

    /// <summary>How messages of this one's type are written; null when none may be sent.</summary>
    /// <exception cref="Exception">No serializer takes it, or the one that does failed. The next message is asked about again.</exception>
    internal OutboundType? FindOutbound(object message)
    {
        var type = message.GetType();
        if (_outbound.TryGetValue(type, out var known))
        {
            return known;
        }

        var made = MakeOutbound(message);
        return made is null ? null : _outbound.GetOrAdd(type, made);
    }

    /// <summary>How a message of this name is read.</summary>
    /// <param name="name">The name, as it came from the network.</param>
    /// <param name="serializerId">The serializer, as it came from the network.</param>
    /// <param name="payload">The first message of that name, which shows what the name stands for.</param>
    /// <exception cref="Exception">The payload is no such message.</exception>
    internal InboundType FindInbound(string name, int serializerId, ReadOnlySpan<byte> payload) => serializerId switch
    {
        Protobuf => CoreMessages.FindInbound(name) ?? _protobuf.FindInbound(name, payload),
        Json => _json.Find(name),
        _ => new InboundType { Opaque = name },
    };

    /// <inheritdoc cref="ProtobufTypes.FindPacked"/>
    internal PackedType? FindPacked(string name) => _protobuf.FindPacked(name);

    /// <inheritdoc cref="ProtobufTypes.PackedIn"/>
    internal PackedMessages? PackedIn(MessageDescriptor message) => _protobuf.PackedIn(message);

    /// <summary>What an <see cref="IRootSerializable"/> message is sent as.</summary>
    internal object ToSerialized(object message) => ((IRootSerializable)message).Serialize(_system);

    /// <summary>What arrived in the form of this message.</summary>
    internal object FromSerialized(IRootSerialized message) => message.Deserialize(_system);

    /// <summary>The bytes of a message that only its serializer can write.</summary>
    /// <param name="message">The message.</param>
    /// <param name="type">
    /// The type that was found for it; exchanged when its serializer names this message otherwise than the first.
    /// </param>
    internal ByteString Serialize(object message, ref OutboundType type)
    {
        if (type.TakeFirst(message) is { } first)
        {
            return first;
        }

        var (bytes, name, serializerId) = _serialization.Serialize(message);
        if (serializerId != type.SerializerId || name != type.Name)
        {
            type = NamedByContent(name, serializerId);
        }

        return bytes;
    }

    /// <summary>Reads a message that only its serializer can read.</summary>
    /// <exception cref="UnknownSerializerException">There is none.</exception>
    internal object Deserialize(string name, int serializerId, ReadOnlySpan<byte> payload)
    {
        try
        {
            return _serialization.Deserialize(name, ByteString.CopyFrom(payload), serializerId);
        }
        catch (Exception error) when (IsUnknownSerializer(error))
        {
            throw new UnknownSerializerException(serializerId);
        }
    }

    private OutboundType? MakeOutbound(object message)
    {
        if (CoreMessages.FindOutbound(message) is { } core)
        {
            return core;
        }

        if (message is SystemMessage)
        {
            // What Proto.Actor tells its own actors stays inside a node.
            return null;
        }

        if (message is IRootSerializable)
        {
            return OutboundType.Root;
        }

        var (bytes, name, serializerId) = Ask(message);
        return serializerId switch
        {
            // The core's names have the power of the system lane, whoever generated the class.
            Protobuf when CoreMessages.IsCoreName(name) => null,
            // One of a generator that writes no methods for buffers is written by Proto.Remote's.
            Protobuf when message is IBufferMessage protobuf && IsOurs(message) => new OutboundType(name, OutboundForm.Protobuf, Protobuf)
            {
                Pids = EmbeddedPids.Of(protobuf.Descriptor, _protobuf.FindPacked),
            },

            // Without versions: a rolling upgrade must not change the name.
            Json when IsOurs(message) => new OutboundType(AssemblyQualifiedName.WithoutVersions(name), OutboundForm.Json, Json)
            {
                Json = _format.TypeInfo(message.GetType()),
            },
            _ => new OutboundType(name, OutboundForm.Opaque, serializerId, message, bytes),
        };
    }

    // Proto.Remote keeps the bytes of the others, except of nested messages, which it does not know.
    private static bool IsOurs(object message) =>
        message is not ICachedSerialization or IMessage { Descriptor.ContainingType: not null };

    private (ByteString Bytes, string Name, int SerializerId) Ask(object message)
    {
        try
        {
            return _serialization.Serialize(message);
        }
        catch (Exception) when (message is IMessage { Descriptor: { ContainingType: not null } nested } && _protobuf.IsNested(nested))
        {
            // Proto.Remote registers the messages of a file, but not those nested in them.
            return (ByteString.Empty, nested.FullName, Protobuf);
        }
        catch (Exception error) when (error.GetType() == typeof(Exception) && message is IMessage unknown && !IsKnown(unknown))
        {
            throw new UnregisteredTypeException(message.GetType(), error);
        }
    }

    private bool IsKnown(IMessage message) => _protobuf.Find(message.Descriptor.FullName) is not null;

    private OutboundType NamedByContent(string name, int serializerId)
    {
        if (_byContent.TryGetValue((name, serializerId), out var known))
        {
            return known;
        }

        var made = new OutboundType(name, OutboundForm.Opaque, serializerId);
        return _byContent.Count < MaxNamesByContent ? _byContent.GetOrAdd((name, serializerId), made) : made;
    }

    // Proto.Remote has no type for it; a serializer's own failure is of some other kind or has another text.
    private static bool IsUnknownSerializer(Exception error) =>
        error.GetType() == typeof(Exception) && error.Message.StartsWith("Couldn't find serializerId", StringComparison.Ordinal);
}

/// <summary>A message from another node names a serializer that this node does not have.</summary>
internal sealed class UnknownSerializerException(int id) : Exception($"No serializer with the id {id} is registered.");
