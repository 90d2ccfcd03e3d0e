using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;

namespace Remote;

/// <summary>How messages of one .NET type are written. Made once per type and shared by all links.</summary>
internal sealed class OutboundType
{
    /// <summary>They are made into another message first.</summary>
    internal static readonly OutboundType Root = new("", OutboundForm.Root, 0);

    private FirstMessage? _first;

    internal OutboundType(string name, OutboundForm form, int serializerId)
    {
        Name = name;
        Form = form;
        SerializerId = serializerId;
        var length = WireFormat.StrictUtf8.GetByteCount(name);
        Entry = new byte[WireFormat.DelimitedSize(length)];
        WireFormat.WriteText(Entry, 0, WireFormat.Batch.TypeNames, name, length);
    }

    /// <param name="name">The name of the first message.</param>
    /// <param name="form">Opaque.</param>
    /// <param name="serializerId">Its serializer.</param>
    /// <param name="first">The first message, which had to be serialized to learn its name.</param>
    /// <param name="bytes">What came of that.</param>
    internal OutboundType(string name, OutboundForm form, int serializerId, object first, ByteString bytes)
        : this(name, form, serializerId) => _first = new FirstMessage(first, bytes);

    internal string Name { get; }

    internal OutboundForm Form { get; }

    internal int SerializerId { get; }

    /// <summary>The whole type_names field: tag, length and name.</summary>
    internal byte[] Entry { get; }

    /// <summary>Whether it is a system message, which carries neither sender nor headers.</summary>
    internal bool IsSystem { get; init; }

    /// <summary>The metadata of a JSON type.</summary>
    internal JsonTypeInfo? Json { get; init; }

    /// <summary>The PIDs in protobuf messages, which are translated; <see langword="null"/> when there can be none.</summary>
    internal EmbeddedPids? Pids { get; init; }

    /// <summary>The bytes of the first message, once and to no other: nobody's serializer is called twice for one message.</summary>
    internal ByteString? TakeFirst(object message) =>
        _first is not null && Interlocked.Exchange(ref _first, null) is { } first && ReferenceEquals(first.Message, message)
            ? first.Bytes
            : null;

    private sealed record FirstMessage(object Message, ByteString Bytes);
}

/// <summary>The ways in which a payload comes about.</summary>
internal enum OutboundForm
{
    /// <summary>A message of Proto.Actor's core, written by hand.</summary>
    Core,

    /// <summary>Protobuf: its size is known beforehand, and it is written in place.</summary>
    Protobuf,

    /// <summary>JSON, written behind the last envelope.</summary>
    Json,

    /// <summary>Proto.Remote's serialization gives the bytes, and the name with them.</summary>
    Opaque,

    /// <summary>IRootSerializable: the message that it gives is written instead.</summary>
    Root,
}
