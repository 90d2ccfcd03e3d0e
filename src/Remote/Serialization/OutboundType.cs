using System.Text.Json.Serialization.Metadata;

namespace Remote;

/// <summary>How messages of one .NET type are written. Made once per type and shared by all links.</summary>
internal sealed class OutboundType
{
    internal OutboundType(string name, int serializerId)
    {
        SerializerId = serializerId;
        var length = WireFormat.StrictUtf8.GetByteCount(name);
        Entry = new byte[WireFormat.DelimitedSize(length)];
        WireFormat.WriteText(Entry, 0, WireFormat.Batch.TypeNames, name, length);
    }

    internal int SerializerId { get; }

    /// <summary>The whole type_names field: tag, length and name.</summary>
    internal byte[] Entry { get; }

    /// <summary>Whether it is a message of the actor core, which is written by hand.</summary>
    internal bool IsCore { get; init; }

    /// <summary>Whether it is a system message, which carries neither sender nor headers.</summary>
    internal bool IsSystem { get; init; }

    /// <summary>
    /// JSON or a serializer of the application; <see langword="null"/> for core and protobuf messages, whose size is known beforehand.
    /// </summary>
    internal IMessageSerializer? Serializer { get; init; }

    /// <summary>The metadata with which JSON is written without asking its serializer.</summary>
    internal JsonTypeInfo? Json { get; init; }

    /// <summary>The PIDs in protobuf messages, which are translated; <see langword="null"/> when there can be none.</summary>
    internal EmbeddedPids? Pids { get; init; }
}
