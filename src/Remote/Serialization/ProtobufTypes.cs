using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Proto;
using Proto.Mailbox;
using Proto.Remote;

namespace Remote;

/// <summary>
/// The protobuf messages that Proto.Remote's serialization knows, and those nested in them, which it does not. It does not tell which they
/// are, but a message that it has read leads to its class. Only successes are remembered: an application may register a file later.
/// Thread-safe.
/// </summary>
internal sealed class ProtobufTypes(Serialization serialization)
{
    private const string Unregistered =
        "No protobuf message of this name is registered: RemoteConfig.WithProtoMessages registers the messages of a file.";

    private const string SystemMessageOfOthers = "It is a system message, and none of Proto.Actor's.";

    /// <summary>Messages in messages; each level of a name that nobody knows costs a look.</summary>
    private const int MaxNesting = 4;

    /// <summary>Longer than any name that protoc has written.</summary>
    private const int MaxNameLength = 512;

    private readonly ConcurrentDictionary<string, InboundType> _inbound = new();
    private readonly ConcurrentDictionary<string, MessageDescriptor> _descriptors = new();
    private readonly ConcurrentDictionary<string, PackedType> _packed = new();

    // Classes of the application and of Proto.Cluster; no peer decides their number.
    private readonly ConcurrentDictionary<MessageDescriptor, PackedMessages?> _carriers = new();

    /// <summary>How messages of the name are read.</summary>
    /// <param name="name">A full name.</param>
    /// <param name="payload">The first message of that name.</param>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    internal InboundType FindInbound(string name, ReadOnlySpan<byte> payload)
    {
        if (_inbound.TryGetValue(name, out var known))
        {
            return known;
        }

        var found = MakeInbound(name, payload);
        return found.Refusal is null ? _inbound.GetOrAdd(name, found) : found;
    }

    /// <summary>The descriptor of a message that is registered or nested in one that is.</summary>
    internal MessageDescriptor? Find(string name)
    {
        if (_descriptors.TryGetValue(name, out var known))
        {
            return known;
        }

        var found = name.Length > MaxNameLength ? null : (Ask(name, ByteString.Empty) as IMessage)?.Descriptor ?? FindNested(name);
        return found is null ? null : _descriptors.GetOrAdd(name, found);
    }

    /// <summary>Whether the message is nested in one that is registered.</summary>
    internal bool IsNested(MessageDescriptor message) => FindNested(message.FullName)?.ClrType == message.ClrType;

    /// <summary>A type in a field of type Any.</summary>
    internal PackedType? FindPacked(string name)
    {
        if (_packed.TryGetValue(name, out var known))
        {
            return known;
        }

        return Find(name) is { } descriptor
            ? _packed.GetOrAdd(name, new PackedType(descriptor.Parser, EmbeddedPids.Of(descriptor, FindPacked)))
            : null;
    }

    /// <summary>The messages that one of this type carries as names and bytes; <see langword="null"/> when it carries none.</summary>
    internal PackedMessages? PackedIn(MessageDescriptor message) => _carriers.GetOrAdd(message, PackedMessages.Of);

    private InboundType MakeInbound(string name, ReadOnlySpan<byte> payload)
    {
        if (name.Length > MaxNameLength)
        {
            return InboundType.Refused(Unregistered);
        }

        // The message itself and not an empty one: what is cached by its type is cached as the first that came.
        var first = Ask(name, ByteString.CopyFrom(payload));
        // And one of a generator that writes no methods for buffers is read by Proto.Remote's.
        if (first is ICachedSerialization || first is not (null or IBufferMessage))
        {
            return new InboundType { Opaque = name };
        }

        var descriptor = (first as IMessage)?.Descriptor ?? FindNested(name);
        return descriptor is null ? InboundType.Refused(Unregistered)
            : typeof(SystemMessage).IsAssignableFrom(descriptor.ClrType) ? InboundType.Refused(SystemMessageOfOthers)
            : MakeInbound(descriptor);
    }

    private InboundType MakeInbound(MessageDescriptor descriptor)
    {
        var isRoot = typeof(IRootSerialized).IsAssignableFrom(descriptor.ClrType);
        var packed = isRoot ? PackedIn(descriptor) : null;
        return new InboundType
        {
            Parser = descriptor.Parser,
            Pids = EmbeddedPids.Of(descriptor, FindPacked),
            IsUnfolded = isRoot || typeof(IMessageBatch).IsAssignableFrom(descriptor.ClrType),
            Packed = packed,
            IsBarred = packed is not null || ContentJudge.IsBarred(descriptor.ClrType),
        };
    }

    private MessageDescriptor? FindNested(string name)
    {
        var dot = name.LastIndexOf('.');
        for (var level = 0; level < MaxNesting && dot > 0; level++)
        {
            var outer = _descriptors.GetValueOrDefault(name[..dot]) ?? (Ask(name[..dot], ByteString.Empty) as IMessage)?.Descriptor;
            if (outer is not null)
            {
                return Descend(outer, name[(dot + 1)..].Split('.'));
            }

            dot = name.LastIndexOf('.', dot - 1);
        }

        return null;
    }

    // The entries of a map are nested messages too, without a class.
    private static MessageDescriptor? Descend(MessageDescriptor outer, string[] names)
    {
        var nested = outer;
        foreach (var name in names)
        {
            nested = nested?.NestedTypes.FirstOrDefault(type => type.Name == name);
        }

        return nested?.Parser is null ? null : nested;
    }

    private object? Ask(string name, ByteString payload) => ProtoActorInternals.IsRegistered(serialization, name)
        ? serialization.Deserialize(name, payload, Serialization.SERIALIZER_ID_PROTOBUF)
        : null;
}
