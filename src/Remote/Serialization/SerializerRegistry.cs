using System.Collections.Concurrent;
using Google.Protobuf;

namespace Remote;

/// <summary>
/// The messages that may travel, and their forms. Closed and thread-safe: made once by <see cref="SerializerRegistryBuilder"/>, shared by
/// all links. No name from the network ever reaches Type.GetType.
/// </summary>
public sealed class SerializerRegistry
{
    private readonly ProtobufMessageSerializer _protobuf;
    private readonly JsonMessageSerializer _json;
    private readonly Dictionary<int, IMessageSerializer> _byId;
    private readonly IMessageSerializer[] _byPriority;

    // Grows with the types that this process sends; no peer decides their number.
    private readonly ConcurrentDictionary<Type, OutboundType?> _outbound = new();

    internal SerializerRegistry(ProtobufMessageSerializer protobuf, JsonMessageSerializer json, IEnumerable<IMessageSerializer> custom)
    {
        _protobuf = protobuf;
        _json = json;
        IMessageSerializer[] all = [protobuf, json, .. custom];
        _byId = all.ToDictionary(serializer => serializer.Id);
        _byPriority = [.. all.OrderByDescending(serializer => serializer.Priority).ThenBy(serializer => serializer.Id)];
    }

    /// <summary>How messages of this one's type are written; null when no serializer takes them.</summary>
    internal OutboundType? FindOutbound(object message) =>
        _outbound.GetOrAdd(message.GetType(), static (_, to) => to.Registry.MakeOutbound(to.Message), (Registry: this, Message: message));

    /// <summary>How a message of this name is read; null when it is not registered.</summary>
    internal InboundType? FindInbound(string name, int serializerId)
    {
        switch (serializerId)
        {
            case ProtobufMessageSerializer.SerializerId:
                return CoreMessages.FindInbound(name) ?? (_protobuf.Find(name) is { } descriptor
                    ? new InboundType { Parser = descriptor.Parser, Pids = EmbeddedPids.Of(descriptor) }
                    : null);
            case JsonMessageSerializer.SerializerId when _json.Find(name) is { } info:
                return new InboundType { Json = info };
            default:
                return _byId.TryGetValue(serializerId, out var serializer) && serializer.CanDeserialize(name)
                    ? new InboundType { Serializer = serializer }
                    : null;
        }
    }

    private OutboundType? MakeOutbound(object message)
    {
        if (CoreMessages.FindOutbound(message) is { } core)
        {
            return core;
        }

        foreach (var serializer in _byPriority)
        {
            if (serializer.GetTypeName(message) is { Length: > 0 } name)
            {
                return serializer switch
                {
                    ProtobufMessageSerializer => new(name, serializer.Id) { Pids = EmbeddedPids.Of(((IMessage)message).Descriptor) },
                    JsonMessageSerializer json => new(name, json.Id) { Serializer = json, Json = json.Find(message.GetType()) },
                    _ => new(name, serializer.Id) { Serializer = serializer },
                };
            }
        }

        return null;
    }
}
