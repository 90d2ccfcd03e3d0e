using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>How messages of one name and serializer are read: exactly one of these forms is set.</summary>
internal sealed class InboundType
{
    /// <summary>They are not read; the text says why not.</summary>
    internal string? Refusal { get; init; }

    /// <summary>A message of Proto.Actor's core.</summary>
    internal CoreMessages.Make? Core { get; init; }

    /// <summary>Protobuf, parsed in place.</summary>
    internal MessageParser? Parser { get; init; }

    /// <summary>The PIDs in messages of the parser, which are translated; <see langword="null"/> when there can be none.</summary>
    internal EmbeddedPids? Pids { get; init; }

    /// <summary>Whether messages of the parser stand for others, which they make themselves, or are batches.</summary>
    internal bool IsUnfolded { get; init; }

    /// <summary>What messages of the parser that stand for others carry as names and bytes; <see langword="null"/> when that is nothing.</summary>
    internal PackedMessages? Packed { get; init; }

    /// <summary>Whether messages of the parser come by themselves only, and not in others.</summary>
    internal bool IsBarred { get; init; }

    /// <summary>A type of .NET in JSON.</summary>
    internal JsonTypeInfo? Json { get; init; }

    /// <summary>A protobuf message in protobuf's own JSON.</summary>
    internal MessageDescriptor? ProtobufJson { get; init; }

    /// <summary>The name for Proto.Remote's serialization, which does the rest.</summary>
    internal string? Opaque { get; init; }

    internal static InboundType Refused(string why) => new() { Refusal = why };
}
