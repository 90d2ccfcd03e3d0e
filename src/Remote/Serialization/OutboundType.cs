using System.Text.Json.Serialization.Metadata;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>The writer of a message's payload.</summary>
internal enum OutboundKind
{
    /// <summary>A message of the actor core, written by hand.</summary>
    Core,

    /// <summary>A protobuf message: its size is known beforehand, so it is written in place.</summary>
    Protobuf,

    /// <summary>A protobuf message that may hold PIDs, which are translated first.</summary>
    ProtobufWithPids,

    /// <summary>System.Text.Json with the metadata of the type.</summary>
    Json,

    /// <summary>A serializer of the application.</summary>
    Custom,
}

/// <summary>How messages of one .NET type are written. Made once per type and shared by all links.</summary>
internal sealed class OutboundType
{
    private OutboundType(string name, OutboundKind kind, int serializerId, bool isSystem = false)
    {
        Kind = kind;
        Name = name;
        SerializerId = serializerId;
        IsSystem = isSystem;
        var length = WireFormat.StrictUtf8.GetByteCount(name);
        Entry = new byte[WireFormat.DelimitedSize(length)];
        WireFormat.WriteText(Entry, 0, WireFormat.Batch.TypeNames, name, length);
    }

    internal string Name { get; }

    internal OutboundKind Kind { get; }

    internal int SerializerId { get; }

    /// <summary>System messages carry neither sender nor headers.</summary>
    internal bool IsSystem { get; }

    /// <summary>The whole type_names field: tag, length and name.</summary>
    internal byte[] Entry { get; }

    internal IMessageSerializer? Serializer { get; private init; }

    internal EmbeddedPids? Pids { get; private init; }

    internal JsonTypeInfo? Json { get; private init; }

    internal static OutboundType ForCore(string name, bool isSystem) =>
        new(name, OutboundKind.Core, ProtobufMessageSerializer.SerializerId, isSystem);

    internal static OutboundType ForProtobuf(string name, MessageDescriptor descriptor)
    {
        var pids = EmbeddedPids.Of(descriptor);
        var kind = pids is null ? OutboundKind.Protobuf : OutboundKind.ProtobufWithPids;
        return new(name, kind, ProtobufMessageSerializer.SerializerId) { Pids = pids };
    }

    internal static OutboundType ForJson(string name, JsonMessageSerializer serializer, JsonTypeInfo info) =>
        new(name, OutboundKind.Json, JsonMessageSerializer.SerializerId) { Serializer = serializer, Json = info };

    internal static OutboundType ForSerializer(string name, IMessageSerializer serializer) =>
        new(name, OutboundKind.Custom, serializer.Id) { Serializer = serializer };
}
