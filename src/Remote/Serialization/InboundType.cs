using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>The reader of a message's payload.</summary>
internal enum InboundKind
{
    Protobuf,
    ProtobufWithPids,
    Json,
    Custom,
    Watch,
    Unwatch,
    Terminated,
    Stop,
    PoisonPill,
    Touch,
    Touched,
    DeadLetterResponse,
}

/// <summary>How messages of one name and serializer are read.</summary>
internal sealed class InboundType
{
    private InboundType(string name, InboundKind kind)
    {
        Name = name;
        Kind = kind;
    }

    internal string Name { get; }

    internal InboundKind Kind { get; }

    internal MessageParser? Parser { get; private init; }

    internal EmbeddedPids? Pids { get; private init; }

    internal JsonTypeInfo? Json { get; private init; }

    internal IMessageSerializer? Serializer { get; private init; }

    internal static InboundType ForCore(string name, InboundKind kind) => new(name, kind);

    internal static InboundType ForProtobuf(string name, MessageDescriptor descriptor)
    {
        var pids = EmbeddedPids.Of(descriptor);
        var kind = pids is null ? InboundKind.Protobuf : InboundKind.ProtobufWithPids;
        return new(name, kind) { Parser = descriptor.Parser, Pids = pids };
    }

    internal static InboundType ForJson(string name, JsonTypeInfo info) => new(name, InboundKind.Json) { Json = info };

    internal static InboundType ForSerializer(string name, IMessageSerializer serializer) =>
        new(name, InboundKind.Custom) { Serializer = serializer };
}
